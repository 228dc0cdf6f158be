"""The main job from end to end with the real parts: crawl, publish, build, verify, train, as a user types it."""

import gzip
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest

from corpus.personal_data import count_cpr
from demo.kommuneby import PageKind, Web, make_web
from demo.server import KommunebyServer
from demo.town import Town, found_town

SIZES = {"num_municipalities": 3, "pages_per_site": 12}
DEBUG_RUN = ("--until", "model", "--config", "debug")


@pytest.fixture(scope="module")
def server() -> Iterator[KommunebyServer]:
    with KommunebyServer(make_web(**SIZES)) as served:
        yield served


def show(server: KommunebyServer, quarter_index: int) -> Web:
    web = make_web(quarter_index=quarter_index, **SIZES)
    server.publish(web)
    return web


def run(town: Town, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return town.run(*arguments, capture_output=True, timeout=240, **options)


@pytest.fixture(scope="module")
def two_quarters(server: KommunebyServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, list[Web]]:
    town = found_town(tmp_path_factory.mktemp("town"), make_web(**SIZES), server)
    webs = []
    for index, quarter in enumerate(("2020Q1", "2020Q2")):
        webs.append(show(server, index))
        result = run(town, "quarter", quarter, *DEBUG_RUN)
        assert result.returncode == 0, result.stderr[-2000:]
    return town, webs


def _rows(folder: Path, pattern: str) -> list[dict[str, Any]]:
    return [row for path in sorted(folder.glob(pattern)) for row in pq.read_table(path).to_pylist()]


@pytest.mark.slow
def test_two_quarters_hold_every_fact_once_and_nothing_foreign(two_quarters: tuple[Town, list[Web]]) -> None:
    town, webs = two_quarters
    for quarter, web in zip(("2020Q1", "2020Q2"), webs, strict=True):
        captured = {
            row["url"] for row in _rows(town.data / "snapshots" / quarter, "sites/*/captures.parquet")
            if row["status"] == 200
        }  # fmt: skip
        assert set(web.content_urls()) - captured == set()
        texts = [row["text"] for row in _rows(town.data / "corpora" / quarter, "sentences/*.parquet")]
        assert {fact: texts.count(fact) for fact in web.danish_facts() if texts.count(fact) != 1} == {}
        assert set(texts) & set(web.foreign_facts()) == set()


@pytest.mark.slow
def test_no_cpr_number_in_any_table_and_its_page_is_named(two_quarters: tuple[Town, list[Web]]) -> None:
    town, _ = two_quarters
    corpus = town.data / "corpora/2020Q1"
    tables = list(corpus.rglob("*.parquet"))
    assert len(tables) > 5
    held = [
        path for path in tables for row in pq.read_table(path).to_pylist() if count_cpr(json.dumps(row, default=str))
    ]
    assert held == []
    assert [row["kind"] for row in _rows(corpus, "personal_data.parquet")] == ["cpr"]


@pytest.mark.slow
def test_carry_keeps_side_and_first_quarter(two_quarters: tuple[Town, list[Web]]) -> None:
    town, _ = two_quarters
    sides: dict[str, dict[str, str]] = {}
    for quarter in ("2020Q1", "2020Q2"):
        for path in (town.data / "corpora" / quarter / "sentences").glob("*.parquet"):
            for row in pq.read_table(path).to_pylist():
                sides.setdefault(row["sentence_id"], {})[quarter] = path.name.split("-")[0]
                assert row["first_quarter"] == min(sides[row["sentence_id"]])
    in_both = [side for side in sides.values() if len(side) == 2]
    assert len(in_both) > 100
    assert [side for side in in_both if len(set(side.values())) != 1] == []


@pytest.mark.slow
def test_a_finished_quarter_is_skipped_and_the_model_answers(
    two_quarters: tuple[Town, list[Web]], server: KommunebyServer
) -> None:
    town, _ = two_quarters
    asked = len(server.log)
    started = time.monotonic()
    again = run(town, "--json", "quarter", "2020Q2", *DEBUG_RUN)
    assert again.returncode == 0
    assert len(server.log) == asked
    summary = json.loads(again.stdout)
    assert summary["loss_after"] < summary["loss_before"]
    assert time.monotonic() - started < 60
    filled = run(town, "fill", "2020Q2-debug", "Kommunen [MASK] pladser til alle børn.")
    assert filled.returncode == 0
    assert len(filled.stdout.splitlines()) == 6  # the name of the model, and five guesses
    status = run(town, "status").stdout
    assert "in force   corpus 2020Q2" in status
    assert not re.search(r"needs you", status)


@pytest.mark.slow
def test_quarter_goes_on_after_kill_in_each_stage(server: KommunebyServer, tmp_path: Path) -> None:
    """kill -9 in the crawl, the build and the training; the corpus is whole in the end."""
    web = show(server, 0)
    town = found_town(tmp_path, web, server)
    stages = ("work/2020Q1/kl-sundhed-og-aeldre/frontier.db", "work/corpus/2020Q1/sites/9001/done.json",
              "runs/2020Q1-debug/run.json")  # fmt: skip
    for sign in stages:
        process = subprocess.Popen(
            town.command("quarter", "2020Q1", *DEBUG_RUN), cwd=tmp_path, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _wait_for(tmp_path / sign, process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert run(town, "quarter", "2020Q1", *DEBUG_RUN).returncode == 0
    texts = [row["text"] for row in _rows(tmp_path / "corpora/2020Q1", "sentences/*.parquet")]
    assert {fact for fact in web.danish_facts() if texts.count(fact) != 1} == set()
    assert run(town, "snapshot", "verify", "2020Q1").returncode == 0
    warcs = sorted(map(str, (tmp_path / "snapshots/2020Q1").rglob("*.warc.gz")))
    assert len(warcs) == len(web.sites)
    warcio = Path(sys.executable).with_name("warcio")
    check = subprocess.run([warcio, "check", *warcs], capture_output=True, text=True, check=False)
    assert (check.returncode, check.stdout) == (0, "")


def _wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if path.exists():
            return
        assert process.poll() is None, f"ended before {path.name} was there"
        time.sleep(0.05)
    raise AssertionError(f"{path} never came")


def test_demo_refuses_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "data/demo").mkdir(parents=True)
    (tmp_path / "data/demo/precious.txt").write_text("mine")
    result = subprocess.run(
        [sys.executable, "-P", "-m", "tvaerkom", "demo"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert result.returncode == 2
    assert "move it away" in result.stderr
    assert (tmp_path / "data/demo/precious.txt").read_text() == "mine"


@pytest.fixture(scope="module")
def forgotten(
    two_quarters: tuple[Town, list[Web]], server: KommunebyServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """A page and a text of another page, forgotten in all that two quarters left; then a third quarter."""
    town, webs = two_quarters
    data = tmp_path_factory.mktemp("forgotten") / "data"
    shutil.copytree(town.data, data)
    town = Town(town.folder, data)
    page, other = _pages_with_facts_of_their_own(webs)
    found = json.loads(run(town, "--json", "find", "--url", page.url).stdout)
    by_url = run(town, "--json", "forget", "--url", page.url, "--reason", "asked for", "--yes")
    assert by_url.returncode == 0, by_url.stderr
    by_text = run(
        town, "--json", "forget", "--text-file", "-", "--reason", "asked for", "--yes", input=other.facts[0].upper()
    )
    assert by_text.returncode == 0, by_text.stderr
    show(server, 2)
    num_asked = len(server.log)
    third = run(town, "quarter", "2020Q3")
    assert third.returncode == 0, third.stderr
    yield {
        "town": town, "page": page, "other": other, "found": found, "receipts": [by_url.stdout, by_text.stdout],
        "asked": server.log[num_asked:],
    }  # fmt: skip


def _pages_with_facts_of_their_own(webs: list[Web]) -> tuple[Any, Any]:
    """Two ordinary pages that stand in both quarters with the same facts, which no other page has."""
    times = Counter(fact for web in webs for url in web.content_urls() for fact in web.pages[url].facts)
    found = [
        page
        for url, page in webs[0].pages.items()
        if page.kind is PageKind.CONTENT and page.facts and url in webs[1].pages
        and webs[1].pages[url].facts == page.facts and all(times[fact] == 2 for fact in page.facts)
    ]  # fmt: skip
    return found[0], found[7]


@pytest.mark.slow
def test_page_is_found_in_every_place_that_keeps_it(forgotten: dict[str, Any]) -> None:
    kinds = {each["kind"] for each in forgotten["found"]["traces"]}
    assert {"WARC record", "capture", "request", "outcome", "frontier row", "sentence", "document", "model"} <= kinds
    places = {each["place"].split("/")[0] for each in forgotten["found"]["traces"]}
    assert {"snapshots", "work", "corpora", "cache", "runs"} <= places


@pytest.mark.slow
def test_nothing_of_what_was_forgotten_is_left_anywhere(forgotten: dict[str, Any]) -> None:
    """Looked for without our own code: bytes unpacked, columns and databases read."""
    data, page, other = forgotten["town"].data, forgotten["page"], forgotten["other"]
    facts = [*page.facts, other.facts[0]]
    num_records = 0
    for path in data.rglob("*.warc.gz"):
        content = gzip.decompress(path.read_bytes())
        num_records += content.count(b"WARC-Type: response")
        assert f"WARC-Target-URI: {page.url}\r\n".encode() not in content
        for encoding in ("utf-8", "latin-1"):
            assert not [fact for fact in facts if fact.encode(encoding) in content], path
    assert num_records > 100
    for path in data.rglob("*.parquet"):
        for row in pq.read_table(path).to_pylist():
            assert row.get("url") != page.url, path
            written = json.dumps(row, ensure_ascii=False, default=str)
            assert not [fact for fact in facts if fact in written], path
    for path in data.rglob("*.db"):
        if path.parent.name == "erasures":
            continue
        with closing(sqlite3.connect(path)) as db:
            dumped = "\n".join(db.iterdump())
        assert page.url.partition("://")[2].removeprefix("www.") not in dumped, path
    for path in data.rglob("*"):  # what is not packed
        if path.is_file() and path.suffix in (".json", ".md", ".txt", ".jsonl", ".yaml"):
            assert not [word for word in (page.url, *facts) if word in path.read_text(encoding="utf-8")], path


@pytest.mark.slow
def test_snapshots_and_corpora_are_whole_behind_it_and_models_are_named(forgotten: dict[str, Any]) -> None:
    town = forgotten["town"]
    for quarter in ("2020Q1", "2020Q2", "2020Q3"):
        manifest = json.loads((town.data / "corpora" / quarter / "manifest.json").read_text())
        assert len(manifest["erasures"]) == 2
        num_changes = 0 if quarter == "2020Q3" else 2
        assert (manifest["revision"], len(manifest.get("superseded", []))) == (1 + num_changes, num_changes)
        for stage in ("snapshot", "corpus"):
            verified = run(town, stage, "verify", quarter)
            assert verified.returncode == 0 or "was removed" in verified.stderr, verified.stderr
    models = {model for receipt in forgotten["receipts"] for model in json.loads(receipt)["models"]}
    assert models == {"runs/2020Q1-debug", "runs/2020Q2-debug"}
    assert not list((town.data / "cache" / "tokens").glob("*/tokens.u32"))
    shards = datasets.load_dataset(str(town.data / "corpora" / "2020Q1"), "sentences", split="train", streaming=True)
    assert next(iter(shards))["text"]


@pytest.mark.slow
def test_what_was_forgotten_is_not_fetched_again_and_not_built_again(forgotten: dict[str, Any]) -> None:
    page = forgotten["page"]
    assert not [entry for entry in forgotten["asked"] if f"{entry.scheme}://{entry.host}{entry.target}" == page.url]
    assert len(forgotten["asked"]) > 50
    rows = _rows(forgotten["town"].data / "corpora/2020Q3", "dropped/*.parquet")
    assert {(row["reason"], row["text"]) for row in rows if row["reason"] == "erased"} <= {("erased", None)}


@pytest.mark.slow
def test_what_a_backup_brings_back_goes_again(
    forgotten: dict[str, Any], two_quarters: tuple[Town, list[Web]], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(two_quarters[0].data, data)
    shutil.copytree(forgotten["town"].data / "erasures", data / "erasures")
    town = Town(forgotten["town"].folder, data)
    status = run(town, "status")
    assert status.returncode == 0, status.stderr
    assert "was applied to" in status.stderr
    found = json.loads(run(town, "--json", "find", "--url", forgotten["page"].url).stdout)
    assert found["found"] == 0
    assert "was applied to" not in run(town, "status").stderr
