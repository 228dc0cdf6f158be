"""The same four inputs give the same bytes, for any number of workers and after any interruption."""

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demo.kommuneby import Web

ROOT = Path(__file__).parents[2]
DEADLINE_S = 120
FERRY = "Færgen til øen sejler hver time mellem klokken seks og midnat."
WORDS = (
    "fugle", "heste", "tunneler", "vulkaner", "broer", "skibe", "planter", "stjerner", "kongeslægter", "svampe",
    "urtehaver", "robotter", "bjergbestigning", "grammatik", "fodbold", "arkæologi", "tegneserier", "keramik",
)  # fmt: skip
CHILDREN = Path(f"/proc/self/task/{os.getpid()}/children")


def hashes_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def start(data: Path, *arguments: str, hash_seed: str = "0") -> subprocess.Popen[bytes]:
    """The real command in a process group of its own."""
    options = ["--data", str(data), "--register", str(data / "municipalities.yaml"), "--quiet"]
    return subprocess.Popen(
        [sys.executable, "-m", "tvaerkom", *options, *arguments], cwd=ROOT, start_new_session=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(process: subprocess.Popen[bytes]) -> str:
    output, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, errors.decode()
    return output.decode()


def wait_for_a_site(process: subprocess.Popen[bytes], house: Any) -> None:
    """Until the build has finished a site, and is in the middle of its work."""
    started = time.monotonic()
    while not list(house.command.places.build_work("2020Q1").glob("sites/*/done.json")):
        assert process.poll() is None
        assert time.monotonic() - started < DEADLINE_S
        time.sleep(0.01)


@pytest.fixture
def twin(kommuneby: Any, house: Any) -> Any:
    """A data folder of its own with Kommuneby's snapshot and no corpus."""
    house.command.places.snapshots.symlink_to(kommuneby.command.places.snapshots)
    return house


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "hash_seed"), [("2", "2"), ("8", "3")])
def test_workers_and_hash_seed_make_no_difference(kommuneby: Any, twin: Any, workers: str, hash_seed: str) -> None:
    finish(start(twin.data, "corpus", "build", "2020Q1", "--workers", workers, hash_seed=hash_seed))
    assert hashes_of(twin.corpus("2020Q1")) == hashes_of(kommuneby.corpus("2020Q1"))


@pytest.mark.slow
def test_killed_build_typed_again_gives_the_same_bytes(kommuneby: Any, twin: Any) -> None:
    process = start(twin.data, "corpus", "build", "2020Q1", "--workers", "2", hash_seed="3")
    wait_for_a_site(process, twin)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not twin.corpus("2020Q1").exists()
    twin.build("2020Q1", workers=1)
    assert hashes_of(twin.corpus("2020Q1")) == hashes_of(kommuneby.corpus("2020Q1"))


@pytest.mark.slow
@pytest.mark.skipif(not CHILDREN.is_file(), reason="this system does not list the children of a process")
def test_killed_worker_ends_the_build_with_a_sentence(twin: Any) -> None:
    """As when the system runs out of memory: exit code 1, no traceback, and the build can be typed again."""
    process = start(twin.data, "corpus", "build", "2020Q1", "--workers", "2")
    wait_for_a_site(process, twin)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    workers = [int(each) for each in children if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]
    os.kill(workers[0], signal.SIGKILL)
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert "a worker was ended from outside" in errors.decode()
    assert "Traceback" not in errors.decode()
    assert not twin.corpus("2020Q1").exists()


def test_finished_site_is_not_done_again(twin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that dies while it assembles finds its sites' tables again."""
    from corpus import build, papers

    def die(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(papers, "dataset_card", die)
        with pytest.raises(KeyboardInterrupt):
            twin.build("2020Q1")
    monkeypatch.setattr(build, "run_site_task", die)
    twin.build("2020Q1")
    assert twin.corpus("2020Q1").is_dir()


def test_leavings_of_a_killed_build_do_not_reach_the_corpus(kommuneby: Any, twin: Any) -> None:
    work = twin.command.places.build_work("2020Q1")
    (work / "output/sentences").mkdir(parents=True)
    (work / "output/sentences/train-00000.part").write_bytes(b"half a file")
    (work / "sites/9001").mkdir(parents=True)
    (work / "sites/9001/documents.arrow").write_bytes(b"half a table")
    twin.build("2020Q1")
    assert hashes_of(twin.corpus("2020Q1")) == hashes_of(kommuneby.corpus("2020Q1"))
    assert not work.exists()


def page_caches(house: Any) -> list[Path]:
    return sorted((house.command.places.cache / "pages").glob("*.db"))


def test_warm_cache_works_nothing_out_again_and_gives_the_same_bytes(
    kommuneby: Any, twin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from corpus import judged_page, site_texts
    from corpus.near import folder

    def refuse(*_: object) -> bytes:
        raise AssertionError("it was worked out again")

    assert len(page_caches(kommuneby)) > 2
    shutil.copytree(kommuneby.command.places.cache, twin.command.places.cache)
    monkeypatch.setattr(site_texts, "body_of", refuse)
    monkeypatch.setattr(judged_page, "work_out", refuse)
    monkeypatch.setattr(folder, "signatures_and_sizes", refuse)
    twin.build("2020Q1")
    assert hashes_of(twin.corpus("2020Q1")) == hashes_of(kommuneby.corpus("2020Q1"))


def test_cache_of_another_quarter_makes_no_difference(
    kommuneby: Any, house: Any, web: Web, answers: Callable[[Web], list[Any]], response: Any, page_of: Any
) -> None:
    """Of each site some pages were others, which changes what is boilerplate there."""
    other = page_of("Her stod der noget helt andet i det forrige kvartal.")
    pages = [each if n % 3 else response(url=each.url, body=other) for n, each in enumerate(answers(web))]
    house.snapshot("2019Q4-try", pages)
    house.build("2019Q4-try")
    house.command.places.snapshot("2020Q1").symlink_to(kommuneby.command.places.snapshot("2020Q1"))
    house.build("2020Q1")
    assert hashes_of(house.corpus("2020Q1")) == hashes_of(kommuneby.corpus("2020Q1"))


def garble(path: Path) -> None:
    """Other bytes in the second half: the file opens, its rows are damaged."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"\xa5" * (len(content) - len(content) // 2))


@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink, garble, lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"ingen database" * 99),
        lambda path: os.truncate(path, path.stat().st_size // 2), lambda path: os.truncate(path, 4096),
        lambda path: os.truncate(path, 50),
    ],
    ids=["deleted", "garbled", "emptied", "another file", "cut in half", "cut after its first page", "cut in its head"],
)  # fmt: skip
def test_damaged_cache_makes_no_difference(
    house: Any, response: Any, page_of: Any, damage: Callable[[Path], Any]
) -> None:
    root = "http://www.nordby.kommuneby.test/"
    texts = [f"Byens {n}. bibliotek har {n * 7} bøger om {word} og {word[::-1]}." for n, word in enumerate(WORDS)]
    house.snapshot("2020Q1", [response(url=f"{root}{n}", body=page_of(text)) for n, text in enumerate(texts)])
    house.build("2020Q1")
    (cache,) = page_caches(house)
    assert cache.stat().st_size >= 3 * 4096  # of its schema, and of each table
    before = hashes_of(house.corpus("2020Q1"))
    damage(cache)
    shutil.rmtree(house.corpus("2020Q1"))
    house.build("2020Q1")
    assert hashes_of(house.corpus("2020Q1")) == before


def test_damaged_signatures_make_no_difference(kommuneby: Any, twin: Any) -> None:
    shutil.copytree(kommuneby.command.places.cache, twin.command.places.cache)
    for path in (twin.command.places.cache / "near").glob("*/*/0*"):
        garble(path)
    twin.build("2020Q1")
    assert hashes_of(twin.corpus("2020Q1")) == hashes_of(kommuneby.corpus("2020Q1"))


def test_trial_leaves_the_signatures_of_the_quarter(kommuneby: Any, twin: Any) -> None:
    shutil.copytree(kommuneby.command.places.cache, twin.command.places.cache)
    near = twin.command.places.cache / "near"
    before = {path: path.read_bytes() for path in near.rglob("*") if path.is_file()}
    twin.build("2020Q1-try", overrides=["min_words=12"])
    assert {path: path.read_bytes() for path in near.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("brief_only", [True, False], ids=["its text is damaged", "its text cannot be had"])
def test_page_that_cannot_be_read_a_second_time_is_dropped_and_not_remembered(
    house: Any, response: Any, page_of: Any, monkeypatch: pytest.MonkeyPatch, brief_only: bool
) -> None:
    """The first pass found its keys in the cache, or read it; then its text is asked for, and there is none."""
    from corpus import site_build
    from corpus.page_text import PageText
    from corpus.schema import DropReason
    from corpus.site_texts import SiteTexts

    texts = [FERRY, "Den sidste bus til stationen kører klokken halv tolv om aftenen."]
    root = "http://www.nordby.kommuneby.test/"
    house.snapshot("2020Q1", [response(url=f"{root}{n}", body=page_of(text)) for n, text in enumerate(texts)])
    house.build("2020Q1")
    before = hashes_of(house.corpus("2020Q1"))
    with sqlite3.connect(page_caches(house)[0]) as database:
        database.execute("DELETE FROM texts")
        if brief_only:
            database.execute("UPDATE extractions SET value = x'00ff'")
    database.close()
    shutil.rmtree(house.corpus("2020Q1"))

    class Fails(SiteTexts):
        def of(self, capture: Any) -> PageText:
            if capture.url == f"{root}0":
                return PageText(failure=DropReason.EXTRACTION_FAILED)
            return super().of(capture)

    with monkeypatch.context() as patched:
        patched.setattr(site_build, "SiteTexts", Fails)
        house.build("2020Q1")
    assert [row["url"] for row in house.rows("2020Q1", "documents")] == [f"{root}1"]
    dropped = {(row["url"], row["reason"]) for row in house.rows("2020Q1", "dropped") if row["level"] == "page"}
    assert dropped == {(f"{root}0", DropReason.EXTRACTION_FAILED)}
    shutil.rmtree(house.corpus("2020Q1"))
    house.build("2020Q1")
    assert hashes_of(house.corpus("2020Q1")) == before


def test_value_of_the_cache_that_cannot_be_read_is_worked_out_anew(house: Any, response: Any, page_of: Any) -> None:
    house.snapshot("2020Q1", [response(url="http://www.nordby.kommuneby.test/", body=page_of(FERRY))])
    house.build("2020Q1")
    before = hashes_of(house.corpus("2020Q1"))
    with sqlite3.connect(page_caches(house)[0]) as database:
        for table in ("extractions", "texts"):
            assert database.execute(f"UPDATE {table} SET value = x'00ff'").rowcount == 1
    database.close()
    shutil.rmtree(house.corpus("2020Q1"))
    house.build("2020Q1")
    assert hashes_of(house.corpus("2020Q1")) == before


def test_page_damaged_after_publishing_is_dropped_though_the_cache_knows_it(
    house: Any, response: Any, page_of: Any
) -> None:
    root = "http://www.nordby.kommuneby.test/"
    texts = {f"{root}a": FERRY, f"{root}b": "Den sidste bus til stationen kører klokken halv tolv om aftenen."}
    house.snapshot("2020Q1", [response(url=url, body=page_of(text)) for url, text in texts.items()])
    house.name_archives("2020Q1")
    house.build("2020Q1")
    assert {row["url"]: row["text"] for row in house.rows("2020Q1", "sentences")} == texts
    (archive,) = (house.data / "archives").iterdir()
    archive.write_bytes(archive.read_bytes()[:-40])
    house.build("2020Q1-try")
    (row,) = [row for row in house.rows("2020Q1-try", "dropped") if row["level"] == "page"]
    assert (row["reason"], row["url"], row["text"]) == ("damaged_record", f"{root}b", None)
    assert [row["text"] for row in house.rows("2020Q1-try", "sentences")] == [FERRY]


def test_other_thresholds_take_the_pages_but_not_the_texts_of_the_cache(twin: Any, kommuneby: Any) -> None:
    """Else a trial with a threshold would be the published corpus again."""
    shutil.copytree(kommuneby.command.places.cache, twin.command.places.cache)
    twin.build("2020Q1-try", overrides=["min_words=14"])
    words = [row["num_words"] for row in twin.rows("2020Q1-try", "sentences")]
    assert min(words) == 14


def test_order_of_the_archive_makes_no_difference_to_the_tables(
    kommuneby: Any, house: Any, web: Web, answers: Callable[[Web], list[Any]]
) -> None:
    """What follows from the pages is the same; only where they lie in the archive differs."""
    house.snapshot("2020Q1", answers(web)[::-1])
    house.build("2020Q1")
    for table in ("sentences", "dropped", "personal_data", "sites"):
        assert house.rows("2020Q1", table) == kommuneby.rows("2020Q1", table)


def test_nothing_in_a_corpus_tells_the_time_or_the_machine(kommuneby: Any) -> None:
    import datetime
    import socket

    year = str(datetime.datetime.now(tz=datetime.UTC).year)
    for path in kommuneby.corpus("2020Q1").rglob("*"):
        if path.is_file() and path.suffix != ".parquet":
            text = path.read_text()
            assert socket.gethostname() not in text
            assert str(kommuneby.data) not in text
            assert f"{year}-" not in text
