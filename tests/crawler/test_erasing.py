"""What crawls have kept of a page goes, and nothing else: archives, tables, frontiers and reports of invented sites."""

import datetime
import hashlib
import json
import os
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawler import frontier as states
from crawler.erasing.erasing import (
    erase_from_crawls,
    find_in_crawls,
    links_depth,
    proof_depth,
    snapshot_content,
)
from crawler.erasing.expanding import expand
from crawler.erasing.frontier_rows import applied_ids
from crawler.erasing.obeying import Obeyed
from crawler.frontier import Found, Frontier
from crawler.pages.urls import url_key
from crawler.publishing import snapshot_sha256
from crawler.snapshot import (
    CAPTURES_NAME,
    OPEN_SUFFIX,
    OUTCOMES_NAME,
    REQUESTS_NAME,
    Capture,
    SiteSummary,
    UrlOutcome,
    body_at,
    capture_schema,
    outcome_schema,
    read_body,
    read_captures,
    read_outcomes,
    read_snapshot_manifest,
    verify,
)
from crawler.warc.archive import Exchange, RecordPlace, WarcSeries
from crawler.warc.members import read_record
from crawler.warc.records import SAME_PAYLOAD, RecordName, revisit_records
from foundation.applied import missing_ids
from foundation.erasures import Sought, add_erasure, read_erasures, set_done, text_words
from foundation.files import sha256_of_file
from foundation.manifests import file_entries, write_manifest
from foundation.places import Places

SITE, OTHER = "9001", "9002"
HOSTS = {SITE: "https://www.nordby.example", OTHER: "https://sandvig.example"}
TIME = datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)
SECRET = "Oluf Vindrose Testesen passer fyret på Ydre Nordby."
PAGE = "<html><body><p>{}</p><a href='/people/oluf'>Oluf</a></body></html>"
ERASURE = "2026-11-22-1"


def page(text: str) -> bytes:
    return PAGE.format(text).encode()


@dataclass(kw_only=True)
class MadeSite:
    """A site in a quarter, as a crawl leaves it, with whatever its pages are given."""

    places: Places
    quarter: str
    site: str = SITE
    captures: list[Capture] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[UrlOutcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = self.places.snapshot(self.quarter) / "sites" / self.site
        self.frontier = Frontier(self.places.crawl_work(self.quarter) / self.site)
        self.warc = WarcSeries(self.folder, f"{self.site}-{self.quarter}", {}, {})

    def url(self, path: str) -> str:
        return HOSTS[self.site] + path

    def add(self, path: str, body: bytes, *, status: int = 200, head: str = "", via: str | None = None,
            first: str | None = None, withheld: str | None = None) -> Capture:  # fmt: skip
        url = self.url(path)
        answer = f"HTTP/1.1 {status} X\r\nContent-Type: text/html\r\n{head}\r\n".encode() + body
        exchange = Exchange(url=url, method="GET", request=f"GET {path} HTTP/1.1\r\n\r\n".encode(), response=answer,
                            address="127.0.1.1", started_at=TIME)  # fmt: skip
        place = self.warc.write_withheld(exchange, withheld) if withheld else self.warc.write(exchange)
        reason = f"redirects to {self.url(head[10:].strip())}" if head else None
        return self._enter(url, place, "" if withheld else hashlib.sha256(body).hexdigest(), status=status,
                           withheld=withheld, via=via, first=first, reason=reason)  # fmt: skip

    def revisit(self, capture: Capture, path: str) -> None:
        """The same bytes once more, as a revisit record."""
        with (self.folder / f"{capture.warc_file}{OPEN_SUFFIX}").open("rb") as file:
            record = read_record(file, capture.warc_offset)
        earlier = RecordName(record_id=record.fields["warc-record-id"], url=capture.url,
                             date=record.fields["warc-date"], payload_digest=capture.payload_digest)  # fmt: skip
        exchange = Exchange(url=self.url(path), method="GET", request=b"GET / HTTP/1.1\r\n\r\n",
                            response=b"HTTP/1.1 200 OK\r\n\r\n", address="127.0.1.1", started_at=TIME)  # fmt: skip
        place = self.warc._write(revisit_records(exchange, SAME_PAYLOAD, earlier))
        self._request(exchange.url, place, 200, self._row(exchange.url, None, None, "done"))

    def _enter(self, url: str, place: RecordPlace, sha256: str, *, status: int, withheld: str | None, via: str | None,
               first: str | None, reason: str | None) -> Capture:  # fmt: skip
        row = self._row(url, via, reason, "done")
        capture = Capture(
            capture_id=hashlib.sha256(f"{self.site}{place.file}{place.offset}".encode()).hexdigest()[:16], url=url,
            kind="page", status=status, outcome="new", content_type="text/html", etag=None, last_modified=None,
            payload_digest=place.payload_digest, body_sha256=sha256, warc_file=place.file, warc_offset=place.offset,
            warc_length=place.length, fetched_at=TIME, first_seen=TIME, last_changed=TIME, withheld=withheld,
            first_url=first,
        )  # fmt: skip
        self.captures.append(capture)
        self.outcomes.append(UrlOutcome(
            url=url, outcome="new", reason=None, since=self.quarter, first_url=first, moved_to=None, first_seen=TIME,
            last_changed=TIME, capture_id=capture.capture_id if status == 200 and not withheld else None, depth=1,
        ))  # fmt: skip
        self.frontier.db.execute(
            "insert into capture (url_id, url, kind, status, payload_digest, body_sha256, warc_file, warc_offset,"
            " warc_length, fetched_at, withheld) values (?,?,?,?,?,?,?,?,?,?,?)",
            (row, url, "page", status, place.payload_digest, sha256, place.file, place.offset, place.length,
             TIME.isoformat(), withheld),
        )  # fmt: skip
        self._request(url, place, status, row)
        return capture

    def _row(self, url: str, via: str | None, reason: str | None, state: str) -> int:
        origin = self.frontier.db.execute("select id from url where url = ?", (self.url(via or "/none"),)).fetchone()
        self.frontier.add([url], Found(priority=states.PRIORITY_LINK, via=origin[0] if origin else None))
        self.frontier.db.execute("update url set state = ?, reason = ? where key = ?", (state, reason, url_key(url)))
        found = self.frontier.db.execute("select id from url where key = ?", (url_key(url),)).fetchone()
        link = (found[0], url_key(self.url("/people/oluf")))
        self.frontier.db.execute("insert or ignore into link values (?, ?)", link)
        return int(found[0])

    def _request(self, url: str, place: RecordPlace, status: int, row: int) -> None:
        self.requests.append({"time": TIME, "method": "GET", "url": url, "status": status, "bytes": 9,
                              "warc_file": place.file, "warc_offset": place.offset})  # fmt: skip
        self.frontier.db.execute(
            "insert into request (url_id, time, method, url, status, bytes, warc_file, warc_offset, warc_end)"
            " values (?,?,'GET',?,?,9,?,?,?)",
            (row, TIME.isoformat(), url, status, place.file, place.offset, place.end),
        )

    def knows(self, earlier: Capture) -> None:
        """The frontier remembers a page of last quarter."""
        self.frontier.db.execute(
            "insert into known (key, url, outcome, since, depth, capture_id, body_sha256, warc_file, warc_offset,"
            " warc_length) values (?,?,'new','2020Q1',1,?,?,?,?,?)",
            (url_key(earlier.url), earlier.url, earlier.capture_id, earlier.body_sha256, earlier.warc_file,
             earlier.warc_offset, earlier.warc_length),
        )  # fmt: skip

    def end(self, *, is_open: bool = False) -> None:
        if not is_open:
            self.warc.close()
            places = [("time", pa.timestamp("us", tz="UTC")), ("method", pa.string()), ("url", pa.string()),
                      ("status", pa.int64()), ("bytes", pa.int64()), ("warc_file", pa.string()),
                      ("warc_offset", pa.int64())]  # fmt: skip
            for name, rows, schema in (
                (CAPTURES_NAME, [asdict(each) for each in self.captures], capture_schema()),
                (OUTCOMES_NAME, [asdict(each) for each in self.outcomes], outcome_schema()),
                (REQUESTS_NAME, self.requests, pa.schema(places)),
            ):
                pq.write_table(pa.Table.from_pylist(rows, schema=schema), self.folder / name, compression="zstd")
        self.frontier.close()


def publish(places: Places, quarter: str, sites: list[MadeSite]) -> Path:
    snapshot = places.snapshot(quarter)
    summaries = []
    for made in sites:
        num_pages = sum(each.capture_id is not None for each in made.outcomes)
        summaries.append(SiteSummary(
            site=made.site, name="Nordby", official_name="Nordby Kommune", kind="municipality", region=None, area=None,
            state="complete", reason=None, num_pages=num_pages, num_captures=len(made.captures), robots_verdict=None,
            robots_date=None, outcomes={"new": len(made.outcomes)},
        ))  # fmt: skip
    files = [asdict(each) for each in file_entries(snapshot, (path for path in snapshot.rglob("*") if path.is_file()))]
    values: dict[str, Any] = {
        "kind": "snapshot", "id": f"snapshot-{quarter}", "quarter": quarter, "revision": 1,
        "sites": json.loads(json.dumps([asdict(each) for each in summaries])), "files": files,
    }  # fmt: skip
    write_manifest(snapshot, values | {"content_sha256": snapshot_content(values)})
    return snapshot


def make_data(data: Path) -> Places:
    """Two published quarters of two sites, an unfinished one, a crawl that was set aside, and a report.

    Oluf's page: in 2020Q1 at /people/oluf, moved from /folk/oluf; its bytes stand at /copy too; /o redirects to it.
    """
    places = Places(data)
    first, other = MadeSite(places=places, quarter="2020Q1"), MadeSite(places=places, quarter="2020Q1", site=OTHER)
    first.add("/", page("Velkommen"))
    first.add("/people", page("Medarbejdere"), via="/")
    oluf = first.add("/people/oluf", page(SECRET), via="/people", first=first.url("/folk/oluf"))
    first.add("/o", b"moved", status=302, head="Location: /people/oluf\r\n")
    first.add("/gone", b"not here", status=404)
    first.add("/copy", page(SECRET))
    last = first.add("/last", page("Sidste side"), via="/people/oluf")
    first.revisit(oluf, "/again")
    first.add("/reserved", b"", withheld="noindex: meta")
    other.add("/", page("Sandvig"))
    mention = page("I Nordby: <b>OLUF</b> Vindrose\n <i>Testesen</i>, passer&nbsp;fyret - på Ydre Nordby. Og mere.")
    other.add("/news", mention)
    for made in (first, other):
        made.end()
    publish(places, "2020Q1", [first, other])
    second = MadeSite(places=places, quarter="2020Q2")
    second.add("/", page("Velkommen"))
    second.add("/people/oluf", page(SECRET + " Endnu mere."))
    second.add("/last", page("Sidste side"))
    second.knows(oluf)
    second.knows(last)
    second.end()
    publish(places, "2020Q2", [second])
    third = MadeSite(places=places, quarter="2020Q3")
    third.add("/", page("Velkommen"))
    third.add("/people/oluf", page(SECRET))
    third.add("/z", page("Nederst"))
    third.knows(second.captures[1])
    third.knows(second.captures[2])
    third.frontier.set_fact("blocked", f"{third.url('/people/oluf')} asks for a login")
    third.end(is_open=True)
    aside = places.crawl_work("2020Q3") / "set-aside"
    aside.mkdir()
    shutil.copytree(third.folder, aside / f"{SITE}-sites-1")
    shutil.copytree(places.crawl_work("2020Q3") / SITE, aside / f"{SITE}-2020Q3-1")
    places.reports.mkdir()
    (places.reports / "crawl-2020Q1.json").write_text(json.dumps({"sites": [
        {"reason": f"{first.url('/people/oluf')} asks for a login", "url": first.url("/people/oluf")},
        {"reason": "fine", "url": first.url("/last")}]}, indent=1))  # fmt: skip
    return places


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("erasing") / "data"
    make_data(data)
    return data


@pytest.fixture
def places(template: Path, tmp_path: Path) -> Places:
    shutil.copytree(template, tmp_path / "data")
    return Places(tmp_path / "data")


BY_URL = Sought(urls=frozenset({"nordby.example/people/oluf"}))
BY_PREFIX = Sought(prefixes=("nordby.example/people",))
BY_SITE = Sought(sites=frozenset({SITE}), prefixes=("nordby.example/",))
BY_TEXT = Sought(texts=text_words(["oluf vindrose TESTESEN\n\n passer fyret, på ydre nordby"]))
ALL = {"url": BY_URL, "prefix": BY_PREFIX, "site": BY_SITE, "text": BY_TEXT}


def forget(places: Places, sought: Sought, erasure: str = ERASURE) -> Sought:
    expanded = expand(places, sought, None)
    erasures = add_erasure(places.erasures, erasure, "2026-11-22", expanded)
    erase_from_crawls(places, erasures, erasure, None)
    set_done(places.erasures, erasure)
    return expanded


def contents(places: Places) -> Iterator[tuple[Path, bytes]]:
    """All that is kept, unpacked: members of WARC files, columns of tables, and the raw bytes of everything else."""
    for path in sorted(places.data.rglob("*")):
        if not path.is_file() or path.is_relative_to(places.erasures):
            continue
        content = path.read_bytes()
        yield path, content
        if ".warc.gz" in path.name:
            while content:
                member = zlib.decompressobj(31)
                yield path, member.decompress(content)
                content = member.unused_data
        elif path.suffix == ".parquet":
            yield path, json.dumps(pq.read_table(path).to_pylist(), default=str).encode()


def hits(places: Places, *words: bytes) -> list[str]:
    return [f"{path.name}: {word!r}" for path, content in contents(places) for word in words if word in content]


def tree(data: Path, *, but: tuple[str, ...] = ("-shm",)) -> dict[str, str]:
    return {
        path.relative_to(data).as_posix(): sha256_of_file(path) for path in sorted(data.rglob("*"))
        if path.is_file() and not path.name.endswith(but)
    }  # fmt: skip


def dumped(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [line for line in db.iterdump() if "'owner'" not in line]


def state_of(data: Path) -> dict[str, Any]:
    """All files; of databases what is in them, for their heads count writes."""
    found: dict[str, Any] = dict(tree(data, but=("-shm", "-wal", "frontier.db", "lock")))
    return found | {str(path.relative_to(data)): dumped(path) for path in data.rglob("frontier.db")}


def assert_whole(places: Places) -> None:
    """Every snapshot verifies, and every capture that is left can be read, also from frontiers."""
    for quarter in ("2020Q1", "2020Q2"):
        assert verify(places.snapshot(quarter)) == []
        for folder in sorted((places.snapshot(quarter) / "sites").iterdir()):
            for capture in read_captures(places.snapshot(quarter), folder.name):
                if capture.withheld is None:
                    read_body(folder, capture)
    for path in places.data.rglob("frontier.db"):
        with closing(sqlite3.connect(path)) as db:
            quarter = path.parents[1].name
            folder = places.snapshot(quarter) / "sites" / path.parent.name
            if "set-aside" in path.parts:
                folder = path.parent.parent / f"{SITE}-sites-1"
            kept = "select warc_file, warc_offset, body_sha256 from capture where withheld is null"
            for file, offset, sha256 in db.execute(kept).fetchall():
                there = folder / file
                body_at(there if there.exists() else there.with_name(file + OPEN_SUFFIX), offset, sha256)
            for file, offset, sha256 in db.execute("select warc_file, warc_offset, body_sha256 from known"):
                (earlier,) = places.snapshots.glob(f"*/sites/*/{file}")
                body_at(earlier, offset, sha256)
            for file, end in db.execute("select warc_file, max(warc_end) from request group by warc_file"):
                there = folder / file
                assert (there if there.exists() else there.with_name(file + OPEN_SUFFIX)).stat().st_size == end


def test_the_data_is_as_the_tests_want_it(places: Places) -> None:
    assert_whole(places)
    assert hits(places, b"Oluf Vindrose")


@pytest.mark.parametrize("name", ALL)
def test_nothing_of_it_is_left_and_the_rest_is_whole(name: str, places: Places) -> None:
    sought = forget(places, ALL[name])
    assert_whole(places)
    assert hits(places, b"Oluf Vindrose", b"passer fyret") == []
    erasures = read_erasures(places.erasures)
    for matcher in (sought, erasures):
        found = find_in_crawls(places, matcher, None, proof_depth())
        assert (found.traces, found.unreadable) == ([], [])


def test_an_address_takes_its_moves_redirects_and_copies_along(places: Places) -> None:
    sought = forget(places, BY_URL)
    assert sought.urls == {f"nordby.example/{each}" for each in ("people/oluf", "folk/oluf", "o")}
    urls = {each.url.removeprefix(HOSTS[SITE]) for each in read_captures(places.snapshot("2020Q1"), SITE)}
    assert urls == {"/", "/people", "/gone", "/last", "/reserved"}
    assert hits(places, SECRET.encode()[:20]) == []
    assert hits(places, b"WARC-Target-URI: https://www.nordby.example/again") == []  # it referred to what is gone
    with closing(sqlite3.connect(places.crawl_work("2020Q1") / SITE / "frontier.db")) as db:
        assert db.execute("select count(*) from url where url like '%oluf%' or url like '%/o'").fetchone() == (0,)
        assert db.execute("select via from url where url like '%/last'").fetchone() == (None,)
        assert db.execute("select count(*) from url where url like '%/copy'").fetchone() == (1,)
    assert [each.url for each in read_captures(places.snapshot("2020Q1"), OTHER)] == [
        "https://sandvig.example/", "https://sandvig.example/news",
    ]  # fmt: skip


def test_address_of_the_page_stands_in_other_pages_links_only(places: Places) -> None:
    sought = forget(places, BY_URL)
    search = find_in_crawls(places, sought, None, links_depth(sought))
    assert search.traces == []
    assert search.num_links > 0
    assert hits(places, b"nordby.example/people/oluf", b"nordby.example/folk/oluf") == []
    assert any(b"href='/people/oluf'" in content for _, content in contents(places))


def test_text_takes_the_bytes_but_not_the_address(places: Places) -> None:
    news = read_captures(places.snapshot("2020Q1"), OTHER)[1]
    sought = forget(places, BY_TEXT)
    assert sought.urls == frozenset()
    assert [each.url for each in read_captures(places.snapshot("2020Q1"), OTHER)] == ["https://sandvig.example/"]
    row = next(each for each in read_outcomes(places.snapshot("2020Q1"), OTHER) if each.url == news.url)
    assert (row.outcome, row.reason, row.capture_id) == ("excluded", "erased", None)
    with closing(sqlite3.connect(places.crawl_work("2020Q1") / OTHER / "frontier.db")) as db:
        assert db.execute("select count(*) from url where url like '%/news'").fetchone() == (1,)


def test_site_leaves_its_files_begun_and_nothing_in_them(places: Places) -> None:
    forget(places, BY_SITE)
    assert read_captures(places.snapshot("2020Q2"), SITE) == []
    path = places.snapshot("2020Q2") / "sites" / SITE / f"{SITE}-2020Q2-00000.warc.gz"
    with path.open("rb") as file:
        record = read_record(file, 0)
    assert (record.kind, record.length) == ("warcinfo", path.stat().st_size)


def test_capture_ids_stay_as_published(places: Places) -> None:
    before = {each.url: each.capture_id for each in read_captures(places.snapshot("2020Q1"), SITE)}
    forget(places, BY_URL)
    after = {each.url: each.capture_id for each in read_captures(places.snapshot("2020Q1"), SITE)}
    assert after.items() < before.items()


def test_manifest_has_a_revision_more_and_knows_the_old_hashes(places: Places) -> None:
    path = places.snapshot("2020Q1") / "manifest.json"
    old = json.loads(path.read_text())
    forget(places, BY_URL)
    new = json.loads(path.read_text())
    assert (new["id"], new["revision"], new["erasures"]) == (old["id"], 2, [ERASURE])
    assert new["content_sha256"] == snapshot_content(new) != old["content_sha256"]
    manifest = read_snapshot_manifest(places.snapshot("2020Q1"))
    assert snapshot_sha256(manifest.files, manifest.sites) == new["content_sha256"]
    (superseded,) = new["superseded"]
    hashes = {each["path"]: each["sha256"] for each in old["files"]}
    assert superseded == {
        "revision": 1, "content_sha256": old["content_sha256"], "erasure": ERASURE,
        "files": {name: hashes[name] for name in sorted(hashes) if name.startswith(f"sites/{SITE}/")},
    }  # fmt: skip
    was, now = old["sites"][0], new["sites"][0]
    assert (now["num_captures"], now["num_pages"]) == (was["num_captures"] - 3, was["num_pages"] - 2)
    assert now["outcomes"] == {"excluded": 1, "new": was["outcomes"]["new"] - 3}
    assert new["sites"][1] == old["sites"][1]


def test_folder_without_it_only_learns_that_it_was_looked_at(places: Places) -> None:
    before = tree(places.snapshot("2020Q2"), but=("manifest.json",))
    forget(places, Sought(urls=frozenset({"nordby.example/gone"})))
    assert tree(places.snapshot("2020Q2"), but=("manifest.json",)) == before
    manifest = json.loads((places.snapshot("2020Q2") / "manifest.json").read_text())
    assert (manifest["revision"], manifest["erasures"]) == (1, [ERASURE])
    assert "superseded" not in manifest


def test_reports_stay_readable(places: Places) -> None:
    forget(places, BY_URL)
    report = json.loads((places.reports / "crawl-2020Q1.json").read_text())
    assert report["sites"][0] == {"reason": "erased asks for a login", "url": "erased"}
    assert report["sites"][1]["url"] == f"{HOSTS[SITE]}/last"


@pytest.mark.parametrize("name", ALL)
def test_search_changes_nothing(name: str, places: Places) -> None:
    before = tree(places.data)
    found = find_in_crawls(places, expand(places, ALL[name], None), None)
    assert {each.kind for each in found.traces} >= {"WARC record", "capture", "request", "outcome", "frontier row"}
    assert tree(places.data) == before


def test_interrupted_crawl_goes_on_behind_what_is_left(places: Places) -> None:
    archive = places.snapshot("2020Q3") / "sites" / SITE
    (path,) = archive.glob("*.open")
    with path.open("ab") as file:  # a kill in the middle of a write, of the very page
        file.write(zlib.compress(b"WARC/1.1\r\n" + SECRET.encode(), 6, 31)[:-3])
    forget(places, BY_URL)
    assert_whole(places)
    frontier = Frontier(places.crawl_work("2020Q3") / SITE)
    warc = WarcSeries(archive, f"{SITE}-2020Q3", {}, frontier.committed_ends())
    warc.close()
    assert [row[0] for row in frontier.db.execute("select url from capture")] == [
        f"{HOSTS[SITE]}/", f"{HOSTS[SITE]}/z"
    ]  # fmt: skip
    assert frontier.fact("blocked") is None
    frontier.close()


def test_log_of_changes_of_a_killed_crawl_is_read_and_goes(places: Places, tmp_path: Path) -> None:
    folder = places.crawl_work("2020Q3") / SITE
    crawl = Frontier(folder)
    crawl.add([f"{HOSTS[SITE]}/people/oluf?more=1"], Found(priority=states.PRIORITY_LINK))
    shutil.copytree(folder, tmp_path / "killed")
    crawl.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "killed", folder)
    assert b"oluf?more=1" in (folder / "frontier.db-wal").read_bytes()
    forget(places, BY_PREFIX)
    assert not (folder / "frontier.db-wal").exists()
    assert hits(places, b"oluf?more=1") == []
    assert_whole(places)


class Stopped(Exception):
    pass


def stop_at(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise in place of the n-th rename."""
    real, count = os.replace, 0

    def replaced(*arguments: Any, **options: Any) -> None:
        nonlocal count
        count += 1
        if count == number:
            raise Stopped
        real(*arguments, **options)

    monkeypatch.setattr(os, "replace", replaced)


@pytest.mark.parametrize("name", ["url", pytest.param("text", marks=pytest.mark.slow)])
def test_kill_at_any_rename_and_once_more_is_as_if_undisturbed(
    name: str, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fresh(folder: str) -> Places:
        shutil.copytree(template, tmp_path / folder)
        shutil.copytree(tmp_path / "erasures", tmp_path / folder / "erasures")
        return Places(tmp_path / folder)

    expanded = expand(Places(template), ALL[name], None)
    erasures = add_erasure(tmp_path / "erasures", ERASURE, "2026-11-22", expanded)
    undisturbed = fresh("undisturbed")
    erase_from_crawls(undisturbed, erasures, ERASURE, None)
    expected = state_of(undisturbed.data)
    for number in range(1, 100):
        killed = fresh(f"killed-{number}")
        with monkeypatch.context() as patch:
            stop_at(number, patch)
            try:
                erase_from_crawls(killed, erasures, ERASURE, None)
                break
            except Stopped:
                pass
        assert missing_ids(killed) == [ERASURE]
        erase_from_crawls(killed, erasures, ERASURE, None)
        assert state_of(killed.data) == expected, number
        shutil.rmtree(killed.data)
    assert number > 20


def test_disk_full_changes_nothing(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state_of(places.snapshot("2020Q1"))
    erasures = add_erasure(places.erasures, ERASURE, "2026-11-22", expand(places, BY_URL, None))

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pq, "write_table", full)
        with pytest.raises(OSError, match="No space"):
            erase_from_crawls(places, erasures, ERASURE, None)
    assert state_of(places.snapshot("2020Q1")) == before


def test_backup_put_back_is_seen_and_cleaned(template: Path, places: Places) -> None:
    forget(places, BY_URL)
    assert missing_ids(places) == []
    for name in ("snapshots", "work", "reports"):
        shutil.rmtree(places.data / name)
        shutil.copytree(template / name, places.data / name)
    assert missing_ids(places) == [ERASURE]
    erase_from_crawls(places, read_erasures(places.erasures, [ERASURE]), ERASURE, None)
    assert missing_ids(places) == []
    assert hits(places, SECRET.encode()[:20]) == []
    assert_whole(places)


def test_one_frontier_put_back_is_seen(template: Path, places: Places) -> None:
    forget(places, BY_URL)
    part = Path("work/2020Q3") / SITE
    shutil.rmtree(places.data / part)
    shutil.copytree(template / part, places.data / part)
    assert missing_ids(places) == [ERASURE]


def test_second_erasure_is_noted_beside_the_first(places: Places) -> None:
    forget(places, BY_URL)
    forget(places, Sought(urls=frozenset({"nordby.example/last"})), "2026-11-22-2")
    manifest = json.loads((places.snapshot("2020Q1") / "manifest.json").read_text())
    assert (manifest["revision"], len(manifest["superseded"])) == (3, 2)
    assert manifest["erasures"] == [ERASURE, "2026-11-22-2"]
    assert applied_ids(places.crawl_work("2020Q1") / SITE / "frontier.db") == [ERASURE, "2026-11-22-2"]
    assert missing_ids(places) == []
    assert_whole(places)


def test_crawl_can_ask(places: Places) -> None:
    forget(places, Sought(urls=BY_URL.urls, texts=BY_TEXT.texts))
    obeyed = Obeyed(read_erasures(places.erasures), SITE)
    assert obeyed.covers(f"{HOSTS[SITE]}/people/oluf")
    assert obeyed.covers("http://nordby.example/folk/oluf")
    assert not obeyed.covers(f"{HOSTS[SITE]}/people")
    assert obeyed.covers_redirect("/people/oluf", f"{HOSTS[SITE]}/new")
    assert obeyed.withholds(page(SECRET), f"{HOSTS[SITE]}/elsewhere", "text/html")
    assert obeyed.withholds(page(f"nyt: {SECRET.upper()}"), f"{HOSTS[SITE]}/elsewhere", "text/html")
    assert not obeyed.withholds(page("Velkommen"), f"{HOSTS[SITE]}/elsewhere", "text/html")
    nothing = Obeyed(read_erasures(places.data / "nowhere"), SITE)
    assert not nothing
    assert not nothing.covers(f"{HOSTS[SITE]}/people/oluf")


@pytest.mark.parametrize(
    "markup",
    [
        "Oluf Vind<b>rose</b> Testesen passer fyret på Ydre Nordby",
        "<table><tr><td>Oluf</td><td>Vindrose</td><td>Testesen</td></tr></table>passer <p>fyret på Ydre Nordby",
        "OLUF&nbsp;VINDROSE&#32;TESTESEN passer fyret p&aring; Ydre\n\n   Nordby",
        "<script>var who = 'Oluf Vindrose Testesen passer fyret på Ydre Nordby'</script>",
        "<img alt='Oluf Vindrose Testesen passer fyret pa\u030a Ydre Nordby'>",
        "Oluf Vind\u00adrose Testesen passer fyret på Ydre Nordby",
    ],
    ids=["tags inside words", "table", "entities", "script", "attribute", "soft hyphen"],
)
def test_text_is_found_however_it_is_written(markup: str, places: Places) -> None:
    made = MadeSite(places=places, quarter="2020Q4")
    made.add("/w", f"<html><meta charset=utf-8><body>{markup}</body></html>".encode())
    made.end(is_open=True)
    found = find_in_crawls(places, BY_TEXT, None)
    assert [each.count for each in found.traces if "2020Q4" in each.place and each.kind == "WARC record"] == [2]


def test_captures_of_an_older_format_are_read(places: Places) -> None:
    path = places.snapshot("2020Q1") / "sites" / SITE / CAPTURES_NAME
    pq.write_table(pq.read_table(path).drop_columns(["first_url", "truncated"]), path)
    (path.parent / OUTCOMES_NAME).unlink()
    made = [replace(each) for each in read_captures(places.snapshot("2020Q1"), SITE)]
    forget(places, BY_URL)
    assert len(read_captures(places.snapshot("2020Q1"), SITE)) == len(made) - 3
    manifest = json.loads((places.snapshot("2020Q1") / "manifest.json").read_text())
    assert manifest["sites"][0]["num_pages"] == 5 - 2


