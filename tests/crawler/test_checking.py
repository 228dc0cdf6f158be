"""A site's archive against its tables, both ways: each damage gets one sentence that says where and for which URL."""

import datetime
import hashlib
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawler.imported import lay_out
from crawler.register import read_register
from crawler.snapshot import (
    CAPTURES_NAME,
    REQUESTS_NAME,
    Capture,
    SiteSummary,
    capture_schema,
    read_captures,
    verify,
)  # fmt: skip
from crawler.warc import archive
from crawler.warc.archive import Exchange, RecordPlace, WarcSeries
from crawler.warc.checking import check_site
from foundation.manifests import file_entries, write_manifest
from foundation.progress import Meter

SITE, PREFIX = "9001", "9001-2020Q1"
TIME = datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


@dataclass(kw_only=True)
class Archive:
    """A site's folder of three files: two pages, two pages, and a page that is withheld with a failure."""

    folder: Path
    captures: list[Capture] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def write(self, warc: WarcSeries, number: int, *, withheld: str | None = None, is_captured: bool = True) -> None:
        url, body = f"http://nordby.test/{number}", b"<p>side %d</p>" % number * 30
        exchange = Exchange(url=url, method="GET", request=b"GET / HTTP/1.1\r\n\r\n", response=HEAD + body,
                            address="127.0.1.1", started_at=TIME)  # fmt: skip
        place = warc.write_withheld(exchange, withheld) if withheld else warc.write(exchange)
        self.requests.append({"url": url, "warc_file": place.file, "warc_offset": place.offset})
        if is_captured:
            self.captures.append(
                self.capture(url, place, "" if withheld else hashlib.sha256(body).hexdigest(), withheld)
            )

    def capture(self, url: str, place: RecordPlace, sha256: str, withheld: str | None) -> Capture:
        return Capture(
            capture_id=str(place.offset), url=url, kind="page", status=200, outcome=None, content_type="text/html",
            etag=None, last_modified=None, payload_digest=place.payload_digest, body_sha256=sha256,
            warc_file=place.file, warc_offset=place.offset, warc_length=place.length, fetched_at=TIME, first_seen=TIME,
            last_changed=TIME, withheld=withheld,
        )  # fmt: skip

    def change(self, number: int, **differences: Any) -> None:
        self.captures[number] = replace(self.captures[number], **differences)

    def path(self, number: int = 0) -> Path:
        return self.folder / self.captures[number].warc_file

    def check(self) -> list[str]:
        write_tables(self.folder, self.captures, self.requests)
        return check_site(self.folder, SITE)


def write_tables(folder: Path, captures: Sequence[Capture], requests: Sequence[dict[str, Any]] | None) -> None:
    pq.write_table(pa.Table.from_pylist(list(map(vars, captures)), schema=capture_schema()), folder / CAPTURES_NAME)
    if requests is not None:
        places = [("url", pa.string()), ("warc_file", pa.string()), ("warc_offset", pa.int64())]
        pq.write_table(pa.Table.from_pylist(list(requests), schema=pa.schema(places)), folder / REQUESTS_NAME)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr(archive, "MAX_WARC_BYTES", 1_300)
    made = Archive(folder=tmp_path / "2020Q1" / "sites" / SITE)
    warc = WarcSeries(made.folder, PREFIX, {}, {})
    for number in range(4):
        made.write(warc, number)
    made.write(warc, 4, withheld="reservation")
    made.write(warc, 5, is_captured=False)
    warc.close()
    made.requests.append({"url": "http://nordby.test/6", "warc_file": None, "warc_offset": None})  # no answer
    assert [int(capture.warc_file[-9]) for capture in made.captures] == [0, 0, 1, 1, 2]
    return made


def test_whole_archive_has_no_complaint_and_its_records_are_counted(made: Archive) -> None:
    assert made.check() == []
    meter = Meter("verify", "records", None, None)
    assert check_site(made.folder, SITE, meter) == []
    assert meter.done == 3 + 6 * 2


def edit(path: Path, offset: int, length: int, new: bytes) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:offset] + new + content[offset + length :])


def cut_last_record(made: Archive) -> None:
    edit(made.path(1), made.path(1).stat().st_size - 3, 3, b"")


def flip_a_byte_of_a_body(made: Archive) -> None:
    offset = made.captures[2].warc_offset + 300
    edit(made.path(2), offset, 1, bytes([made.path(2).read_bytes()[offset] ^ 1]))


def change_a_body_and_pack_it_again(made: Archive) -> None:
    capture = made.captures[3]
    whole = made.path(3).read_bytes()[capture.warc_offset :][: capture.warc_length]
    other = zlib.decompress(whole, 31).replace(b"side 3", b"tide 3")
    edit(made.path(3), capture.warc_offset, capture.warc_length, zlib.compress(other, 6, 31))
    made.requests = [each for each in made.requests if each["warc_file"] != capture.warc_file]
    made.captures = made.captures[:4]  # the length may have changed with the body


def put_garbage_before_the_last_exchange(made: Archive) -> None:
    edit(made.path(3), made.captures[3].warc_offset, 0, b"garbage")


def put_zeros_behind(made: Archive) -> None:
    edit(made.path(1), made.path(1).stat().st_size, 0, bytes(512))


def delete_a_file(made: Archive) -> None:
    made.path(2).unlink()


def swap_two_files(made: Archive) -> None:
    first, second = made.path(0), made.path(2)
    first.rename(made.folder / "aside")
    second.rename(first)
    (made.folder / "aside").rename(second)


def leave_a_file_open(made: Archive) -> None:
    (made.folder / f"{PREFIX}-00003.warc.gz.open").touch()


def point_at_the_request(made: Archive) -> None:
    capture = made.captures[1]
    made.change(1, warc_offset=capture.warc_offset + capture.warc_length)


def point_at_another_page(made: Archive) -> None:
    made.change(1, warc_offset=made.captures[0].warc_offset)


def point_into_a_record(made: Archive) -> None:
    made.change(1, warc_offset=made.captures[1].warc_offset + 1)


def point_at_another_file(made: Archive) -> None:
    made.change(1, warc_file="9001-2020Q1-00007.warc.gz")


def lose_a_request(made: Archive) -> None:
    del made.requests[5]


def lose_a_capture(made: Archive) -> None:
    del made.captures[0]


def lose_capture_and_request(made: Archive) -> None:
    del made.captures[0], made.requests[0]


def double_a_request(made: Archive) -> None:
    made.requests.append(made.requests[3])


def double_a_capture(made: Archive) -> None:
    made.captures.append(made.captures[3])


def name_another_url(made: Archive) -> None:
    made.change(0, url="http://nordby.test/other")


def name_another_digest(made: Archive) -> None:
    made.change(0, payload_digest="sha1:OTHER")


def name_another_length(made: Archive) -> None:
    made.change(0, warc_length=7)


def name_another_body(made: Archive) -> None:
    made.change(0, body_sha256="0" * 64)


def withhold_what_is_kept(made: Archive) -> None:
    made.change(0, withheld="login")


def keep_what_is_withheld(made: Archive) -> None:
    made.change(4, withheld=None)


def withhold_with_a_sha256(made: Archive) -> None:
    made.change(4, body_sha256="0" * 64)


def write_a_record_without_digests(made: Archive) -> None:
    text = b"WARC/1.1\r\nWARC-Type: request\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n"
    edit(made.path(4), made.path(4).stat().st_size, 0, zlib.compress(text, 6, 31))


PAGE = r" \(http://nordby.test/%d\): "
DAMAGES: dict[Callable[[Archive], None], list[str]] = {
    cut_last_record: [PAGE % 1 + "the record is cut off$"],
    flip_a_byte_of_a_body: [PAGE % 2 + "the record('s gzip member is broken| is cut off)$"],
    put_garbage_before_the_last_exchange: [
        PAGE % 3 + "these bytes are no WARC record$",
        PAGE % 3 + "no capture and no request names this response record$",
    ],
    put_zeros_behind: [r"00000.warc.gz at \d+: these bytes are no WARC record$"],
    delete_a_file: [f"00001.warc.gz at .*{PAGE % number}the file is missing$" for number in (2, 3)],
    leave_a_file_open: ["00003.warc.gz.open: a crawl has not closed it$"],
    point_at_the_request: [PAGE % 1 + "a table names a request record as an answer$"],
    point_at_another_page: [
        PAGE % 0 + "2 captures and 1 requests name the same record$",
        PAGE % 0 + "a table names the record as that of http://nordby.test/1$",
    ],
    point_into_a_record: [PAGE % 1 + "no record begins here$"],
    point_at_another_file: [PAGE % 1 + "the file is missing$"],
    lose_a_capture: [],
    lose_a_request: [PAGE % 5 + "no capture and no request names this response record$"],
    lose_capture_and_request: [PAGE % 0 + "no capture and no request names this response record$"],
    double_a_request: [PAGE % 3 + "1 captures and 2 requests name the same record$"],
    double_a_capture: [PAGE % 3 + "2 captures and 1 requests name the same record$"],
    name_another_url: [PAGE % 0 + "a table names the record as that of http://nordby.test/other$"],
    name_another_digest: [PAGE % 0 + "the capture has another payload digest, sha1:OTHER$"],
    name_another_length: [PAGE % 0 + r"the record has \d+ bytes, its capture says 7$"],
    name_another_body: [PAGE % 0 + "the body.* is not the one captured$"],
    withhold_what_is_kept: [PAGE % 0 + "the capture has withheld = login, but the record is a response record$"],
    keep_what_is_withheld: [PAGE % 4 + "the capture has withheld = None, but the record is a metadata record$"],
    withhold_with_a_sha256: [PAGE % 4 + "a withheld body has a sha256$"],
    write_a_record_without_digests: ["no WARC-Block-Digest$", "no WARC-Payload-Digest$"],
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_told_where_it_is(damage: Callable[[Archive], None], made: Archive) -> None:
    damage(made)
    said, expected = made.check(), DAMAGES[damage]
    assert len(said) == len(expected), said
    for sentence, pattern in zip(said, expected, strict=True):
        assert sentence.startswith(str(made.folder))
        assert re.search(pattern, sentence), sentence


def test_body_that_was_changed_and_packed_again_is_told(made: Archive) -> None:
    change_a_body_and_pack_it_again(made)
    said = made.check()
    for flaw in ("WARC-Block-Digest", "WARC-Payload-Digest"):
        assert any("(http://nordby.test/3): the record's" in each and each.endswith(flaw) for each in said), said


def test_swapped_files_are_told(made: Archive) -> None:
    swap_two_files(made)
    said = made.check()
    for number in range(4):
        assert any(f"http://nordby.test/{number}" in each for each in said)
    begins = [each for each in said if each.endswith("the file does not begin with its own warcinfo record")]
    assert len(begins) == 2


@pytest.mark.parametrize("name", [CAPTURES_NAME, REQUESTS_NAME])
def test_table_that_cannot_be_read_is_one_sentence(name: str, made: Archive) -> None:
    made.check()
    (made.folder / name).write_bytes(b"PAR1 not")
    (said,) = check_site(made.folder, SITE)
    assert said.startswith(f"{made.folder / name}: cannot be read (")


def test_site_that_gave_nothing_is_whole(tmp_path: Path) -> None:
    made = Archive(folder=tmp_path / "2020Q1" / "sites" / SITE)
    WarcSeries(made.folder, PREFIX, {}, {}).close()
    assert made.check() == []


def publish(made: Archive) -> Path:
    """Only what `verify` reads of a manifest."""
    made.check()
    snapshot = made.folder.parents[1]
    site = SiteSummary(
        site=SITE, name="Nordby", official_name="Nordby Kommune", kind="municipality", region=None, area=None,
        state="complete", reason=None, num_pages=5, num_captures=5, robots_verdict=None, robots_date=None,
    )  # fmt: skip
    files = [vars(entry) for entry in file_entries(snapshot, made.folder.iterdir())]
    identity = {"kind": "snapshot", "id": "x", "quarter": "2020Q1", "revision": 1, "content_sha256": "x"}
    write_manifest(snapshot, {**identity, "sites": [vars(site)], "files": files})
    return snapshot


def test_snapshot_is_compared_with_its_manifest_and_with_its_tables(made: Archive) -> None:
    snapshot = publish(made)
    assert verify(snapshot) == []
    flip_a_byte_of_a_body(made)
    name_another_digest(made)
    write_tables(made.folder, made.captures, made.requests)
    file, table, first, second = verify(snapshot)
    assert table.startswith(str(made.folder / CAPTURES_NAME))
    assert file.startswith(f"{made.path(2)}: ")
    assert re.search(PAGE % 0, first)
    assert re.search(PAGE % 2, second)


def test_command_says_what_was_checked_and_all_that_is_wrong(made: Archive, tvaerkom: Any) -> None:
    snapshot = publish(made)
    snapshot.rename(snapshot.with_name("aside"))
    (tvaerkom.data / "snapshots").mkdir(parents=True)
    snapshot.with_name("aside").rename(tvaerkom.data / "snapshots" / "2020Q1")
    whole = tvaerkom("snapshot", "verify")
    assert (whole.returncode, whole.stdout) == (
        0, "2020Q1: every file is as published; 5 files and 15 WARC records checked\n"
    )  # fmt: skip
    made.folder = tvaerkom.data / "snapshots/2020Q1/sites" / SITE
    cut_last_record(made)
    damaged = tvaerkom("snapshot", "verify", "2020Q1")
    assert (damaged.returncode, damaged.stdout) == (1, "")
    file, record, sum_of_all = damaged.stderr.splitlines()
    assert file.startswith(f"{made.path(1)}: ")
    assert record.endswith("(http://nordby.test/1): the record is cut off")
    assert sum_of_all == "2020Q1: 5 files and 15 WARC records checked, 2 complaints"


@pytest.fixture(params=["a.warc.gz", "a.warc"])
def foreign(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A snapshot from a WARC file with three sites, of another tool: no table of requests, links to one file."""
    series = WarcSeries(tmp_path / "made", "x", {}, {})
    for url in ("http://a.example/", "http://b.example/1", "http://b.example/2"):
        series.write(Exchange(url=url, method="GET", request=b"GET / HTTP/1.1\r\n\r\n", response=HEAD + url.encode(),
                              address="127.0.1.1", started_at=TIME))  # fmt: skip
    series.close()
    packed = (tmp_path / "made" / series.name).read_bytes()
    path = tmp_path / str(request.param)
    path.write_bytes(packed if path.suffix == ".gz" else unpacked(packed))
    return lay_out([path], tmp_path / "2020Q1", "2020Q1", read_register(None))


def unpacked(content: bytes) -> bytes:
    parts = []
    while content:
        member = zlib.decompressobj(31)
        parts.append(member.decompress(content))
        content = member.unused_data
    return b"".join(parts)


def test_imported_snapshot_is_looked_at_from_its_captures_only(foreign: Path) -> None:
    assert check_site(foreign / "sites/x-a.example", "x-a.example") == []
    assert check_site(foreign / "sites/x-b.example", "x-b.example") == []


def test_other_tools_make_payload_digests_in_other_ways(tmp_path: Path) -> None:
    text = (
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nWARC-Date: 2020-01-01T00:00:00Z\r\n"
    )
    text += b"Content-Type: application/http; msgtype=response\r\nWARC-Payload-Digest: sha1:%s\r\n" % (b"A" * 32)
    text += b"Content-Length: %d\r\n\r\n" % len(HEAD) + HEAD + b"\r\n\r\n"
    (tmp_path / "a.warc.gz").write_bytes(zlib.compress(text, 6, 31))
    snapshot = lay_out([tmp_path / "a.warc.gz"], tmp_path / "2020Q1", "2020Q1", read_register(None))
    folder = snapshot / "sites/x-a.example"
    assert check_site(folder, folder.name) == []
    (capture,) = read_captures(snapshot, folder.name)
    write_tables(folder, [replace(capture, url="http://a.example/other")], None)
    (said,) = check_site(folder, folder.name)
    assert said.endswith("at 0 (http://a.example/other): the record is that of http://a.example/")


def test_damage_of_an_imported_file_is_told_for_the_site_that_it_hits(foreign: Path) -> None:
    capture = read_captures(foreign, "x-b.example")[1]
    path = (foreign / "sites/x-b.example" / capture.warc_file).resolve()
    in_body = path.read_bytes().find(b"\r\n\r\nhttp://b.example/2") + 4
    edit(path, in_body if path.suffix == ".warc" else capture.warc_offset + 60, 10, bytes(10))
    assert check_site(foreign / "sites/x-a.example", "x-a.example") == []
    (said,) = check_site(foreign / "sites/x-b.example", "x-b.example")
    assert "http://b.example/2" in said
    path.unlink()
    said_all = check_site(foreign / "sites/x-b.example", "x-b.example")
    assert [each.rpartition(": ")[2] for each in said_all] == ["No such file or directory"] * 2
