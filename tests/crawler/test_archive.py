"""WARC files: exact bytes, one gzip member a record, cutting back, rotation, a disk that is full."""

import datetime
import errno
import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from crawler import archive
from crawler.archive import Exchange, RecordPlace, WarcSeries

PREFIX = "9001-2020Q1"
REQUEST = b"GET /%d HTTP/1.1\r\nHost: nordby.test\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nX-Sted: K\xf8ge\r\n\r\n"


def exchange(number: int = 1, body: bytes = b"hej") -> Exchange:
    return Exchange(
        url=f"http://nordby.test/{number}", method="GET", request=REQUEST % number, response=HEAD + body,
        address="127.0.1.1", started_at=datetime.datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=datetime.UTC),
    )  # fmt: skip


def series(folder: Path, committed: dict[str, int] | None = None) -> WarcSeries:
    return WarcSeries(folder, PREFIX, {"software": "test"}, committed or {})


def read(path: Path) -> list[tuple[str, str | None, bytes]]:
    with path.open("rb") as file:
        return [
            (str(record.record_type).rpartition(".")[2], record.headers.get("WARC-Target-URI"), record.reader.read())
            for record in ArchiveIterator(file, parse_http=False)
        ]


def members(content: bytes) -> Iterator[bytes]:
    while content:
        unpacker = zlib.decompressobj(wbits=31)
        yield unpacker.decompress(content)
        content = unpacker.unused_data


def test_exchange_is_written_byte_for_byte_with_its_place(tmp_path: Path, warcio_check: Any) -> None:
    warc = series(tmp_path)
    places = [warc.write(exchange(number, os.urandom(300))) for number in range(3)]
    warc.close()
    path = tmp_path / places[0].file
    assert [path] == list(tmp_path.iterdir())
    kinds = [kind for kind, _, _ in read(path)]
    assert ["warcinfo", *["response", "request"] * 3] == kinds
    assert (REQUEST % 2) in [block for _, _, block in read(path)]
    content = path.read_bytes()
    assert len(kinds) == len(list(members(content))), "one gzip member a record"
    for number, place in enumerate(places):
        record = gzip.decompress(content[place.offset : place.offset + place.length])
        assert f"WARC-Target-URI: http://nordby.test/{number}\r\n".encode() in record
        assert b"\r\n\r\n" + HEAD in record
        assert b"WARC-Date: 2026-01-02T03:04:05.678900Z\r\n" in record
    assert len(content) == places[-1].end
    warcio_check([path])


def test_request_and_response_know_of_each_other(tmp_path: Path) -> None:
    warc = series(tmp_path)
    place = warc.write(exchange())
    warc.close()
    with (tmp_path / place.file).open("rb") as file:
        records = list(ArchiveIterator(file, record_types=WarcRecordType.response | WarcRecordType.request))
        response, request = ({**record.headers} for record in records)
    assert response["WARC-Record-ID"] == request["WARC-Concurrent-To"]
    assert place.payload_digest == response["WARC-Payload-Digest"]
    assert response["WARC-IP-Address"] == request["WARC-IP-Address"] == "127.0.1.1"


@pytest.mark.parametrize("suffix", ["", archive.OPEN_SUFFIX])
def test_what_lies_behind_the_last_committed_record_is_cut_off(suffix: str, tmp_path: Path, warcio_check: Any) -> None:
    warc = series(tmp_path)
    kept, lost = warc.write(exchange(1)), warc.write(exchange(2))
    warc.close()
    path = tmp_path / kept.file
    with path.open("ab") as file:
        file.write(b"\x1f\x8b garbage")
    path.rename(f"{path}{suffix}")
    warc = series(tmp_path, {kept.file: kept.end})
    again = warc.write(exchange(3))
    warc.close()
    assert lost.offset == again.offset
    assert [None, *[f"http://nordby.test/{number}" for number in (1, 1, 3, 3)]] == [url for _, url, _ in read(path)]
    warcio_check([path])


def test_file_of_which_nothing_was_committed_is_begun_anew(tmp_path: Path, warcio_check: Any) -> None:
    (tmp_path / f"{PREFIX}-00000.warc.gz.open").write_bytes(b"half a warcinfo")
    warc = series(tmp_path)
    place = warc.write(exchange())
    warc.close()
    assert [kind for kind, _, _ in read(tmp_path / place.file)] == ["warcinfo", "response", "request"]
    warcio_check([tmp_path / place.file])


def test_full_file_is_followed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warcio_check: Any) -> None:
    monkeypatch.setattr(archive, "MAX_WARC_BYTES", 3_000)
    warc = series(tmp_path)
    places = [warc.write(exchange(number, os.urandom(1_000))) for number in range(6)]
    ends: dict[str, int] = {place.file: place.end for place in places}
    warc.close()
    assert [f"{PREFIX}-{number:05}.warc.gz" for number in range(3)] == sorted(path.name for path in tmp_path.iterdir())
    warc = series(tmp_path, ends)
    assert places[-1].file <= warc.write(exchange(9)).file, "a new start goes on in the last file or behind it"
    warc.close()
    files = sorted(tmp_path.iterdir())
    assert all(read(path)[0][0] == "warcinfo" for path in files)
    assert sum(kind == "response" for path in files for kind, _, _ in read(path)) == 7
    warcio_check(files)


def test_full_disk_leaves_no_half_record_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warcio_check: Any
) -> None:
    warc = series(tmp_path)
    first = warc.write(exchange(1))
    write = os.write

    def full(descriptor: int, content: bytes) -> int:
        if len(content) < 300:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, content[:-100])

    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space left"):
        patched.setattr(os, "write", lambda descriptor, content: full(descriptor, content[:400]))
        warc.write(exchange(2))
    small: RecordPlace = warc.write(exchange(3))
    warc.close()
    assert first.end == small.offset
    assert len(read(tmp_path / first.file)) == 5
    warcio_check([tmp_path / first.file])


def test_series_of_a_trial_with_a_dot_in_its_name_is_gone_on_with(tmp_path: Path) -> None:
    prefix = "9001-2020Q1-v1.2"
    first = WarcSeries(tmp_path, prefix, {}, {})
    first.close()
    size = (tmp_path / f"{prefix}-00000.warc.gz").stat().st_size
    again = WarcSeries(tmp_path, prefix, {}, {f"{prefix}-00000.warc.gz": size})
    assert again.name == f"{prefix}-00000.warc.gz"
    again.close()
