"""A page that takes too long costs itself, wherever it hangs; the build of its site goes on."""

import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpus import page_limits, page_text
from corpus.build import site_tasks
from corpus.carry import Carry
from corpus.extract import ExtractionError
from corpus.page_limits import PageTooSlowError, hard_page_limit, page_limit
from corpus.page_text import read_page_text
from corpus.plan import plan_build
from corpus.schema import DropReason
from corpus.site_task import run_site_task
from corpus.site_texts import give_up_page
from crawler.snapshot import read_snapshot_manifest


def _spin(seconds: float = 30) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_busy_loop_is_interrupted() -> None:
    with pytest.raises(PageTooSlowError, match=r"more than 0\.05 s of CPU"), page_limit(0.05):
        _spin()


def test_catastrophic_regular_expression_is_interrupted() -> None:
    with pytest.raises(PageTooSlowError), page_limit(0.05):
        re.match(r"(a|a)*b", "a" * 60)


def test_waiting_takes_no_cpu_seconds() -> None:
    with page_limit(0.05):
        time.sleep(0.2)


def test_interruption_that_a_library_swallows_is_raised_in_the_end() -> None:
    """What it gives after that depends on where it was interrupted."""
    num_steps = 0
    with pytest.raises(PageTooSlowError), page_limit(0.05):
        try:
            _spin()
        except Exception:  # noqa: BLE001  # as libraries do
            num_steps = 1
    assert num_steps == 1


def test_interruption_that_a_library_makes_another_error_of_is_told_as_what_it_is() -> None:
    with pytest.raises(PageTooSlowError) as error, page_limit(0.05):
        try:
            _spin()
        except Exception:  # noqa: BLE001
            raise KeyError("tag") from None
    assert isinstance(error.value.__cause__, KeyError)


def test_library_that_swallows_it_and_goes_on_is_interrupted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_limits, "_AGAIN_S", 0.05)
    num_times = 0
    with pytest.raises(PageTooSlowError), page_limit(0.05):
        while num_times < 3:
            try:
                _spin()
            except PageTooSlowError:
                num_times += 1
    assert num_times == 3


def test_error_of_a_quick_page_stays_what_it_is() -> None:
    with pytest.raises(KeyError), page_limit(30):
        raise KeyError("tag")


@pytest.mark.parametrize("is_slow", [True, False])
def test_nothing_is_left_of_a_limit(is_slow: bool) -> None:
    before = signal.getsignal(signal.SIGPROF)
    try:
        with page_limit(0.02):
            _spin(1 if is_slow else 0)
    except PageTooSlowError:
        assert is_slow
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    assert signal.getsignal(signal.SIGPROF) is before


@pytest.mark.parametrize("as_what", [None, ExtractionError])
def test_slow_page_is_dropped_as_too_slow(monkeypatch: pytest.MonkeyPatch, as_what: type[Exception] | None) -> None:
    def slow(_page: str) -> None:
        try:
            _spin()
        except PageTooSlowError as error:
            raise (as_what or PageTooSlowError)("x") from error

    monkeypatch.setattr(page_text, "extract", slow)
    monkeypatch.setattr(page_text, "page_limit", lambda: page_limit(0.05))
    assert read_page_text(b"<p>x</p>", "text/html").failure is DropReason.TOO_SLOW


def test_process_of_the_build_is_not_limited() -> None:
    before = resource.getrlimit(resource.RLIMIT_CPU)
    with hard_page_limit():
        assert resource.getrlimit(resource.RLIMIT_CPU) == before


# A worker process imports the script too, under another name, so the lines before the last apply in both.
WORKER = """
import resource, sys
from multiprocessing import get_context
from corpus import page_limits
page_limits.HARD_CPU_S = 2  # whole seconds are counted, and the first page loads libraries

def quick():
    page_limits.limit_worker()
    soft = resource.getrlimit(resource.RLIMIT_CPU)
    with page_limits.hard_page_limit():
        assert resource.getrlimit(resource.RLIMIT_CPU)[0] > 0
    assert resource.getrlimit(resource.RLIMIT_CPU) == soft

def hang():
    page_limits.limit_worker()
    with page_limits.hard_page_limit():
        while True:
            pass

def fill():
    page_limits.limit_worker()
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
    try:
        bytearray(5 << 30)
    except MemoryError:
        sys.exit(3)

if __name__ == "__main__":
    for limit, most in ((resource.RLIMIT_CPU, 600), (resource.RLIMIT_AS, 3 << 40)) if sys.argv[1:] else ():
        resource.setrlimit(limit, (most, most))
    for function in (quick, hang, fill):
        process = get_context("spawn").Process(target=function)
        process.start()
        process.join()
        print(process.exitcode)
"""


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [[], ["with limits of the user's own"]])
def test_worker_process_is_ended_or_refused_memory(tmp_path: Path, arguments: list[str]) -> None:
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    done = subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", str(-signal.SIGXCPU), "3"]


HANGING_BUILD = """
import signal, sys
from pathlib import Path
from corpus import page_limits, page_text
from corpus.build import site_tasks
from corpus.carry import Carry

page_limits.HARD_CPU_S = 3  # whole seconds are counted, and the first page loads libraries
_extract = page_text.extract

def extract(page):
    if "hang-in-c" in page:  # code in C does not hear of signals before it returns
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPROF, signal.SIGINT})
        while True:
            pass
    return _extract(page)

page_text.extract = extract

if __name__ == "__main__":
    from corpus.build import build
    from corpus.plan import plan_build
    from foundation.command import Command
    from foundation.places import Places
    from foundation.user_settings import UserSettings

    data = Path(sys.argv[1])
    command = Command(places=Places(data), settings=UserSettings(), register=data / "municipalities.yaml")
    build(plan_build(command, "2020Q1", workers=2))
"""
URL = "http://www.nordby.kommuneby.test/"
FACTS = (
    "Du kan søge om en plads i børnehaven tre måneder før du skal bruge den.",
    "Haveaffald bliver hentet hver anden mandag fra marts til november.",
    "Biblioteket har åbent for lånere med kort fra tidligt om morgenen.",
)


HANGING = "hang-in-c"


@pytest.fixture
def site(house: Any, response: Callable[..., Any], page_of: Callable[..., bytes]) -> Any:
    """Three pages and among them one that hangs."""
    pages = [page_of(FACTS[0]), page_of(HANGING), page_of(FACTS[1]), page_of(FACTS[2])]
    house.snapshot("2020Q1", [response(url=f"{URL}{number}", body=page) for number, page in enumerate(pages)])
    return house


def _assert_only_the_hanging_page_is_gone(house: Any, name: str) -> None:
    dropped = [(row["url"], row["reason"]) for row in house.rows(name, "dropped") if row["level"] == "page"]
    assert dropped == [(f"{URL}1", "too_slow")]
    assert {row["url"] for row in house.rows(name, "documents")} == {f"{URL}{number}" for number in (0, 2, 3)}


@pytest.mark.slow
def test_page_that_hangs_in_c_costs_only_itself(tmp_path: Path, site: Any) -> None:
    script = tmp_path / "build.py"
    script.write_text(HANGING_BUILD)
    done = subprocess.run([sys.executable, str(script), str(site.data)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr[-3000:]) == (0, done.stderr[-3000:])
    _assert_only_the_hanging_page_is_gone(site, "2020Q1")


def test_page_that_was_given_up_is_not_read_again_from_a_damaged_archive(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such an archive is read record by record; the page would hang in each build."""
    whole, num_tries = page_text.extract, 0

    def extract(page: str) -> Any:
        nonlocal num_tries
        if HANGING not in page:
            return whole(page)
        num_tries += 1
        raise PageTooSlowError

    monkeypatch.setattr(page_text, "extract", extract)
    (archive,) = (site.command.places.snapshot("2020Q1") / "sites" / "9001").glob("*.warc*")
    archive.write_bytes(archive.read_bytes() + b"\n")
    for name in ("2020Q1-try", "2020Q1"):
        site.build(name)
        _assert_only_the_hanging_page_is_gone(site, name)
    assert num_tries == 1


def test_page_read_before_the_end_of_a_worker_is_not_given_up(site: Any) -> None:
    """Its worker was ended for the CPU seconds of something else, such as a limit of the user's own."""
    plan = plan_build(site.command, "2020Q1", workers=1)
    task = site_tasks(plan, read_snapshot_manifest(plan.snapshot), Carry())[0]
    assert give_up_page(task) is None
    run_site_task(task)
    assert give_up_page(task) is None
