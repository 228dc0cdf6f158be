"""Several processes, each with sites of its own.

In: a plan and a number of processes. Out: the same as from one process. Sites that share an address go together, so
that one process knows all that is asked of it. A process that dies takes its own sites with it and no other.
"""

import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from crawler.plan_types import CrawlPlan, Listener, SiteResult
from crawler.register import Site
from crawler.telling.display import SiteProgress
from foundation.errors import BrokenRunError, TvaerkomError
from foundation.progress import configure_logging

POLL_S = 0.5


def shards_of(sites: Sequence[Site], addresses: Mapping[str, str], num_processes: int) -> list[list[Site]]:
    """Divide sites among processes: those that share a host or an address together, the shards about equally large."""
    together: dict[str, str] = {}  # host, address or site -> its representative

    def root(name: str) -> str:
        while together.setdefault(name, name) != name:
            name = together[name]
        return name

    for site in sites:
        for host in sorted(site.hosts):
            for other in (host, addresses.get(host, host)):
                together[root(other)] = root(site.id)
    groups: dict[str, list[Site]] = {}
    for site in sites:
        groups.setdefault(root(site.id), []).append(site)
    shards: list[list[Site]] = [[] for _ in range(min(num_processes, len(groups)))]
    for group in sorted(groups.values(), key=lambda group: (-len(group), group[0].id)):
        min(shards, key=len).extend(group)
    return shards


def crawl_in_processes(plan: CrawlPlan, shards: Sequence[Sequence[Site]], listener: Listener) -> list[SiteResult]:
    """Crawl each shard in a process of its own.

    Raises:
        KeyboardInterrupt: stopped by the user; all processes have ended.
        BrokenRunError: at least one of them failed; the others went on to their end.
    """
    context = multiprocessing.get_context("spawn")
    with _Family(context, plan, shards) as family:
        return family.listen(listener)


class _Family:
    """The processes, and how a signal to this one reaches them."""

    def __init__(self, context: Any, plan: CrawlPlan, shards: Sequence[Sequence[Site]]) -> None:
        self._connections: dict[Connection, Any] = {}
        self._num_signals = 0
        self._handlers: dict[signal.Signals, Any] = {}
        for shard in shards:
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_child, args=(plan, shard, theirs, os.getpid()))
            process.start()
            theirs.close()
            self._connections[ours] = process

    def __enter__(self) -> "_Family":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._handlers[number] = signal.signal(number, self._pass_on)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._connections.values():
            if process.is_alive():
                process.kill()
            process.join()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _pass_on(self, *_: object) -> None:
        """The first signal asks the processes to end gently, the second kills them; nothing committed is lost."""
        self._num_signals += 1
        for process in self._connections.values():
            if process.is_alive():
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGTERM if self._num_signals == 1 else signal.SIGKILL)

    def listen(self, listener: Listener) -> list[SiteResult]:
        results: list[SiteResult] = []
        complaints: list[str] = []
        open_connections = set(self._connections)
        while open_connections:
            for ready in wait(list(open_connections), timeout=POLL_S):
                connection: Any = ready
                try:
                    message = connection.recv()
                except EOFError:
                    open_connections.discard(connection)
                    process = self._connections[connection]
                    process.join()
                    if process.exitcode and not self._num_signals:
                        complaints.append(f"a process of the crawl ended with {process.exitcode}")
                    continue
                _take(message, listener, results, complaints)
        if self._num_signals:
            raise KeyboardInterrupt
        if complaints:
            raise BrokenRunError("; ".join(dict.fromkeys(complaints)))
        return results


def _take(message: object, listener: Listener, results: list[SiteResult], complaints: list[str]) -> None:
    match message:
        case SiteProgress():
            listener.show(message)
        case str():
            listener.say(message)
        case list():
            results.extend(message)
        case BaseException():
            complaints.append(str(message))


def _child(plan: CrawlPlan, sites: Sequence[Site], connection: Connection, parent: int) -> None:
    """The life of one process. A terminal's Ctrl-C reaches it through the parent, not twice."""
    from crawler.shard import crawl_shard

    os.setpgid(0, 0)
    configure_logging(quiet=True, verbose=False)
    listener = Listener(show=connection.send, say=connection.send)
    try:
        connection.send(crawl_shard(plan, sites, listener, parent=parent))
    except KeyboardInterrupt:
        return
    except (TvaerkomError, OSError, sqlite3.Error) as error:
        with suppress(OSError):
            connection.send(BrokenRunError(str(error)))
    finally:
        connection.close()
