"""The same four inputs give the same bytes, for any number of workers and after any interruption."""

import hashlib
import os
import signal
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
@pytest.mark.parametrize(("workers", "hash_seed"), [("1", "1"), ("2", "2")])
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
    from corpus import assembly, build

    def die(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(assembly, "dataset_card", die)
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
    (work / "sites/9001/documents.parquet").write_bytes(b"half a table")
    twin.build("2020Q1")
    assert hashes_of(twin.corpus("2020Q1")) == hashes_of(kommuneby.corpus("2020Q1"))
    assert not work.exists()


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
