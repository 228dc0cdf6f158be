"""Real parts for the crawl's tests: the command in a process of its own, a scripted server, loopback only."""

import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawler.frontier import Frontier
from crawler.register import Site

START_TIMEOUT_S = 30


@dataclass(kw_only=True)
class Tvaerkom:
    """The command, in a folder of its own."""

    folder: Path
    script: Any = None  # servers and results that a module's fixture keeps with the command
    inside: Any = None
    result: Any = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def register(self) -> Path:
        return self.folder / "register.yaml"

    def arguments(self, *words: str) -> list[str]:
        return [
            sys.executable, "-m", "tvaerkom", "--data", str(self.data), "--register", str(self.register), *words,
        ]  # fmt: skip

    def __call__(self, *words: str, preexec: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.arguments(*words), cwd=self.folder, capture_output=True, text=True, check=False, timeout=120,
            preexec_fn=preexec,
        )  # fmt: skip

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.arguments(*words), cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def frontier(self, site: str, quarter: str = "2020Q1") -> Frontier:
        return Frontier(self.data / "work" / quarter / site)

    def archive(self, site: str, quarter: str = "2020Q1") -> Path:
        return self.data / "snapshots" / quarter / "sites" / site

    def write_settings(self, **settings: Any) -> None:
        (self.folder / "tvaerkom.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True))


@pytest.fixture
def tvaerkom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tvaerkom:
    monkeypatch.delenv("TVAERKOM_DATA", raising=False)
    return Tvaerkom(folder=tmp_path)


@pytest.fixture(scope="module")
def tvaerkom_of_module(tmp_path_factory: pytest.TempPathFactory) -> Tvaerkom:
    return Tvaerkom(folder=tmp_path_factory.mktemp("tvaerkom"))


Answers = Mapping[str, bytes | list[bytes]]


@dataclass(kw_only=True)
class ScriptedServer:
    """Answers each path with the very bytes it was given; an answer in parts is sent with pauses between."""

    answers: dict[str, bytes | list[bytes]]
    pause_s: float = 0.0
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [request.split(b" ")[1].decode() for request in self.requests]


def _serving() -> Iterator[Callable[..., ScriptedServer]]:
    running: list[socketserver.ThreadingTCPServer] = []

    def start(answers: Answers, *, pause_s: float = 0.0, address: str = "127.0.1.1") -> ScriptedServer:
        script = ScriptedServer(answers=dict(answers), pause_s=pause_s)
        server = socketserver.ThreadingTCPServer((address, 0), _handler(script))
        server.daemon_threads, server.block_on_close = True, False
        script.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        running.append(server)
        return script

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Start scripted servers on loopback; they are stopped at the end of the test."""
    yield from _serving()


@pytest.fixture(scope="module")
def serve_for_module() -> Iterator[Callable[..., ScriptedServer]]:
    yield from _serving()


def _handler(script: ScriptedServer) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while head := _head(self.rfile):
                script.times.append(time.monotonic())
                script.requests.append(head)
                time.sleep(script.pause_s)
                answer = script.answers.get(head.split(b" ")[1].decode(), NOT_FOUND)
                parts = [answer] if isinstance(answer, bytes) else answer
                for part in parts:
                    self.wfile.write(part)
                    time.sleep(0.05 if len(parts) > 1 else 0)
                if b"connection: close" in b"".join(parts).lower():
                    return

    return Handler


def _head(file: Any) -> bytes:
    head = b""
    try:
        while not head.endswith(b"\r\n\r\n"):
            line = file.readline()
            if not line:
                return b""
            head += line
    except ConnectionError:
        return b""
    return head


def http(body: bytes, *, status: str = "200 OK", headers: str = "", content_type: str = "text/html") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


NOT_FOUND = http(b"<html>no such page</html>", status="404 Not Found")


@pytest.fixture(scope="session")
def respond() -> Callable[..., bytes]:
    """Bytes of an ordinary answer with a length."""
    return http


@pytest.fixture(scope="session")
def one_site() -> Callable[..., str]:
    """The text of a register with one municipality, or several, each on a host of its own."""

    def text(
        *targets: str, allow: tuple[str, ...] = ("127.0.1.0/24",), aliases: Mapping[str, str] | None = None
    ) -> str:
        hosts = [f"by{number}.example.test" for number in range(1, len(targets) + 1)]
        resolve = {name: target for host, target in zip(hosts, targets, strict=True) for name in (host, f"www.{host}")}
        for alias, target in (aliases or {}).items():
            resolve |= {alias: target, f"www.{alias}": target}
        municipalities = [
            {"code": f"900{number}", "name": f"By{number}", "official_name": f"By{number} Kommune",
             "region": "Region Sjælland", "seeds": [f"http://{host}/"], "domains": [host],
             "aliases": list(aliases or {}) if number == 1 else []}
            for number, host in enumerate(hosts, 1)
        ]  # fmt: skip
        network = {"resolve": resolve, "allow_addresses": list(allow)}
        return yaml.safe_dump({"network": network, "municipalities": municipalities}, allow_unicode=True)

    return text


@pytest.fixture
def make_site() -> Callable[..., Site]:
    def make(**differences: Any) -> Site:
        values: dict[str, Any] = {
            "id": "9001", "name": "Nordby", "official_name": "Nordby Kommune", "kind": "municipality",
            "region": "Region Sjælland", "seeds": ("http://nordby.test/",),
            "hosts": frozenset({"nordby.test", "www.nordby.test"}), "prefixes": (), "excludes": (), "crawl": True,
            "reason": None,
        }  # fmt: skip
        return Site(**(values | differences))

    return make


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    opened = Frontier(tmp_path / "frontier")
    yield opened
    opened.close()


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    def wait(is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + START_TIMEOUT_S
        while not is_so():
            assert time.monotonic() < end, "it never came to be so"
            time.sleep(0.02)

    return wait


@pytest.fixture
def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.1.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def kill() -> Callable[[subprocess.Popen[str], signal.Signals], int]:
    """Send a signal and give the exit code."""

    def send(process: subprocess.Popen[str], number: signal.Signals) -> int:
        os.kill(process.pid, number)
        return process.wait(timeout=START_TIMEOUT_S)

    return send


@pytest.fixture(scope="session")
def warcio_check() -> Callable[[list[Path]], None]:
    """`warcio check`, which compares the digests of every record."""

    def check(files: list[Path]) -> None:
        assert files
        tool = str(Path(sys.executable).with_name("warcio"))
        checked = subprocess.run([tool, "check", *map(str, files)], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout + checked.stderr

    return check
