"""Results come back, errors come back as they were, and no end of a process is taken for another."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from corpus.workers import Workers
from foundation.errors import BrokenRunError, ConfigError

# Imported by the worker processes as well, which know no test module.
TASKS = '''
import os, resource, signal, time
from pathlib import Path
from foundation.errors import ConfigError

class NeedsTwo(Exception):
    """Can be sent, but not be received."""
    def __init__(self, one, two):
        super().__init__(f"{one} {two}")

def double(number):
    return 2 * number

def process_of(_task):
    time.sleep(0.05)
    return os.getpid()


def refuse(task):
    raise ConfigError(f"no {task}")

def fail_locally(task):
    class Local(Exception):
        pass
    raise Local(f"no {task}")

def fail_with_two(task):
    raise NeedsTwo("no", task)

def fail_with_function(task):
    raise ValueError(lambda: task)

def give_function(task):
    return lambda: task

def end_by(number):
    signal.raise_signal(number)

def wait_for(path):
    while not Path(path).exists():
        time.sleep(0.01)
    return path

def end_unless(path):
    """The system ends it for its CPU seconds, as long as the file is not there."""
    if not Path(path).exists():
        resource.setrlimit(resource.RLIMIT_CPU, (0, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        while True:
            pass
    return path
'''


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "worker_tasks.py").write_text(TASKS)
    sys.path.insert(0, str(folder))
    import worker_tasks  # type: ignore[import-not-found]

    yield worker_tasks
    sys.path.remove(str(folder))
    del sys.modules["worker_tasks"]


@pytest.fixture(scope="module")
def two(tasks: ModuleType) -> Iterator[Workers]:
    with Workers(2) as workers:
        yield workers


def test_each_task_has_its_result(tasks: Any, two: Workers) -> None:
    assert dict(two.run(tasks.double, range(9))) == {number: 2 * number for number in range(9)}


def test_no_tasks_are_no_results(tasks: Any, two: Workers) -> None:
    assert list(two.run(tasks.double, [])) == []


def test_more_tasks_than_workers_are_done_by_as_many_processes(tasks: Any, two: Workers) -> None:
    processes = {process for _, process in two.run(tasks.process_of, range(6))}
    assert len(processes) == 2
    assert os.getpid() not in processes


def test_large_tasks_and_results_come_through(tasks: Any, two: Workers) -> None:
    text = "æ" * 1_000_000
    assert dict(two.run(tasks.double, [text] * 4)) == dict.fromkeys(range(4), 2 * text)


def test_started_workers_are_those_that_work(tasks: Any) -> None:
    with Workers(2) as workers:
        workers.start("wave")
        started = {worker.process.pid for worker in workers._workers}
        assert {process for _, process in workers.run(tasks.process_of, range(6))} == started
    with Workers(2) as unused:
        unused.start("wave")
    assert unused._workers == []


@pytest.mark.parametrize("num_tasks", [0, 1, 2, 7])
def test_no_worker_of_these_tasks_is_left_for_the_next(tasks: Any, num_tasks: int) -> None:
    with Workers(3) as workers:
        workers.start("worker_tasks")
        old = {worker.process.pid for worker in workers._workers}
        results = dict(workers.run(tasks.double, range(num_tasks), on_cpu_limit=print, next_module="wave"))
        assert results == {number: 2 * number for number in range(num_tasks)}
        assert not old & {process for _, process in workers.run(tasks.process_of, range(9))}


def test_worker_ended_for_its_cpu_is_replaced_while_others_are_renewed(tasks: Any, tmp_path: Path) -> None:
    path = tmp_path / "given up"
    with Workers(2) as workers:
        arguments = [str(path), str(tmp_path)]
        found = dict(workers.run(tasks.end_unless, arguments, on_cpu_limit=lambda _: path.touch(), next_module="wave"))
        assert found == dict(enumerate(arguments))
        assert sorted(dict(workers.run(tasks.double, [1, 2])).values()) == [2, 4]


def test_one_worker_is_this_process(tasks: Any) -> None:
    with Workers(1) as workers:
        assert {process for _, process in workers.run(tasks.process_of, range(2))} == {os.getpid()}


def test_error_is_raised_as_it_was_with_where_it_was(tasks: Any, two: Workers) -> None:
    with pytest.raises(ConfigError) as error:
        list(two.run(tasks.refuse, [3, 3]))
    assert str(error.value) == "no 3"
    assert "in refuse" in error.value.__notes__[0]


@pytest.mark.parametrize(("name", "kind"), [("fail_locally", "Local"), ("fail_with_two", "NeedsTwo")])
def test_error_that_cannot_be_sent_keeps_its_name_and_message(tasks: Any, two: Workers, name: str, kind: str) -> None:
    with pytest.raises(RuntimeError) as error:
        list(two.run(getattr(tasks, name), [3, 3]))
    assert str(error.value) == f"{kind}: no 3"
    assert f"in {name}" in error.value.__notes__[0]


def test_error_that_holds_what_cannot_be_sent_is_told(tasks: Any, two: Workers) -> None:
    with pytest.raises(RuntimeError, match=r"^ValueError: <function"):
        list(two.run(tasks.fail_with_function, [3, 3]))


def test_result_that_cannot_be_sent_is_told(tasks: Any, two: Workers) -> None:
    with pytest.raises((AttributeError, RuntimeError, TypeError), match="give_function"):
        list(two.run(tasks.give_function, [3, 3]))


def test_workers_can_be_used_again_after_an_error(tasks: Any, two: Workers) -> None:
    with pytest.raises(ConfigError):
        list(two.run(tasks.refuse, [1, 2, 3]))
    assert dict(two.run(tasks.double, [5, 6])) == {0: 10, 1: 12}


def test_results_of_tasks_that_were_given_up_answer_to_no_later_task(tasks: Any, two: Workers, tmp_path: Path) -> None:
    (tmp_path / "now").touch()
    results = two.run(tasks.wait_for, [str(tmp_path / "now"), str(tmp_path / "never")])
    assert next(results)[0] == 0
    results.close()  # type: ignore[attr-defined]
    assert dict(two.run(tasks.double, [5, 6])) == {0: 10, 1: 12}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGXCPU])
def test_worker_ended_from_outside_is_one_sentence(tasks: Any, two: Workers, number: int) -> None:
    with pytest.raises(BrokenRunError, match="ended from outside, most often for want of memory"):
        list(two.run(tasks.end_by, [number, number]))


def test_worker_ended_between_two_calls_is_one_sentence(tasks: Any, two: Workers) -> None:
    assert dict(two.run(tasks.double, [1, 2]))
    two._workers[0].process.kill()
    two._workers[0].process.join()
    with pytest.raises(BrokenRunError, match="ended from outside"):
        list(two.run(tasks.double, [1, 2]))


def test_task_of_a_worker_ended_for_its_cpu_seconds_is_done_again(tasks: Any, two: Workers, tmp_path: Path) -> None:
    slow, quick = tmp_path / "slow", tmp_path / "quick"
    quick.touch()
    told: list[str] = []

    def on_cpu_limit(task: str) -> None:
        told.append(task)
        Path(task).touch()

    given = [str(quick), str(slow)]
    assert dict(two.run(tasks.end_unless, given, on_cpu_limit)) == dict(enumerate(given))
    assert told == [str(slow)]


def test_error_of_on_cpu_limit_ends_the_build(tasks: Any, two: Workers) -> None:
    def on_cpu_limit(_task: int) -> None:
        raise BrokenRunError("no page was read")

    with pytest.raises(BrokenRunError, match="no page was read"):
        list(two.run(tasks.end_by, [signal.SIGXCPU] * 2, on_cpu_limit))


def test_interruption_of_the_build_ends_its_workers(
    tasks: Any, two: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_self: Workers) -> None:
        raise KeyboardInterrupt

    assert dict(two.run(tasks.double, [1, 2]))
    processes = [worker.process for worker in two._workers]
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Workers, "_ready", interrupted)
        list(two.run(tasks.wait_for, [str(tmp_path / "never")] * 2))
    assert [process.exitcode for process in processes] == [-signal.SIGKILL] * 2


BUILD = """
import signal, sys, time
from corpus.workers import Workers
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background processes ignore it
    with Workers(2) as workers:
        for _ in workers.run(time.sleep, [0, 0]):
            pass
        print(*(worker.process.pid for worker in workers._workers), flush=True)
        list(workers.run(time.sleep, [600, 600]))
"""


def _is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_the_build(tmp_path: Path, number: int) -> None:
    script = tmp_path / "build.py"
    script.write_text(BUILD)
    build = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert build.stdout is not None
    processes = [int(each) for each in build.stdout.readline().split()]
    assert len(processes) == 2
    assert all(map(_is_running, processes))
    for _ in range(10):  # a KeyboardInterrupt that meets a destructor is lost; a person would press Ctrl-C once more
        build.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            build.communicate(timeout=5)
            break
    for _ in range(200):
        if not any(map(_is_running, processes)):
            return
        time.sleep(0.05)
    raise AssertionError("a worker lives on")
