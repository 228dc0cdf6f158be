"""What a refresh looks at twice: a site of which much is gone, an archive that is damaged, a page that lost its 304."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from crawler.snapshot import read_body, read_captures, read_outcomes, read_snapshot_manifest
from demo.village import Page, Village, served, text_page

FIRST, SECOND = "2020Q1", "2020Q2"
HOST = "by0.example.test"


def site(prefix: str, words: str = "") -> dict[str, Page]:
    paths = [f"/{prefix}{chr(97 + number)}" for number in range(12)]
    pages = {path: text_page(f"emnet {path[1:]}", words if path.endswith("a") else "") for path in paths}
    return {"/": text_page("forsiden", links=tuple(paths))} | pages


@pytest.fixture
def village(tvaerkom: Any) -> Iterator[Village]:
    made = Village(sites={HOST: site("old")})
    with served(made):
        tvaerkom.register.write_text(made.register())
        assert tvaerkom("crawl", FIRST).returncode == 0
        assert tvaerkom("snapshot", "publish", FIRST).returncode == 0
        yield made


def outcomes(tvaerkom: Any) -> dict[str, str]:
    rows = read_outcomes(tvaerkom.data / "snapshots" / SECOND, "9001")
    return {each.url.partition(".test")[2]: each.outcome for each in rows}


@pytest.mark.slow
def test_relaunch_is_believed_after_a_second_pass_two_days_later(tvaerkom: Any, village: Village) -> None:
    village.sites[HOST] = site("new")
    crawl = tvaerkom("crawl", SECOND)
    assert "12 of 13 pages of last quarter seem to be gone; the same command after" in crawl.stderr
    tvaerkom("crawl", SECOND)
    refused = tvaerkom("snapshot", "publish", SECOND)
    assert (refused.returncode, "12 of 13 pages of last quarter are gone" in refused.stderr) == (3, True)
    village.asked = []
    tvaerkom("crawl", SECOND)
    assert not [path for _, path, _ in village.asked if path.startswith("/old")], "it is too early"
    with sqlite3.connect(tvaerkom.data / "work" / SECOND / "9001" / "frontier.db") as db:
        db.execute("update fact set value = value - 48 * 3600 - 1 where name = 'losses_seen_at'")
    tvaerkom("crawl", SECOND)
    assert len([path for _, path, _ in village.asked if path.startswith("/old")]) == 12
    published = tvaerkom("snapshot", "publish", SECOND)
    assert published.returncode == 0, published.stderr
    found = outcomes(tvaerkom)
    assert (found["/olda"], found["/newa"], found["/"]) == ("gone", "new", "changed")
    assert read_snapshot_manifest(tvaerkom.data / "snapshots" / SECOND).sites[0].num_lost == 12


@pytest.mark.slow
def test_accepted_site_is_published_as_it_was_crawled_and_the_reason_is_on_record(
    tvaerkom: Any, village: Village
) -> None:
    village.sites[HOST] = site("new")
    tvaerkom("crawl", SECOND)
    published = tvaerkom("snapshot", "publish", SECOND, "--accept", HOST, "--reason", "new web site")
    assert published.returncode == 0, published.stderr
    summary = read_snapshot_manifest(tvaerkom.data / "snapshots" / SECOND).sites[0]
    assert (summary.freshness, summary.accepted, summary.outcomes["gone"]) == ("fresh", "new web site", 12)
    unknown = tvaerkom("snapshot", "publish", SECOND, "--accept", "nowhere.dk", "--reason", "x")
    assert unknown.returncode == 2


@pytest.mark.slow
def test_page_whose_archived_body_is_damaged_is_fetched_anew(tvaerkom: Any, village: Village) -> None:
    folder = tvaerkom.archive("9001", FIRST)
    page = next(each for each in read_captures(folder.parents[1], "9001") if each.url.endswith("/oldb"))
    path = folder / page.warc_file
    whole = path.read_bytes()
    middle = page.warc_offset + page.warc_length // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :])
    village.asked = []
    crawl = tvaerkom("crawl", SECOND)
    assert crawl.returncode == 0 and "/oldb: " in crawl.stderr and "it is fetched anew" in crawl.stderr
    assert [condition for _, path, condition in village.asked if path == "/oldb"] == [True, False]
    published = tvaerkom("snapshot", "publish", SECOND)
    assert published.returncode == 0, published.stderr
    assert set(outcomes(tvaerkom).values()) == {"unchanged"}
    folder = tvaerkom.archive("9001", SECOND)
    pages = {each.url: each for each in read_captures(folder.parents[1], "9001") if each.outcome}
    assert b"emnet oldb" in read_body(folder, pages[page.url])


@pytest.mark.slow
def test_damaged_archive_of_last_quarter_is_one_sentence(tvaerkom: Any, village: Village) -> None:
    tvaerkom("crawl", SECOND)
    for path in tvaerkom.archive("9001", FIRST).glob("*.warc.gz"):
        path.unlink()
    refused = tvaerkom("snapshot", "publish", SECOND)
    assert refused.returncode == 1
    assert "pages that did not change are copied from it. Restore the file from a backup" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_pruned_quarter_keeps_its_tables_and_says_so(tvaerkom: Any, village: Village) -> None:
    for quarter in (SECOND, "2020Q3"):
        village.sites[HOST] = site("old", quarter)
        tvaerkom("crawl", quarter)
        assert tvaerkom("snapshot", "publish", quarter).returncode == 0
    assert "2020Q1: its raw archive" in tvaerkom("status").stdout
    assert "would go" in tvaerkom("snapshot", "prune", "--dry-run").stdout
    assert list(tvaerkom.archive("9001", FIRST).glob("*.warc.gz"))
    assert tvaerkom("snapshot", "prune").returncode == 0
    assert not list(tvaerkom.archive("9001", FIRST).glob("*.warc.gz"))
    assert not (tvaerkom.data / "work" / FIRST).exists()
    for quarter in (FIRST, SECOND, "2020Q3"):
        verified = tvaerkom("snapshot", "verify", quarter)
        assert verified.returncode == 0, verified.stderr
    listed = tvaerkom("snapshot", "list").stdout.splitlines()
    assert "pruned 20" in listed[0] and "needed by snapshot 2020Q2" in listed[0]
    assert "needed by the next refresh" in listed[2]
    assert tvaerkom("snapshot", "prune").stdout == "nothing to prune\n"
    build = tvaerkom("corpus", "build", FIRST)
    assert (build.returncode, "the raw archive of 2020Q1 was removed on" in build.stderr) == (2, True)
    newest = tvaerkom("snapshot", "prune", "2020Q3")
    assert (newest.returncode, "the next refresh compares with its archive" in newest.stderr) == (2, True)
    village.sites[HOST] = site("old")
    tvaerkom("crawl", "2020Q4")
    assert tvaerkom("snapshot", "publish", "2020Q4").returncode == 0, "an older quarter is not needed"
