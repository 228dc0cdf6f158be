"""What is on the wire comes back from the archive byte for byte; only allowed addresses are ever sent a byte."""

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from crawler.snapshot import Capture, read_body, read_captures

QUARTER = "2020Q1"
HOST = "http://by1.example.test"
PAGE = "<html><body><p>Rødgrød med fløde</p></body></html>".encode()
GZIPPED = gzip.compress(PAGE * 50, mtime=0)
LARGE = b"<html><body>" + b"<p>en lang side</p>" * 20_000 + b"</body></html>"


def chunked(body: bytes, *sizes: int, extension: bytes = b"", trailer: bytes = b"") -> bytes:
    parts, rest = [], body
    for size in sizes:
        parts.append(b"%x%s\r\n" % (size, extension) + rest[:size] + b"\r\n")
        rest = rest[size:]
    return b"".join(parts) + b"%X\r\n" % len(rest) + rest + b"\r\n0\r\n" + trailer + b"\r\n"


def plain(body: bytes, *, status: bytes = b"200 OK", headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\nContent-Type: text/html\r\n" + headers + \
        b"Content-Length: %d\r\n\r\n" % len(body) + body  # fmt: skip


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWERS: dict[str, bytes | list[bytes]] = {
    "/robots.txt": plain(b"not here", status=b"404 Not Found"),
    "/sitemap.xml": plain(b"", status=b"404 Not Found"),
    "/chunked": CHUNKED + chunked(PAGE, 3, 7, trailer=b"X-Trailer: efter\r\n"),
    "/chunk-extension": CHUNKED + chunked(PAGE, 3, extension=b";ext=1"),
    "/gzip": plain(GZIPPED, headers=b"Content-Encoding: gzip\r\n"),
    "/gzip-chunked": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n" + chunked(GZIPPED, 10),
    "/headers": plain(PAGE, headers=b"Set-Cookie: a=1\r\nset-cookie:   b=2\r\nX-By: K\xf8benhavn \xe6\r\nX-Empty:\r\n"),
    "/reason": plain(PAGE, status="200 Så er der sød suppe".encode("latin-1")),
    "/until-close": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + PAGE,
    "/old": b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + PAGE,
    "/in-parts": [plain(PAGE)[:20], plain(PAGE)[20:70], plain(PAGE)[70:]],
    "/hints": [b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n", plain(LARGE)[:9], plain(LARGE)[9:]],
    "/large": plain(LARGE),
    "/t|u/nyt?tx[news]=5&x=^": plain(PAGE),  # Scrapy would ask for another address
    "/bare-newlines": plain(LARGE).replace(b"\r\n", b"\n"),
    "/nothing": b"HTTP/1.1 204 No Content\r\n\r\n",
    "/moved": plain(b"<html>flyttet</html>", status=b"302 Found", headers=b"Location: file:///etc/hostname\r\n"),
    "/away": plain(b"", status=b"301 Moved Permanently", headers=b"Location: http://by2.example.test/\r\n"),
    "/loop": plain(b"", status=b"302 Found", headers=b"Location: /loop\r\n"),
    "/inside": plain(b"", status=b"302 Found", headers=b"Location: http://indenfor.example.test/hemmelig\r\n"),
    "/retry": plain(b"", status=b"503 Busy", headers=b"Retry-After: \xb2\r\n"),
}  # fmt: skip
LINKS = "".join(f'<a href="{path}">x</a>' for path in ANSWERS if path[1:] not in ("robots.txt", "sitemap.xml"))
HOME = plain(
    f"""<html>{LINKS}<a href="file://by1.example.test/etc/hostname">f</a><a href="file:///etc/passwd">g</a>
    <a href="ftp://by1.example.test/x">h</a><a href="data:text/html,hej">i</a><a href="javascript:x()">j</a>
    <a href="http://bruger:kode@by1.example.test/k">k</a></html>""".encode()
)
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"


@pytest.fixture(scope="module")
def odd(tvaerkom_of_module: Any, serve_for_module: Any, one_site: Any) -> Iterator[Any]:
    """A crawl of one site whose every answer is odd; `inside` stands for a machine that must not be visited."""
    tvaerkom = tvaerkom_of_module
    tvaerkom.script = serve_for_module(ANSWERS | {"/": HOME})
    tvaerkom.inside = serve_for_module({"/hemmelig": plain(b"hemmeligt")}, address="127.0.2.1")
    tvaerkom.register.write_text(
        one_site(
            f"127.0.1.1:{tvaerkom.script.port}",
            aliases={"indenfor.example.test": f"127.0.2.1:{tvaerkom.inside.port}"},
        )
    )
    tvaerkom.result = tvaerkom("crawl", QUARTER)
    return tvaerkom


def capture_of(tvaerkom: Any, path: str) -> Capture:
    captures = read_captures(tvaerkom.data / "snapshots" / QUARTER, "9001")
    return next(capture for capture in captures if capture.url == HOST + path)


@pytest.fixture(scope="module")
def archive(odd: Any) -> Path:
    return next(odd.archive("9001").glob("*.warc.gz"))


def sent(path: str) -> bytes:
    parts = ANSWERS[path]
    whole = b"".join(parts) if isinstance(parts, list) else parts
    return whole.removeprefix(INTERIM)


COMPLETE = [path for path in ANSWERS if path not in ("/retry", "/robots.txt", "/inside")]


@pytest.mark.parametrize("path", COMPLETE)
def test_answer_comes_back_byte_for_byte(path: str, odd: Any, archive: Path) -> None:
    capture = capture_of(odd, path)
    with archive.open("rb") as file:
        file.seek(capture.warc_offset)
        member = file.read(capture.warc_length)
    head, _, block = gzip.decompress(member).partition(b"\r\n\r\n")
    assert sent(path) == block.removesuffix(b"\r\n\r\n")
    assert b"WARC-Target-URI: " + (HOST + path).encode() in head


@pytest.mark.parametrize("path", COMPLETE)
def test_body_is_read_back_as_the_browser_would_see_it(path: str, odd: Any) -> None:
    expected = {
        "/gzip": PAGE * 50,
        "/gzip-chunked": PAGE * 50,
        "/chunked": PAGE,
        "/chunk-extension": PAGE,
        "/nothing": b"",
    }
    body = read_body(odd.archive("9001"), capture_of(odd, path))
    separator = b"\n\n" if path == "/bare-newlines" else b"\r\n\r\n"
    assert expected.get(path, sent(path).partition(separator)[2]) == body


def test_request_records_are_the_bytes_that_the_server_received(odd: Any, archive: Path) -> None:
    with archive.open("rb") as file:
        requests = [
            record.reader.read() for record in FastIterator(file, record_types=WarcRecordType.request, parse_http=False)
        ]
    assert sorted(odd.script.requests) == sorted(requests)
    assert {1} == {request.count(b"\r\nHost: by1.example.test\r\n") for request in requests}


def test_warcio_and_fastwarc_read_the_same_records(archive: Path, warcio_check: Any) -> None:
    warcio_check([archive])
    with archive.open("rb") as file:
        by_warcio = [
            (record.rec_type, record.rec_headers.get_header("WARC-Record-ID"), record.raw_stream.read())
            for record in ArchiveIterator(file, no_record_parse=True)
        ]
    with archive.open("rb") as file:
        by_fastwarc = [
            (str(record.record_type).rpartition(".")[2].lower(), record.record_id, record.reader.read())
            for record in FastIterator(file, parse_http=False)
        ]
    assert by_warcio == by_fastwarc
    assert [kind for kind, _, _ in by_warcio][:3] == ["warcinfo", "response", "request"]
    with archive.open("rb") as file:
        assert all(record.verify_block_digest() for record in FastIterator(file, parse_http=False))


def test_payload_digest_is_that_of_the_bytes_behind_the_head(odd: Any) -> None:
    digests = {path: capture_of(odd, path).payload_digest for path in ("/reason", "/headers", "/until-close")}
    assert len(set(digests.values())) == 1
    assert digests["/reason"] != capture_of(odd, "/chunked").payload_digest
    assert capture_of(odd, "/large").payload_digest == capture_of(odd, "/bare-newlines").payload_digest


def test_only_http_links_of_the_site_are_followed(odd: Any) -> None:
    asked = set(odd.script.paths)  # and what the crawl asks of each host by itself
    assert {"/", "/robots.txt", "/sitemap.xml", *ANSWERS} <= asked
    assert asked & {"/etc/hostname", "/etc/passwd", "/x", "/k", "/hemmelig"} == set()
    assert {b"GET"} == {request.split(b" ")[0] for request in odd.script.requests}


def test_address_that_is_not_allowed_is_sent_no_byte(odd: Any) -> None:
    assert odd.inside.requests == []
    frontier = odd.frontier("9001")
    errors = {row[0] for row in frontier.db.execute("select error from request where url like '%indenfor%'")}
    frontier.close()
    assert len(errors) == 1
    assert "the address 127.0.2.1 is not public" in errors.pop()


def test_failing_page_is_tried_three_times_and_is_no_capture(odd: Any) -> None:
    assert odd.script.paths.count("/retry") == 3
    captures = read_captures(odd.data / "snapshots" / QUARTER, "9001")
    assert HOST + "/retry" not in {capture.url for capture in captures}


def test_body_hash_is_that_of_the_decoded_body(odd: Any) -> None:
    assert hashlib.sha256(PAGE * 50).hexdigest() == capture_of(odd, "/gzip").body_sha256
    assert odd.result.returncode == 0, odd.result.stderr
