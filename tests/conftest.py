"""For all tests: no network beyond this machine, and no user settings from outside."""

import ipaddress
import os
import socket
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[2] / "shared"
os.environ["HF_HUB_OFFLINE"] = "1"  # it counts when huggingface_hub is imported, which no fixture comes before


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] == "localhost"


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the internet fails with a clear word instead of hanging."""
    for name in ("connect", "connect_ex"):
        allowed = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any, *, _allowed: Any = allowed) -> Any:
            if not _is_local(address):
                raise AssertionError(f"a test wanted to reach {address}")
            return _allowed(self, address)

        monkeypatch.setattr(socket.socket, name, guarded)
    monkeypatch.delenv("TVAERKOM_DATA", raising=False)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real material beside the project; tests that need it skip where it is not."""
    if not SHARED.is_dir():
        pytest.skip("the real material in ../shared is not there")
    return SHARED
