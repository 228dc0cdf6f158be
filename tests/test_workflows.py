"""The main job from end to end with the real parts: crawl, publish, build, verify, train, as a user types it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from corpus.personal_data import count_cpr
from demo.kommuneby import Web, make_web
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


def run(town: Town, *arguments: str) -> subprocess.CompletedProcess[str]:
    return town.run(*arguments, capture_output=True, timeout=240)


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
    assert len(filled.stdout.splitlines()) == 5
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
