"""What a corpus and a model are made of: quality on Kommuneby and on real material.

In: a folder. Out: figures. Those on ../shared are skipped where it is not there. The crawl's own figures stand in
crawl_gate.py.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.figures import Figure, at_least, at_most, exactly, skipped
from benchmarks.real_material import (
    REAL_PAGES,
    SHARED_DATA,
    gold_of_real_pages,
    web_of_proceedings,
    web_of_real_pages,
)  # fmt: skip
from benchmarks.served import QUARTER
from corpus.personal_data import count_cpr
from demo.kommuneby import Web, make_web
from demo.server import KommunebyServer
from demo.town import Town, found_town


def kommuneby(folder: Path) -> Iterator[Figure]:
    """A whole quarter of the default pretend web, against its truth."""
    web = make_web()
    town = built(folder / "kommuneby", web, "--workers", "2")
    captured = {row["url"] for row in rows(town, "snapshots", "sites/*/captures.parquet") if row["status"] == 200}
    reachable = web.content_urls()
    yield exactly("Kommuneby: content pages archived / reachable", 1, len(captured & set(reachable)) / len(reachable))
    texts = [row["text"] for row in rows(town, "corpora", "sentences/*.parquet")]
    once = sum(texts.count(fact) == 1 for fact in web.danish_facts())
    yield exactly("Kommuneby: Danish facts that stand exactly once / all", 1, once / len(web.danish_facts()))
    yield exactly("Kommuneby: English and German facts let in", 0, len(set(texts) & set(web.foreign_facts())))
    corpus = town.data / "corpora" / QUARTER
    tables = [json.dumps(row, default=str, ensure_ascii=False) for path in corpus.rglob("*.parquet")
              for row in pq.read_table(path).to_pylist()]  # fmt: skip
    yield exactly("Kommuneby: rows of all tables that hold a CPR number", 0, sum(map(bool, map(count_cpr, tables))))
    warcs = sorted(map(str, town.data.rglob("*.warc.gz")))
    command = [str(Path(sys.executable).with_name("warcio")), "check", *warcs]
    yield exactly("Kommuneby: warcio check, exit code", 0, subprocess.run(command, check=False).returncode)
    yield exactly("Kommuneby: files that differ between 1 and 2 workers", 0, _differing_files(town))
    run(town, "train", QUARTER, "--config", "demo")
    before, after = losses(town)
    yield at_most("Kommuneby: validation loss after / before, demo configuration", 0.6, after / before)


def _differing_files(town: Town) -> int:
    """Build the same snapshot again into another data folder, with one worker."""
    other = Town(town.folder, town.folder / "other")
    other.data.mkdir()
    (other.data / "snapshots").symlink_to(town.data / "snapshots")
    run(other, "corpus", "build", QUARTER, "--workers", "1")
    hashes = []
    for each in (town, other):
        manifest = json.loads((each.data / "corpora" / QUARTER / "manifest.json").read_text())
        hashes.append({entry["path"]: entry["sha256"] for entry in manifest["files"]})
    return len(set(hashes[0].items()) ^ set(hashes[1].items()))


def real_pages(folder: Path) -> Iterator[Figure]:
    """200 real pages of the web, none of them Danish: crawled, extracted, and trained on for 50 steps."""
    names = ("archived", "segments that must be in, F1 with those that must not", "loss after / before, 50 steps")
    if not REAL_PAGES.is_file():
        yield from (skipped(f"200 real pages: {name}") for name in names)
        return
    web = web_of_real_pages()
    town = built(folder / "pages", web, "--set", "languages=[]", name=f"{QUARTER}-try")
    captured = {row["url"]: row for row in rows(town, "snapshots", "sites/*/captures.parquet", f"{QUARTER}-try")}
    yield exactly(f"200 real pages: {names[0]}", 200, sum(captured[url]["status"] == 200 for url in web.content_urls()))
    texts = {row["url"]: row["text"] for row in rows(town, "corpora", "documents/*.parquet", f"{QUARTER}-try")}
    texts |= {row["url"]: row["text"] for row in rows(town, "corpora", "dropped/*.parquet", f"{QUARTER}-try")
              if row["level"] == "document" and row["text"]}  # fmt: skip
    yield at_least(f"200 real pages: {names[1]}", 0.925, _segment_f1(web, texts))
    run(town, "train", f"{QUARTER}-try", "--config", "demo", "--set", "max_steps=50")
    before, after = losses(town, f"{QUARTER}-try")
    yield at_most(f"200 real pages: {names[2]}", 0.95, after / before)


def _segment_f1(web: Web, texts: dict[str, str]) -> float:
    root = web.sites[0].root
    right = missed = wrong = 0
    for name, (wanted, unwanted) in gold_of_real_pages().items():
        text = texts.get(f"{root}{name}", "")
        right += sum(segment in text for segment in wanted)
        missed += sum(segment not in text for segment in wanted)
        wrong += sum(segment in text for segment in unwanted)
    return 2 * right / (2 * right + missed + wrong)


def proceedings(folder: Path) -> Iterator[Figure]:
    """Ten sittings of the Danish parliament, served as pages, trained on for 200 steps."""
    name = "proceedings, ten sittings: loss after / before, 200 steps"
    if not SHARED_DATA.is_dir():
        yield skipped(name, "<= 0.85")
        return
    town = built(folder / "proceedings", web_of_proceedings(10), "--workers", "2")
    run(town, "train", QUARTER, "--config", "demo", "--set", "max_steps=200")
    before, after = losses(town)
    yield at_most(name, 0.85, after / before)


def built(folder: Path, web: Web, *options: str, name: str = QUARTER) -> Town:
    """Crawl, publish and build with the real command."""
    with KommunebyServer(web) as server:
        town = found_town(folder, web, server, data=folder / "data")
        run(town, "crawl", name)
    run(town, "snapshot", "publish", name)
    run(town, "corpus", "build", name, *options)
    return town


def run(town: Town, *arguments: str) -> None:
    done = town.run("--quiet", *arguments, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"tvaerkom {' '.join(arguments)}: exit code {done.returncode}: {done.stderr[-2000:]}")


def rows(town: Town, kind: str, pattern: str, name: str = QUARTER) -> list[dict[str, Any]]:
    return [row for path in sorted((town.data / kind / name).glob(pattern)) for row in pq.read_table(path).to_pylist()]


def losses(town: Town, name: str = QUARTER) -> tuple[float, float]:
    evaluation = json.loads((town.data / "runs" / f"{name}-demo" / "evaluation.json").read_text())
    return evaluation["before"]["loss"], evaluation["after"]["loss"]
