"""WARC files made by other tools come out as a snapshot; what is no WARC gets one sentence."""

import gzip
from io import BytesIO
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.imported import lay_out
from crawler.register import read_register
from crawler.snapshot import read_body, read_captures, read_snapshot_manifest
from foundation.errors import BrokenRunError, ConfigError

REGISTER = read_register(None)
BODY = "<html><body>Velkommen til Københavns Kommune</body></html>".encode()
PAGES = {
    "https://www.kk.dk/borger": ("200 OK", BODY),
    "https://www.kk.dk/vaek": ("404 Not Found", b"<html>nej</html>"),
    "http://fremmed.example/": ("200 OK", b"<html>fremmed</html>"),
}


def write_warc(path: Path, *, is_packed: bool = True) -> Path:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=is_packed)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "other"}))
        for url, (status, body) in PAGES.items():
            head = [("Content-Type", "text/html"), ("Content-Encoding", "gzip")]
            packed = gzip.compress(body)
            http = StatusAndHeaders(status, [*head, ("Content-Length", str(len(packed)))], protocol="HTTP/1.1")
            writer.write_record(writer.create_warc_record(url, "response", payload=BytesIO(packed), http_headers=http))
            request = StatusAndHeaders("GET / HTTP/1.1", [("Host", "x")], is_http_request=True)
            writer.write_record(writer.create_warc_record(url, "request", http_headers=request))
    return path


@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc"])
def test_warc_of_another_tool_comes_out_as_captures(name: str, tmp_path: Path) -> None:
    warc = write_warc(tmp_path / name, is_packed=name.endswith(".gz"))
    folder = lay_out([warc], tmp_path / "2020Q1", "2020Q1", REGISTER)
    sites = {site.site: (site.kind, site.state, site.num_pages) for site in read_snapshot_manifest(folder).sites}
    assert sites == {"0101": ("municipality", "complete", 1), "x-fremmed.example": ("archive", "complete", 1)}
    found = {}
    for site in sites:
        for capture in read_captures(folder, site):
            found[capture.url] = (capture.status, read_body(folder / "sites" / site, capture))
    assert {url: (int(status.split()[0]), body) for url, (status, body) in PAGES.items()} == found


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for number in "12":
        (tmp_path / number).mkdir()
    warcs = [write_warc(tmp_path / number / "a.warc.gz") for number in "12"]
    folder = lay_out(warcs, tmp_path / "s", "2020Q1", REGISTER)
    captures = read_captures(folder, "0101")
    assert 4 == len(captures) == len({capture.capture_id for capture in captures})
    assert all(read_body(folder / "sites" / "0101", capture) for capture in captures)


def test_truncated_warc_is_one_sentence(tmp_path: Path) -> None:
    for name in ("a.warc", "a.warc.gz"):
        whole = write_warc(tmp_path / name, is_packed=name.endswith(".gz")).read_bytes()
        for length in (len(whole) - 5, len(whole) - 300, len(whole) // 2, 300):
            (tmp_path / "cut.warc.gz").write_bytes(whole[:length])
            with pytest.raises((BrokenRunError, ConfigError), match=r"cut.warc.gz"):
                lay_out([tmp_path / "cut.warc.gz"], tmp_path / "s", "2020Q1", REGISTER)


def test_warc_with_a_wrong_byte_is_one_sentence(tmp_path: Path) -> None:
    whole = write_warc(tmp_path / "a.warc.gz").read_bytes()
    for place in (len(whole) - 40, len(whole) - 6):
        (tmp_path / "cut.warc.gz").write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        with pytest.raises((BrokenRunError, ConfigError), match=r"cut.warc.gz"):
            lay_out([tmp_path / "cut.warc.gz"], tmp_path / "s", "2020Q1", REGISTER)


@pytest.mark.parametrize(
    "content", [b"", b"PK\3\4 a zip", b"\x1f\x8b\x08 not", gzip.compress(b"text", mtime=0), b"<html>x</html>"]
)
def test_file_that_is_no_warc_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.warc.gz").write_bytes(content)
    with pytest.raises((BrokenRunError, ConfigError), match=r"x.warc.gz"):
        lay_out([tmp_path / "x.warc.gz"], tmp_path / "s", "2020Q1", REGISTER)
    assert not (tmp_path / "s" / "manifest.json").exists()


def test_missing_file_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        lay_out([tmp_path / "none.warc"], tmp_path / "s", "2020Q1", REGISTER)
