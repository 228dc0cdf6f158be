"""WARC files: exact bytes, one gzip member a record, cutting back, rotation, a disk that is full, a power cut."""

import datetime
import errno
import gzip
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from crawler.warc import archive, recovery
from crawler.warc.archive import CommittedRecord, Exchange, RecordPlace, WarcSeries, lost_exchanges, num_exchanges
from crawler.warc.members import read_records
from crawler.warc.records import NO_PAYLOAD
from foundation.errors import BrokenRunError

PREFIX = "9001-2020Q1"
REQUEST = b"GET /%d HTTP/1.1\r\nHost: nordby.test\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nX-Sted: K\xf8ge\r\n\r\n"


def exchange(number: int = 1, body: bytes = b"hej", **differences: Any) -> Exchange:
    values: dict[str, Any] = {
        "url": f"http://nordby.test/{number}", "method": "GET", "request": REQUEST % number, "response": HEAD + body,
        "address": "127.0.1.1", "started_at": datetime.datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=datetime.UTC),
    }  # fmt: skip
    return Exchange(**(values | differences))


def series(folder: Path, ends: dict[str, int] | None = None) -> WarcSeries:
    return WarcSeries(folder, PREFIX, {"software": "test"}, ends or {})


def read(path: Path) -> list[tuple[str, str | None, bytes]]:
    with path.open("rb") as file:
        return [
            (str(record.record_type).rpartition(".")[2], record.headers.get("WARC-Target-URI"), record.reader.read())
            for record in ArchiveIterator(file, parse_http=False)
        ]


def committed(places: Sequence[RecordPlace]) -> list[CommittedRecord]:
    return [
        CommittedRecord(file=place.file, offset=place.offset, end=place.end, id=number)
        for number, place in enumerate(places, 1)
    ]


def ends(places: Sequence[RecordPlace]) -> dict[str, int]:
    return {place.file: place.end for place in places}


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
    assert kinds == [record.kind for record in read_records(path)], "one gzip member a record"
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
    warc.close()
    assert [f"{PREFIX}-{number:05}.warc.gz" for number in range(3)] == sorted(path.name for path in tmp_path.iterdir())
    warc = series(tmp_path, ends(places))
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


def test_exchange_that_a_limit_ended_says_so(tmp_path: Path) -> None:
    warc = series(tmp_path)
    for limit in ("length", "time", None):
        warc.write(exchange(truncated=limit))
    warc.close()
    records = list(read_records(tmp_path / warc.name))
    assert [record.fields.get("warc-truncated") for record in records if record.kind == "response"] == [
        "length",
        "time",
        None,
    ]


def test_withheld_body_leaves_its_reason_and_the_header_lines(tmp_path: Path, warcio_check: Any) -> None:
    warc = series(tmp_path)
    first = warc.write(exchange(1))
    place = warc.write_withheld(exchange(2, b"noget hemmeligt"), "reservation")
    warc.close()
    path = tmp_path / place.file
    content = path.read_bytes()
    head, _, block = gzip.decompress(content[place.offset : place.offset + place.length]).partition(b"\r\n\r\n")
    lines = b"header: Set-Cookie: a\r\nheader: Set-Cookie: b\r\nheader: X-Sted: K\xf8ge\r\n"
    assert block == b"withheld: reservation\r\nstatus: HTTP/1.1 200 OK\r\n" + lines + b"\r\n\r\n"
    assert b"Content-Type: application/warc-fields" in head
    assert b"WARC-Payload-Digest" not in head
    assert (place.offset, place.end, place.payload_digest) == (first.end, len(content), NO_PAYLOAD)
    _, answer, request = [record for record in read_records(path) if record.offset >= first.offset][-3:]
    assert (answer.kind, request.kind) == ("metadata", "request")
    assert answer.fields["warc-record-id"] == request.fields["warc-concurrent-to"]
    assert not any(b"hemmeligt" in each for _, _, each in read(path))
    warcio_check([path])


def test_answer_without_a_head_is_withheld_whole(tmp_path: Path) -> None:
    warc = series(tmp_path)
    warc.write_withheld(exchange(response=b"noget hemmeligt"), "login")
    warc.close()
    assert b"withheld: login\r\nstatus: \r\n" in [block for _, _, block in read(tmp_path / warc.name)]


def test_sync_is_asked_for_by_the_bytes_it_would_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    warc = series(tmp_path)
    monkeypatch.setattr(os, "fsync", synced.append)
    warc.sync()
    written = warc.unsynced_bytes
    assert (written, len(synced)) == (0, 1), "the warcinfo"
    place = warc.write(exchange())
    assert warc.unsynced_bytes == place.end - place.offset
    warc.sync()
    warc.sync()
    assert (warc.unsynced_bytes, len(synced)) == (0, 2), "what is synced is not synced again"
    warc.close()


def test_short_write_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warcio_check: Any) -> None:
    warc = series(tmp_path)
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:100]))
        place = warc.write(exchange())
    warc.close()
    assert (tmp_path / place.file).stat().st_size == place.end
    warcio_check([tmp_path / place.file])


def next_name() -> str:
    return f"{PREFIX}-00001.warc.gz"


def old_is_open(folder: Path, old: Path) -> None:
    old.rename(f"{old}{archive.OPEN_SUFFIX}")


def next_is_empty(folder: Path, old: Path) -> None:
    (folder / f"{next_name()}{archive.OPEN_SUFFIX}").touch()


def next_is_half_begun(folder: Path, old: Path) -> None:
    (folder / f"{next_name()}{archive.OPEN_SUFFIX}").write_bytes(old.read_bytes()[:50])


def next_is_begun(folder: Path, old: Path) -> None:
    warc = WarcSeries(folder / "other", PREFIX, {}, {})
    warc.close()
    next((folder / "other").iterdir()).rename(folder / f"{next_name()}{archive.OPEN_SUFFIX}")
    (folder / "other").rmdir()


def next_has_an_uncommitted_exchange(folder: Path, old: Path) -> None:
    next_is_begun(folder, old)
    with (folder / f"{next_name()}{archive.OPEN_SUFFIX}").open("ab") as file:
        file.write(old.read_bytes()[-900:])


def nothing(folder: Path, old: Path) -> None:
    """The old file has its final name, the next is not there."""


@pytest.mark.parametrize(
    "kill",
    [nothing, old_is_open, next_is_empty, next_is_half_begun, next_is_begun, next_has_an_uncommitted_exchange],
)
@pytest.mark.parametrize("goes_on", [True, False], ids=["goes on", "nothing was left to do"])
def test_kill_at_any_moment_of_a_rotation(
    kill: Callable[[Path, Path], None], goes_on: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    warcio_check: Any,
) -> None:  # fmt: skip
    monkeypatch.setattr(archive, "MAX_WARC_BYTES", 2_000)
    warc = series(tmp_path)
    places = [warc.write(exchange(number, os.urandom(700))) for number in range(2)]
    warc.close()
    assert places[-1].end >= archive.MAX_WARC_BYTES, "the next write begins a new file"
    kill(tmp_path, tmp_path / places[0].file)
    assert lost_exchanges(tmp_path, PREFIX, committed(places)) == []
    warc = series(tmp_path, ends(places))
    if goes_on:
        places.append(warc.write(exchange(7)))
        assert next_name() == places[-1].file
    warc.close()
    files = sorted(tmp_path.iterdir())
    assert [f"{PREFIX}-{number:05}.warc.gz" for number in range(1 + goes_on)] == [path.name for path in files]
    responses = [(path.name, each.offset) for path in files for each in read_records(path) if each.kind == "response"]
    assert [(place.file, place.offset) for place in places] == responses
    warcio_check(files)


@pytest.mark.parametrize("failing", ["open", "write"])
def test_disk_that_is_full_at_a_rotation_leaves_no_hole_and_no_file_without_its_beginning(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warcio_check: Any
) -> None:
    monkeypatch.setattr(archive, "MAX_WARC_BYTES", 600)
    warc = series(tmp_path)
    first = warc.write(exchange(1))
    assert first.end > archive.MAX_WARC_BYTES

    real = getattr(os, failing)

    def full(target: Path | int, *arguments: Any) -> int:
        if isinstance(target, Path) and target.is_dir():
            return int(real(target, *arguments))  # a folder is opened to sync it
        raise OSError(errno.ENOSPC, "No space left on device")

    for _ in range(2):
        with monkeypatch.context() as patched, pytest.raises(OSError, match="No space left"):
            patched.setattr(os, failing, full)
            warc.write(exchange(2))
    second = warc.write(exchange(2))
    warc.close()
    files = sorted(tmp_path.iterdir())
    assert [first.file, second.file] == [path.name for path in files] == [f"{PREFIX}-0000{n}.warc.gz" for n in "01"]
    assert all([kind for kind, _, _ in read(path)] == ["warcinfo", "response", "request"] for path in files)
    warcio_check(files)


def five(folder: Path) -> tuple[Path, list[RecordPlace]]:
    warc = series(folder)
    places = [warc.write(exchange(number, os.urandom(400))) for number in range(4)]
    places.append(warc.write_withheld(exchange(4), "challenge"))
    warc.close()
    return folder / places[0].file, places


def cut(path: Path, end: int) -> None:
    os.truncate(path, end)


def overwrite(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


def fill_with_zeros(path: Path, start: int, end: int) -> None:
    overwrite(path, start, bytes(end - start))


POWER_CUTS: dict[str, tuple[Callable[[Path, list[RecordPlace]], Any], int]] = {
    "nothing": (lambda path, places: overwrite(path, places[-1].end, b""), 0),
    "uncommitted records behind": (lambda path, places: overwrite(path, places[-1].end, path.read_bytes()), 0),
    "garbage behind": (lambda path, places: overwrite(path, places[-1].end, b"garbage"), 0),
    "last byte": (lambda path, places: cut(path, places[-1].end - 1), 1),
    "request of the last": (lambda path, places: cut(path, places[-1].offset + places[-1].length), 1),
    "last two": (lambda path, places: cut(path, places[2].end), 2),
    "middle of the third": (lambda path, places: cut(path, places[2].offset + 10), 3),
    "last is zeros": (lambda path, places: fill_with_zeros(path, places[3].end, places[4].end), 1),
    "last two are zeros": (lambda path, places: fill_with_zeros(path, places[2].end, places[4].end), 2),
    "end of the last is zeros": (lambda path, places: fill_with_zeros(path, places[4].end - 20, places[4].end), 1),
    "all but the first letters": (lambda path, places: cut(path, places[0].offset // 2), 5),
    "all": (lambda path, places: path.rename(path.with_name(f"{len(places)} gone")), 5),
}  # fmt: skip


@pytest.mark.parametrize("suffix", ["", archive.OPEN_SUFFIX])
@pytest.mark.parametrize("name", POWER_CUTS)
def test_exchanges_that_a_power_cut_took_are_told_and_written_again(
    name: str, suffix: str, tmp_path: Path, warcio_check: Any
) -> None:
    path, places = five(tmp_path)
    happens, num_lost = POWER_CUTS[name]
    happens(path, places)
    if path.exists():
        path.rename(f"{path}{suffix}")
    known = committed(places)
    lost = lost_exchanges(tmp_path, PREFIX, known)
    assert known[len(known) - num_lost :] == lost
    kept = places[: len(places) - num_lost]
    warc = series(tmp_path, ends(kept))
    again = [warc.write(exchange(10 + number)) for number in range(num_lost)]
    warc.close()
    assert lost_exchanges(tmp_path, PREFIX, committed([*kept, *again])) == []
    offsets = [each.offset for each in read_records(path) if each.kind in ("response", "metadata")]
    assert [place.offset for place in [*kept, *again]] == offsets
    assert not any(each.flaws for each in read_records(path))
    warcio_check([path])


def test_each_file_of_a_series_is_looked_at_from_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_WARC_BYTES", 3_500)
    warc = series(tmp_path)
    places = [warc.write(exchange(number, os.urandom(700))) for number in range(7)]
    warc.close()
    names = sorted(ends(places))
    assert len(names) == 3
    (tmp_path / names[2]).unlink()
    cut(tmp_path / names[1], ends(places)[names[1]] - 1)
    last_of_second = max(number for number, place in enumerate(places) if place.file == names[1])
    expected = committed(places)[last_of_second:]
    assert expected == lost_exchanges(tmp_path, PREFIX, committed(places))
    kept = places[:last_of_second]
    warc = series(tmp_path, ends(kept))
    assert warc.write(exchange(8)).offset == places[last_of_second].offset
    warc.close()
    assert names[:2] == sorted(path.name for path in tmp_path.iterdir())


def test_search_for_losses_reads_one_exchange_where_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, places = five(tmp_path)
    looked_at = []
    read_record = recovery.read_record
    monkeypatch.setattr(
        recovery, "read_record", lambda file, offset: looked_at.append(offset) or read_record(file, offset)
    )
    assert lost_exchanges(tmp_path, PREFIX, committed(places)) == []
    assert [places[-1].offset, places[-1].offset + places[-1].length] == looked_at


@pytest.mark.parametrize(("unsynced", "num_lost"), [(10_000, 4), (500, 0)])
def test_whole_exchange_behind_a_lost_one_is_lost_too_where_both_were_not_synced(
    unsynced: int, num_lost: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "MAX_UNSYNCED_BYTES", unsynced)
    path, places = five(tmp_path)
    fill_with_zeros(path, places[1].offset, places[1].end)
    assert lost_exchanges(tmp_path, PREFIX, committed(places)) == [], "a file that was closed was synced"
    path.rename(f"{path}{archive.OPEN_SUFFIX}")
    assert lost_exchanges(tmp_path, PREFIX, committed(places)) == committed(places)[5 - num_lost :]


def test_exchange_with_another_body_or_another_end_is_lost(tmp_path: Path) -> None:
    warc = series(tmp_path)
    place = warc.write(exchange())
    warc.close()
    (known,) = committed([place])
    assert lost_exchanges(tmp_path, PREFIX, [known]) == []
    for end in (known.end - 1, known.end + 1, place.offset + place.length + 1):
        other = replace(known, end=end)
        assert lost_exchanges(tmp_path, PREFIX, [other]) == [other]
    content = (tmp_path / place.file).read_bytes()
    response = gzip.decompress(content[place.offset :][: place.length]).replace(b"hej", b"nej")
    (tmp_path / place.file).write_bytes(content[: place.offset] + gzip.compress(response))
    other = replace(known, end=place.offset + len(gzip.compress(response)))
    assert lost_exchanges(tmp_path, PREFIX, [other]) == [other]


def test_series_is_not_gone_on_with_where_committed_bytes_are_missing(tmp_path: Path) -> None:
    path, places = five(tmp_path)
    cut(path, places[-1].end - 1)
    with pytest.raises(BrokenRunError, match=rf"{path}: {places[-1].end - 1} bytes, though {places[-1].end} are"):
        series(tmp_path, ends(places))
    path.unlink()
    with pytest.raises(BrokenRunError, match=f"{path}: missing"):
        series(tmp_path, ends(places))


def test_exchanges_of_an_archive_are_counted_up_to_a_limit(tmp_path: Path) -> None:
    assert num_exchanges(tmp_path / "none", PREFIX, limit=2) == 0
    series(tmp_path).close()
    assert num_exchanges(tmp_path, PREFIX, limit=2) == 0, "a warcinfo is no page"
    (tmp_path / f"{PREFIX}-00001.warc.gz.open").write_bytes(bytes(100))
    (tmp_path / f"{PREFIX}-00002.warc.gz").touch()
    assert num_exchanges(tmp_path, PREFIX, limit=2) == 0
    (tmp_path / "b").mkdir()
    path, places = five(tmp_path / "b")
    assert [num_exchanges(tmp_path / "b", PREFIX, limit=limit) for limit in (1, 2, 50)] == [1, 2, len(places)]
    assert num_exchanges(tmp_path / "b", "9001-2020Q2", limit=2) == 0
    path.rename(f"{path}{archive.OPEN_SUFFIX}")
    overwrite(Path(f"{path}{archive.OPEN_SUFFIX}"), 0, bytes(places[1].end))
    assert num_exchanges(tmp_path / "b", PREFIX, limit=2) == 2, "what can still be read is kept"


def test_frontier_much_older_than_its_archive_cuts_nothing_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, places = five(tmp_path)
    monkeypatch.setattr(archive, "MAX_SURPLUS_BYTES", 100)
    whole = path.read_bytes()
    with pytest.raises(BrokenRunError, match="of the archive are not in the frontier, which is older than a crash"):
        WarcSeries(tmp_path, PREFIX, {}, {places[0].file: places[0].end})
    assert path.read_bytes() == whole


def test_archive_is_indexed_by_cdxj_indexer(tmp_path: Path) -> None:
    indexer = pytest.importorskip("cdxj_indexer.main", reason="cdxj-indexer is not installed")
    path, places = five(tmp_path)
    indexer.CDXJIndexer(str(tmp_path / "index.cdxj"), [str(path)]).process_all()
    lines = [json.loads(line.split(" ", 2)[2]) for line in (tmp_path / "index.cdxj").read_text().splitlines()]
    found = [(each["url"], int(each["offset"]), int(each["length"]), each["digest"]) for each in lines]
    expected = [
        (f"http://nordby.test/{number}", place.offset, place.length, place.payload_digest)
        for number, place in enumerate(places[:-1])
    ]
    assert expected == found, "all but the withheld one, which nobody is to play back"
