"""Worker processes of a build: tasks go out, results come back, and the end of a process is told by its reason.

In: a function of a module and its tasks. Out: results as they come. A worker that the system ended for its CPU seconds
(page_limits.py) is replaced, its task told to `on_cpu_limit` and done again; one that was ended otherwise, most often
for want of memory, ends the build with a sentence. With one worker the tasks are done in this process, without limits
from the system. Knows nothing of what the tasks do.
"""

import ctypes
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import MetaPathFinder
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Self, TypeVar

from corpus.memory import Releases
from corpus.page_limits import limit_worker
from foundation.errors import BrokenRunError

Task = TypeVar("Task")
Result = TypeVar("Result")
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)
# spawn: a forked child would share lingua's and libxml2's threads
_CONTEXT = get_context("spawn")
_ENDED = (
    "a worker was ended from outside, most often for want of memory; type the same command again, with fewer "
    "--workers: sites that are done are not done again"
)


@dataclass
class _Worker:
    process: SpawnProcess
    connection: Connection
    module: str  # that it began with
    task: int | None = None  # its place among the tasks


class Workers:
    """Some processes that live as long as a build."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._workers: list[_Worker] = []

    def start(self, module: str) -> None:
        """Start the processes before there is anything to do; they load that module meanwhile."""
        while 1 < self.number > len(self._workers):
            self._workers.append(_started(module))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End the processes at once, whatever they do; later tasks start new ones."""
        self._end(list(self._workers))

    def _end(self, workers: Sequence[_Worker]) -> None:
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.join()
            worker.connection.close()
            self._workers.remove(worker)

    def run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task],
        on_cpu_limit: Callable[[Task], None] | None = None, next_module: str | None = None,
    ) -> Iterator[tuple[int, Result]]:  # fmt: skip
        """Place and result of each task, as they come.

        Args:
            on_cpu_limit: is told the task during which the system ended a worker.
            next_module: a worker for which no task is left is replaced by a new one that loads this module, while
                others are still at work; afterwards no worker has memory of what these tasks needed.

        Raises:
            BrokenRunError: a worker was ended from outside, or a task found that the run is broken.
        """
        if self.number == 1 or (len(tasks) == 1 and not self._workers and on_cpu_limit is None):
            releases = Releases()
            for number, task in enumerate(tasks):
                result = function(task)
                releases.after_task()
                yield number, result
            return
        waiting = list(range(len(tasks)))[::-1]
        num_left = len(tasks)
        try:
            while num_left:
                self._hand_out(function, tasks, waiting)
                for worker in self._ready():
                    place, result = self._answer(worker)
                    if place is None:
                        waiting.append(self._replace(worker, tasks, on_cpu_limit))
                    else:
                        num_left -= 1
                        if next_module and not waiting:
                            self._renew(worker, next_module)
                        yield place, result
            if next_module:
                self._end([worker for worker in self._workers if worker.module != next_module])
        finally:
            if num_left:
                self.end()  # what is still being done must not answer to later tasks

    def _hand_out(self, function: Callable[..., Any], tasks: Sequence[Any], waiting: list[int]) -> None:
        while waiting and len(self._workers) < self.number:
            self._workers.append(_started(function.__module__))
        for worker in self._workers:
            if worker.task is None and waiting:
                worker.task = waiting.pop()
                try:
                    worker.connection.send((function, tasks[worker.task]))
                except OSError:
                    continue  # it was ended; _answer finds out

    def _ready(self) -> list[_Worker]:
        busy = {worker.connection: worker for worker in self._workers if worker.task is not None}
        return [busy[connection] for connection in wait(list(busy))]  # type: ignore[index]

    def _answer(self, worker: _Worker) -> tuple[int | None, Any]:
        """Place and result; no place where the process has ended."""
        try:
            is_done, result = worker.connection.recv()
        except (EOFError, OSError):
            return None, None
        place, worker.task = worker.task, None
        if not is_done:
            raise result
        return place, result

    def _renew(self, worker: _Worker, module: str) -> None:
        self._end([worker])
        self._workers.append(_started(module))

    def _replace(
        self, worker: _Worker, tasks: Sequence[Task], on_cpu_limit: Callable[[Task], None] | None
    ) -> int:  # fmt: skip
        worker.process.join()
        worker.connection.close()
        self._workers.remove(worker)
        if worker.process.exitcode != -signal.SIGXCPU or on_cpu_limit is None or worker.task is None:
            raise BrokenRunError(_ENDED)
        on_cpu_limit(tasks[worker.task])
        return worker.task


def _started(module: str) -> _Worker:
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_serve, args=(theirs, os.getpid(), module), daemon=True)
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)  # the build ends it, from its first moment on
    try:
        process.start()
    finally:
        signal.signal(signal.SIGINT, usual)
    theirs.close()
    return _Worker(process, ours, module)


class _WithoutPandas(MetaPathFinder):
    """pyarrow imports pandas where it is installed, to see whether a list is one of its own: 50 MB and 0.5 s."""

    @classmethod
    def find_spec(cls, fullname: str, *_: object) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("a worker of a build does without pandas", name=fullname)


def _serve(connection: Connection, parent: int, module: str) -> None:
    """The life of a worker process, which begins with loading a module that its tasks will need."""
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        return  # the build was killed before this process could ask to end with it
    limit_worker()
    sys.meta_path.insert(0, _WithoutPandas)
    import_module(module)
    releases = Releases()
    while True:
        try:
            function, task = connection.recv()
        except EOFError:
            return
        try:
            answer = (True, function(task))
            message = pickle.dumps(answer)
        except Exception as error:  # noqa: BLE001  # it is raised again where the result is waited for
            message = pickle.dumps((False, _sendable(error)))
        connection.send_bytes(message)
        releases.after_task()


def _sendable(error: Exception) -> Exception:
    """The error with its traceback; one that says the same where it is of a kind that cannot be sent."""
    sent = error
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001  # pickle raises whatever the error's own class raises
        sent = RuntimeError(f"{type(error).__name__}: {error}")
    sent.add_note("".join(traceback.format_exception(error)))
    return sent
