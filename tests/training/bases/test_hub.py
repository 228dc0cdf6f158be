"""Against a pretend huggingface.co on loopback, which notes what is fetched."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from foundation.errors import ConfigError
from training.bases.converting import convert_base
from training.bases.finding import find_base

COMMIT = "c" * 40


class PretendHub(ThreadingHTTPServer):
    """One model, some/bert, at one commit; `fetched` lists the files whose content was asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.folder = folder
        self.fetched: list[str] = []


class Answers(BaseHTTPRequestHandler):
    server: PretendHub

    def do_HEAD(self) -> None:
        self._answer(is_head=True)

    def do_GET(self) -> None:
        self._answer(is_head=False)

    def _answer(self, *, is_head: bool) -> None:
        path = self.path.split("?")[0]
        files = sorted(each for each in self.server.folder.iterdir() if each.is_file())
        if path in ("/api/models/some/bert", *(f"/api/models/some/bert/revision/{each}" for each in ("main", COMMIT))):
            siblings = [{"rfilename": each.name} for each in files]
            return self._send(json.dumps({"id": "some/bert", "sha": COMMIT, "siblings": siblings}).encode())
        if path.startswith("/api/models/some/bert/tree/"):
            tree = [
                {"type": "file", "path": each.name, "size": each.stat().st_size, "oid": _digest(each)[:40]}
                for each in files
            ]
            return self._send(json.dumps(tree).encode())
        name = path.removeprefix(f"/some/bert/resolve/{COMMIT}/")
        if name not in [each.name for each in files]:
            wanted = "RevisionNotFound" if "/revision/" in path else "RepoNotFound"
            return self._send(b"{}", status=404, headers={"X-Error-Code": wanted}, is_head=is_head)
        if not is_head:
            self.server.fetched.append(name)
        file = self.server.folder / name
        headers = {"ETag": f'"{_digest(file)}"', "X-Repo-Commit": COMMIT}
        return self._send(file.read_bytes(), headers=headers, is_head=is_head)

    def _send(
        self, content: bytes, *, status: int = 200, headers: dict[str, str] | None = None, is_head: bool = False
    ) -> None:  # fmt: skip
        self.send_response(status)
        for key, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        if not is_head:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def hub(copy_of, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[PretendHub]:
    server = PretendHub(copy_of("bert"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
                        address + "/{repo_id}/resolve/{revision}/{filename}")  # fmt: skip
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    yield server
    server.shutdown()
    server.server_close()


def test_a_base_is_fetched_and_its_commit_kept(hub: PretendHub) -> None:
    (hub.folder / "pytorch_model.bin").write_bytes(b"never fetched")
    (hub.folder / "README.md").write_text("---\nlicense: mit\n---\n")
    base = find_base("some/bert")
    assert (base.name, base.revision, base.on_hub, base.licence) == ("some/bert", COMMIT, True, "mit")
    assert "model.safetensors" in hub.fetched
    assert "pytorch_model.bin" not in hub.fetched


def test_bin_files_are_fetched_only_to_be_converted(hub: PretendHub, only_bin, tmp_path: Path) -> None:
    only_bin(hub.folder)
    with pytest.raises(ConfigError, match=r"if it has a pytorch_model.bin.*: tvaerkom base some/bert --convert"):
        find_base("some/bert", cache=tmp_path / "cache")
    assert "pytorch_model.bin" not in hub.fetched
    base = convert_base("some/bert", cache=tmp_path / "cache")
    assert "pytorch_model.bin" in hub.fetched
    assert (base.name, base.revision, base.folder.name) == ("some/bert", COMMIT, f"some--bert-{COMMIT}")
    assert find_base("some/bert", cache=tmp_path / "cache") == base


def test_a_revision_that_is_not_there_is_named(hub: PretendHub) -> None:
    with pytest.raises(ConfigError, match="no revision v9 of it"):
        find_base("some/bert", revision="v9")


def test_a_name_that_is_not_there_is_named(hub: PretendHub) -> None:
    with pytest.raises(ConfigError, match="neither a folder nor a public model"):
        find_base("some/other")
