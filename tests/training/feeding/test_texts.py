"""Texts from files and from Hugging Face; its hub is a small one on loopback that serves one data set."""

import gzip
import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import ConfigError
from training.feeding.texts import SourceText, read_documents, read_texts, text_number

LINES = ["Skolen er åben.", "Byrådet holder møde.", "Du kan få hjælp på rådhuset."]


def write_rows(path: Path, rows: list[dict[str, object]]) -> str:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return str(path)


def test_a_text_file_has_a_sentence_a_line(tmp_path: Path) -> None:
    path = tmp_path / "general.txt"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n\n".join([*LINES, "   ", LINES[0]]).encode())
    assert read_texts(str(path), limit=None) == LINES


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.parquet", "A.JSONL"])
def test_files_with_columns_give_texts_and_documents(name: str, tmp_path: Path) -> None:
    rows = [{"text": text, "document_id": f"d{index // 2}", "n": index} for index, text in enumerate([*LINES, " ", ""])]
    source = write_rows(tmp_path / name, [*rows, {"text": None, "document_id": "d9", "n": 9}])
    expected = [SourceText(text=text, document=f"d{index // 2}") for index, text in enumerate(LINES)]
    assert read_documents(source, limit=None) == expected
    assert read_texts(source, limit=None) == LINES


def test_a_source_without_documents_says_so(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.jsonl", [{"text": LINES[0]}])
    assert read_documents(source, limit=None) == [SourceText(text=LINES[0], document=None)]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=80), st.integers(1, 20), st.randoms())
def test_the_texts_of_smallest_hash_are_taken(tmp_path_factory, numbers: list[int], limit: int, random) -> None:
    path = tmp_path_factory.mktemp("texts") / "a.txt"
    texts = [f"Sætning nummer {number}." for number in numbers]
    path.write_text("\n".join(texts))
    expected = sorted(set(texts), key=lambda text: hashlib.sha256(text.encode()).hexdigest())[:limit]
    found = read_texts(str(path), limit=limit)
    assert sorted(expected) == sorted(found)
    assert found == [text for text in dict.fromkeys(texts) if text in expected]  # in the order of the source
    random.shuffle(texts)
    path.write_text("\n".join(texts))
    assert set(expected) == set(read_texts(str(path), limit=limit))


def test_the_number_of_a_text_is_the_beginning_of_its_sha256() -> None:
    assert f"{text_number('æ'):016x}" == hashlib.sha256("æ".encode()).hexdigest()[:16]


def test_half_a_character_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "Skolen \\ud800 er"}\n')
    assert read_texts(str(tmp_path / "a.jsonl"), limit=1) == ["Skolen ? er"]


DAMAGED: list[tuple[str, bytes, str]] = [
    ("a.txt", b"\xe6\xf8\xe5", "a.txt: cannot be read ('utf-8' codec"),
    ("a.txt", b" \n\n", "a.txt: there is no text in it"),
    ("a.jsonl", b"", "a.jsonl: there is no text in it"),
    ("a.jsonl", b'{"text": "x"}\n{"text": "y"', "a.jsonl:2: not JSON (Expecting"),
    ("a.jsonl", b"[" * 100_000, "a.jsonl:1: not JSON (maximum recursion"),
    ("a.jsonl", b'{"text": "x"}\n\n["y"]\n', "a.jsonl: entry 2 has no 'text'"),
    ("a.jsonl", b'{"tekst": "x"}\n', "a.jsonl: entry 1 has no 'text'"),
    ("a.jsonl", b'{"text": 7}\n', "a.jsonl: entry 1 has no 'text' that is a string"),
    ("a.jsonl.gz", b'{"text": "x"}\n', "a.jsonl.gz: cannot be read (Not a gzipped file"),
    ("a.jsonl.gz", gzip.compress(b'{"text": "x"}\n' * 99)[:-12], "a.jsonl.gz: cannot be read (Compressed file ended"),
    ("a.jsonl.gz", gzip.compress(b"{}")[:10] + b"\xff" * 90, "a.jsonl.gz: cannot be read (Error -3"),
    ("a.parquet", b"PAR1", "a.parquet: cannot be read ("),
]


@pytest.mark.parametrize(("name", "content", "expected"), DAMAGED)
def test_a_file_that_cannot_be_read_is_one_sentence(name: str, content: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(expected)) as caught:
        read_texts(str(tmp_path / name), limit=10)
    assert "\n" not in str(caught.value)


def test_a_parquet_without_text_names_its_columns(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no column 'text' in it, only tekst, n"):
        read_texts(write_rows(tmp_path / "a.parquet", [{"tekst": "x", "n": 1}]), limit=None)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("/nowhere/a.txt", "/nowhere/a.txt: there is no such file"),
        ("general", "general: neither a file (.txt, .jsonl, .jsonl.gz, .parquet) nor a data set"),
        ("some/set", "written NAME:CONFIGURATION:SPLIT"),
        ("a.docx", "neither a file"),
        ("../set:default:train", "neither a file"),
    ],
)
def test_what_is_no_source_is_said(source: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(expected)):
        read_texts(source, limit=None)


@pytest.fixture
def may_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub on loopback; all other tests are told that there is none."""
    for library in ("huggingface_hub.constants", "datasets.config"):
        monkeypatch.setattr(f"{library}.HF_HUB_OFFLINE", False)


@pytest.mark.usefixtures("may_ask")
def test_no_network_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:  # bound, not listening: a connection is refused at once
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        started = time.monotonic()
        with pytest.raises(ConfigError, match=r"some/set:default:train: huggingface.co cannot be reached; save the"):
            read_texts("some/set:default:train", limit=10)
    assert time.monotonic() - started < 20


@pytest.mark.usefixtures("may_ask")
def test_a_silent_network_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr("training.feeding.texts.HUB_TIMEOUT_S", 0.5)
        with pytest.raises(ConfigError, match="cannot be reached"):
            read_texts("some/set:default:train", limit=10)


COMMIT = "c" * 40
CARD = b"---\nconfigs:\n- config_name: plain\n  data_files:\n  - split: train\n    path: data.jsonl\n---\n"
ROWS = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in [*LINES, LINES[0]]).encode()


class Hub(BaseHTTPRequestHandler):
    """Answers as huggingface.co does about its one data set, some/set; `files` is what is in it."""

    files: dict[str, bytes]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        about, content = "/api/datasets/some/set", f"/datasets/some/set/resolve/{COMMIT}/"
        if path.startswith(f"{about}/tree/"):
            self._answer(json.dumps([
                {"type": "file", "oid": "1" * 40, "size": len(body), "path": name} for name, body in self.files.items()
            ]).encode())  # fmt: skip
        elif path == about or path.startswith(f"{about}/"):
            names = [{"rfilename": name} for name in self.files]
            self._answer(json.dumps({"id": "some/set", "sha": COMMIT, "siblings": names, "tags": []}).encode())
        elif path.removeprefix(content) in self.files:
            self._answer(self.files[path.removeprefix(content)])
        else:
            self._answer(b"{}", 404)

    do_HEAD = do_GET

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        if status == 404:
            self.send_header("X-Error-Code", "EntryNotFound" if "some/set" in self.path else "RepoNotFound")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def hub(may_ask: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[dict[str, bytes]], None]]:
    """Put files into the data set of a hub of our own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    files = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", files)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("datasets.config.HF_ENDPOINT", address)
    yield lambda files: setattr(Hub, "files", files)
    server.shutdown()
    server.server_close()


def test_a_data_set_of_the_hub_is_read_as_it_comes(
    hub: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")
    hub({"README.md": CARD, "data.jsonl": ROWS})
    expected = [SourceText(text=text, document=None) for text in LINES]
    assert read_documents("some/set:plain:train", limit=None) == expected
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not [content for content in kept if LINES[0].encode() in content]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("some/set:plain:other", "some/set:plain:other: cannot be read (Bad split: other. Available splits: ['train']"),
        ("some/set:other:train", "some/set:other:train: cannot be read (BuilderConfig 'other' not found"),
        ("no/set:plain:train", "no/set:plain:train: huggingface.co has no public data set no/set"),
    ],
)
def test_what_a_data_set_does_not_have_is_said(hub: Callable[..., None], source: str, expected: str) -> None:
    hub({"README.md": CARD, "data.jsonl": ROWS})
    with pytest.raises(ConfigError, match=re.escape(expected)):
        read_texts(source, limit=10)


def test_a_data_set_without_text_is_said(hub: Callable[..., None]) -> None:
    hub({"README.md": CARD, "data.jsonl": b'{"tekst": "Skolen."}\n'})
    with pytest.raises(ConfigError, match="some/set:plain:train: entry 1 has no 'text'"):
        read_texts("some/set:plain:train", limit=10)


def test_code_of_a_data_set_is_never_run(hub: Callable[..., None], tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'was_run')!r}, 'w')\n"
    hub({"README.md": b"---\ntags: []\n---\n", "set.py": code.encode()})
    with pytest.raises(ConfigError, match=r"some/set:plain:train: cannot be read \(.*scripts are no longer supported"):
        read_texts("some/set:plain:train", limit=10)
    assert not (tmp_path / "was_run").exists()
