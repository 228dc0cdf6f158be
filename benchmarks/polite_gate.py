"""How a crawl behaves where a pause is asked for, seen from the server.

In: a folder. Out: figures. The web is small, and has two hosts on one address and eight sites on one host. The crawl is
killed, and gone on with by two processes: then too nobody may be asked too early.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.figures import Figure, exactly
from benchmarks.process_tree import kill_tree
from benchmarks.served import QUARTER, ServedTown, say, served
from demo.kommuneby import make_web
from demo.request_log import LogEntry

DELAY_S = 0.1  # a tenth of the real one, ten times what a busy machine's timers are late
BEFORE_KILL_S = 6.0


def polite_figures(folder: Path) -> Iterator[Figure]:
    web = make_web(num_municipalities=8, pages_per_site=15, with_traps=False, trap_months=0)
    with served(web, folder, delays_s={site.id: DELAY_S for site in web.sites}) as stage:
        say(f"crawling {len(web.pages)} pages of {len(web.sites)} sites with a pause of {DELAY_S} s, killed once")
        kill_after(stage, BEFORE_KILL_S)
        num_before = len(stage.server.log)
        stage.run("crawl", QUARTER, "--processes", "2")
        log = stage.server.log
        say(f"{num_before} requests before the kill, {len(log) - num_before} after it")
        for what, key in (("host", _host), ("address", _address)):
            hasty = closer_than(DELAY_S, log, key)
            yield exactly(f"delay of {DELAY_S} s: requests too early for the {what}", 0, len(hasty))
        missing = set(web.content_urls()) - {row["url"] for row in stage.rows("captures")}
        yield exactly("delay kept, killed once, two processes: content pages missing", 0, len(missing))


def kill_after(stage: ServedTown, seconds: float) -> None:
    process = subprocess.Popen(
        stage.town.command("--quiet", "crawl", QUARTER), cwd=stage.town.folder, stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(seconds)
    kill_tree(process.pid)
    if process.wait() != -signal.SIGKILL:
        raise RuntimeError("the crawl ended before it was killed; the web is too small")


def closer_than(delay_s: float, log: Iterable[LogEntry], key: Callable[[LogEntry], str]) -> list[LogEntry]:
    """Requests that came before `delay_s` had gone by since the last answer to the same host or address had ended."""
    ended: dict[str, float] = {}
    hasty = []
    for entry in sorted(log, key=lambda entry: entry.time):
        if entry.time < ended.get(key(entry), entry.time - delay_s) + delay_s:
            hasty.append(entry)
        ended[key(entry)] = max(entry.ended, ended.get(key(entry), entry.ended))
    return hasty


def _host(entry: LogEntry) -> str:
    return entry.host


def _address(entry: LogEntry) -> str:
    return entry.address
