"""A body is undone as browsers do, at a bounded cost, and comes back from the archive as it was."""

import datetime
import gzip
import hashlib
import random
import sys
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.web.http import _ChunkedTransferDecoder

from crawler.net.bodies import MAX_DECODED_BYTES, DecodedBody, decoded_body
from crawler.net.messages import body_of_answer
from crawler.snapshot import Capture, read_body
from crawler.warc.archive import Exchange, WarcSeries

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGE = ("<html><body>" + "<p>Rødgrød med fløde</p>" * 400 + "</body></html>").encode()
NOISE = bytes(random.Random(7).choices(range(32, 127), k=20_000))  # compresses badly, so that a cut shows
MEMBER = gzip.compress(NOISE, mtime=0)


def bare_deflate(body: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(body) + engine.flush()


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


ENCODED = {
    "": PAGE,
    "identity": PAGE,
    "gzip": gzip.compress(PAGE, mtime=0),
    "x-gzip": gzip.compress(PAGE, mtime=0),
    " GZip ": gzip.compress(PAGE, mtime=0),
    "deflate": zlib.compress(PAGE),
    "br": brotli.compress(PAGE),
    "zstd": zstd.compress(PAGE),
    "gzip, gzip": gzip.compress(gzip.compress(PAGE, mtime=0), mtime=0),
    "gzip, br": brotli.compress(gzip.compress(PAGE, mtime=0)),
    "identity, gzip": gzip.compress(PAGE, mtime=0),
}


@pytest.mark.parametrize("codings", ENCODED)
def test_each_coding_is_undone(codings: str) -> None:
    assert DecodedBody(body=PAGE) == decoded_body(codings, ENCODED[codings])


def test_deflate_without_its_header_is_undone() -> None:
    assert DecodedBody(body=PAGE) == decoded_body("deflate", bare_deflate(PAGE))


@pytest.mark.parametrize("codings", ["gzip", "x-gzip", "deflate", "br", "zstd", "gzip, gzip", "utf-8", "none"])
def test_plain_body_with_a_wrong_coding_is_taken_as_it_is(codings: str) -> None:
    for plain in (
        PAGE,
        b"<",
        b"hej",
        b"begyndelsen af en tekst",
        NOISE,
        "æøå".encode("latin-1"),
        "<p>æ".encode("utf-16"),
    ):
        assert DecodedBody(body=plain) == decoded_body(codings, plain)


@pytest.mark.parametrize("codings", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_empty_body_is_whole(codings: str) -> None:
    assert DecodedBody(body=b"") == decoded_body(codings, b"")


def test_undeclared_second_layer_stays() -> None:
    assert DecodedBody(body=MEMBER) == decoded_body("gzip", gzip.compress(MEMBER))


@pytest.mark.parametrize(
    ("coding", "payload"),
    [
        ("gzip", MEMBER[: len(MEMBER) // 2]),
        ("gzip", flipped(MEMBER, len(MEMBER) // 2)),
        ("deflate", zlib.compress(NOISE)[:9_000]),
        ("br", brotli.compress(NOISE)[:9_000]),
    ],
)
def test_of_a_corrupt_body_remains_what_was_decoded(coding: str, payload: bytes) -> None:
    decoded = decoded_body(coding, payload)
    assert f"corrupt {coding}" == decoded.problem
    assert len(decoded.body) > 7_000
    assert NOISE[:7_000] == decoded.body[:7_000]


@pytest.mark.parametrize("payload", [MEMBER[:-8], MEMBER[:-1], flipped(MEMBER, len(MEMBER) - 6)])
def test_wrong_or_missing_check_sum_loses_no_byte(payload: bytes) -> None:
    assert DecodedBody(body=NOISE, problem="corrupt gzip") == decoded_body("gzip", payload)


def test_what_follows_a_whole_member_is_passed_over() -> None:
    assert DecodedBody(body=NOISE) == decoded_body("gzip", MEMBER + b"hej")


def test_head_of_a_member_alone_is_no_page() -> None:
    assert DecodedBody(body=b"", problem="corrupt gzip") == decoded_body("gzip", MEMBER[:10])


@pytest.mark.parametrize("num", [3, 200])
def test_more_than_two_codings_are_not_undone(num: int) -> None:
    body = PAGE
    for _ in range(num):
        body = gzip.compress(body, 1, mtime=0)
    assert DecodedBody(body=body, problem=f"{num} codings") == decoded_body(", ".join(["gzip"] * num), body)


def bomb(megabytes: int) -> bytes:
    engine = zlib.compressobj(1, zlib.DEFLATED, 31)
    block = bytes(1_000_000)
    return b"".join(engine.compress(block) for _ in range(megabytes)) + engine.flush()


@pytest.fixture(scope="module")
def bombs() -> dict[str, bytes]:
    gzipped = bomb(100)
    return {
        "gzip": gzipped,
        "gzip, gzip": gzip.compress(gzipped),
        "br": brotli.compress(bytes(100_000_000), quality=1),
        "zstd": zstd.compress(bytes(100_000_000), 1),
    }


@pytest.mark.parametrize("codings", ["gzip", "gzip, gzip", "br", "zstd"])
def test_bomb_stops_at_the_limit_and_takes_no_more_memory(codings: str, bombs: dict[str, bytes]) -> None:
    tracemalloc.start()
    decoded = decoded_body(codings, bombs[codings], 1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert DecodedBody(body=bytes(1_000_000), problem="longer than 1000000 bytes") == decoded
    assert peak < 4_000_000


def test_body_at_the_limit_is_whole() -> None:
    assert DecodedBody(body=bytes(1_000_000)) == decoded_body("gzip", gzip.compress(bytes(1_000_000)), 1_000_000)
    assert MAX_DECODED_BYTES == 10_000_000


def answer(codings: str, payload: bytes, *, is_chunked: bool) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: {codings}\r\n".encode()
    if not is_chunked:
        return head + b"Content-Length: %d\r\n\r\n%s" % (len(payload), payload)
    return head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(payload), payload)


def archived(folder: Path, codings: str, payload: bytes, *, is_chunked: bool) -> tuple[Capture, bytes]:
    series = WarcSeries(folder, "9001-2020Q1", {}, {})
    exchange = Exchange(
        url="http://by1.example.test/", method="GET", request=b"GET / HTTP/1.1\r\nHost: by1.example.test\r\n\r\n",
        response=answer(codings, payload, is_chunked=is_chunked), address="127.0.1.1",
        started_at=datetime.datetime.now(datetime.UTC),
    )  # fmt: skip
    place = series.write(exchange)
    series.close()
    read = decoded_body(codings, payload).body
    now = exchange.started_at
    values: dict[str, Any] = {
        "capture_id": "1", "url": "http://by1.example.test/", "kind": "page", "status": 200, "outcome": None,
        "content_type": "text/html", "etag": None, "last_modified": None, "payload_digest": place.payload_digest,
        "body_sha256": hashlib.sha256(read).hexdigest(), "warc_file": place.file, "warc_offset": place.offset,
        "warc_length": place.length, "fetched_at": now, "first_seen": now, "last_changed": now,
    }  # fmt: skip
    return Capture(**values), read


READ_BACK = {
    **{name: (name, body) for name, body in ENCODED.items() if name not in ("", "x-gzip")},
    "bare deflate": ("deflate", bare_deflate(PAGE)),
    "plain as gzip": ("gzip", PAGE),
    "plain as deflate": ("deflate", PAGE),
    "plain as zstd": ("zstd", PAGE),
    "unknown": ("utf-8", PAGE),
    "cut": ("gzip", MEMBER[:9_000]),
    "without check sum": ("gzip", MEMBER[:-8]),
    "followed": ("gzip", MEMBER + b"hej"),
    "three": ("gzip, gzip, gzip", gzip.compress(gzip.compress(gzip.compress(PAGE)))),
}
# Neither FastWARC nor warcio reads these as browsers do; snapshot.read_body calls such a page damaged.
BY_OURSELVES = {
    "another name": ("x-gzip", gzip.compress(PAGE, mtime=0)),
    "plain as br": ("br", PAGE),
    "corrupt": ("gzip", flipped(MEMBER, len(MEMBER) // 2)),
    "wrong check sum": ("gzip", flipped(MEMBER, len(MEMBER) - 6)),
    "cut br": ("br", brotli.compress(NOISE)[:9_000]),
    "cut zstd": ("zstd", zstd.compress(NOISE)[:9_000]),
}


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("name", READ_BACK)
def test_body_is_read_back_as_it_was_decoded(name: str, is_chunked: bool, tmp_path: Path) -> None:
    capture, read = archived(tmp_path, *READ_BACK[name], is_chunked=is_chunked)
    assert read == read_body(tmp_path, capture)


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("name", [*READ_BACK, *BY_OURSELVES])
def test_body_is_found_in_the_bytes_of_the_wire_where_no_warc_reader_finds_it(name: str, is_chunked: bool) -> None:
    codings, payload = (READ_BACK | BY_OURSELVES)[name]
    message = answer(codings, payload, is_chunked=is_chunked)
    assert decoded_body(codings, payload) == body_of_answer(message)
    assert decoded_body(codings, payload) == body_of_answer(message.replace(b"\r\n\r\n", b"\n\n", 1))


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.integers(0, 400), st.sampled_from([b"", b";a=1"]))
def test_chunks_are_undone_as_far_as_twisted_undoes_them(parts: list[bytes], cut: int, extension: bytes) -> None:
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
    payload = (chunks + b"0\r\nX-Trailer: a\r\n\r\n")[:cut]
    read: list[bytes] = []
    decoder = _ChunkedTransferDecoder(read.append, lambda _: None)
    if payload:
        decoder.dataReceived(payload)
    message = b"HTTP/1.1 200 OK\r\ntransfer-ENCODING:chunked\r\n\r\n" + payload
    assert b"".join(read) == body_of_answer(message).body


def test_answer_without_end_of_its_head_has_no_body() -> None:
    assert DecodedBody(body=b"") == body_of_answer(b"HTTP/1.1 200 OK\r\nX: a\r\n")


def test_field_over_several_lines_is_one_field() -> None:
    message = b"HTTP/1.1 200 OK\r\nContent-Encoding:\r\n gzip,\r\n\tgzip\r\n\r\n" + gzip.compress(MEMBER)
    assert DecodedBody(body=NOISE) == body_of_answer(message)
