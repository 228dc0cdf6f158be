"""kill -9 at random moments of the commands of a second quarter, and whether what they leave when they are typed again
is what an undisturbed run leaves.

In: a folder, a number of kills, a seed. Out: figures. Each run begins with a copy of the same data folder. A command is
killed once in a run, one kill in each equal part of its life; a crawl five times on its way. `Trial` says what a
command leaves that must be the same; a further command is one more of them. Sites with incidents are left out: what a
silent site brings to light depends on how long somebody waits.
"""

import hashlib
import json
import math
import os
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, exactly
from benchmarks.kill_crawl import kill_again_and_again
from benchmarks.refresh_outcomes import changing_webs, crawl_and_publish, quarter_name
from benchmarks.served import COMPLAINTS_NAME, measured, say
from crawler.snapshot import read_captures, read_outcomes, read_snapshot_manifest
from demo.kommuneby import Web
from demo.server import KommunebyServer
from demo.town import Town, found_town
from foundation.erasures import erasure_ids
from foundation.manifests import MANIFEST_NAME, is_complete

SEED = 7
KILLS_PER_CRAWL = 5
WORK_SHARE = 0.8  # of a crawl, that is done between its kills
NUM_MUNICIPALITIES = 12  # each life once
MAX_SHOWN = 10
State = Mapping[str, object]  # what must be the same, by its name


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A command that is to be killed and typed again.

    Attributes:
        name: for the figures.
        command: what is typed; no `tvaerkom`, no global options.
        before: the data folder as the command finds it; each run has a copy of it.
        state: reads what the command left, and may run other commands for it.
        is_done: whether a killed command was done all the same, so that it may refuse to be typed again.
        again: what is typed after a kill; None: the command itself.
        kills_per_run: before it is left in peace.
        start_s: until it begins to work.
    """

    name: str
    command: Sequence[str]
    before: Town
    state: Callable[[Town], State]
    is_done: Callable[[Town], bool] = lambda town: False  # noqa: ARG005
    again: Callable[[Town], Sequence[str]] | None = None
    kills_per_run: int = 1
    start_s: float = 0.0


def refresh_kill_figures(folder: Path, pages_per_site: int, num_kills: int) -> Iterator[Figure]:
    """`num_kills` of each command."""
    webs = changing_webs(NUM_MUNICIPALITIES, pages_per_site, 2)
    with KommunebyServer(webs[0]) as server:
        crawled_once = found_town(folder / "first", webs[0], server)
        first, second = map(quarter_name, webs)
        sites = ("--only", ",".join(_quiet_sites(webs[1])))
        crawl_and_publish(crawled_once, first, *sites)
        _run(crawled_once, "corpus", "build", first)
        server.publish(webs[1])
        crawled_twice = _copy(crawled_once, folder / "second")
        num_before, started = len(server.log), time.monotonic()
        _run(crawled_twice, "crawl", second, *sites)
        yield from killed_figures(
            Trial(
                name="refresh crawl", command=("crawl", second, *sites), before=crawled_once,
                state=lambda town: _state_of_crawl(town, second), kills_per_run=KILLS_PER_CRAWL,
                start_s=server.log[num_before].time - started,
            ), num_kills,
        )  # fmt: skip
    yield from killed_figures(
        Trial(
            name="publish", command=("snapshot", "publish", second), before=crawled_twice,
            state=lambda town: digests(town.data / "snapshots" / second),
            is_done=lambda town: is_complete(town.data / "snapshots" / second),
        ), num_kills,
    )  # fmt: skip
    _run(crawled_twice, "snapshot", "publish", second)
    yield from killed_figures(
        Trial(
            name="build of the second corpus", command=("corpus", "build", second, "--workers", "2"),
            before=crawled_twice, state=lambda town: _state_of_build(town, second),
            is_done=lambda town: is_complete(town.data / "corpora" / second),
        ), num_kills,
    )  # fmt: skip
    _run(crawled_twice, "corpus", "build", second)
    forget = ("forget", "--url", _page_of_both(webs), "--reason", "a trial", "--yes")
    yield from killed_figures(
        Trial(
            name="forget", command=forget, before=crawled_twice, state=_state_without_page,
            # any command ends what was begun; where nothing was, it has to be typed again
            again=lambda town: ("status",) if erasure_ids(town.data / "erasures") else forget,
        ), num_kills,
    )  # fmt: skip


def killed_figures(trial: Trial, num_kills: int, seed: int = SEED) -> Iterator[Figure]:
    """Undisturbed, and killed in as many runs as that takes."""
    place = trial.before.folder.with_name(f"{trial.before.folder.name}-{trial.name.replace(' ', '-')}")
    (first_s, undisturbed), (second_s, again) = (_undisturbed(trial, place) for _ in range(2))
    if differing := _differing(undisturbed, again):
        raise RuntimeError(f"{trial.name}: two undisturbed runs differ: {differing[:MAX_SHOWN]}")
    wall_s = min(first_s, second_s)
    say(f"{trial.name}: {wall_s:.1f} s undisturbed, {trial.start_s:.1f} s of it to begin, {len(again)} things compared")
    rng = random.Random(seed)
    num_runs = max(num_kills // trial.kills_per_run, 1)
    num_met = num_differing = 0
    for number in range(num_runs):
        town = _copy(trial.before, place)
        moments = _moments(rng, trial, number / num_runs, 1 / num_runs, wall_s)
        num_alive = kill_again_and_again(town.command("--quiet", *trial.command), town.folder, os.environ, moments)
        num_met += min(num_alive, sum(moment_s > trial.start_s for moment_s in moments))
        typed = trial.again(town) if trial.again else trial.command
        _run(town, *typed, expected=(0, 2, 3) if trial.is_done(town) else (0, 3))
        differing = _differing(undisturbed, trial.state(town))
        num_differing += len(differing)
        killed = ", ".join(f"{moment_s:.1f}" for moment_s in moments)
        say(f"{trial.name}, killed at {killed} s: {differing[:MAX_SHOWN] or 'the same'}")
    shutil.rmtree(place)
    name = f"{num_runs * trial.kills_per_run} kill -9 of {trial.name}, {num_met} of them at work"
    yield exactly(f"{name}: what differs from an undisturbed run", 0, num_differing)


def _undisturbed(trial: Trial, place: Path) -> tuple[float, State]:
    town = _copy(trial.before, place)
    wall_s = _run(town, *trial.command)
    return wall_s, trial.state(town)


def digests(folder: Path) -> dict[str, object]:
    """File -> sha256, of every file of a snapshot; of its manifest without the time at which it was published."""
    found: dict[str, object] = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*") if path.is_file()
    }  # fmt: skip
    if is_complete(folder):
        values = json.loads((folder / MANIFEST_NAME).read_text())
        values.pop("published_at", None)
        found[MANIFEST_NAME] = json.dumps(values, sort_keys=True)
    return found


def _quiet_sites(web: Web) -> list[str]:
    return [site.id for site in web.sites if site.host not in web.incidents]


def _state_of_crawl(town: Town, name: str) -> State:
    """What is published of it and how often, and that its archive is whole. When a page came is another time."""
    _run(town, "snapshot", "publish", name)
    verified = town.run("--quiet", "snapshot", "verify", name, capture_output=True)
    snapshot = town.data / "snapshots" / name
    seen: Counter[str] = Counter()
    for site in read_snapshot_manifest(snapshot).sites:
        outcomes = read_outcomes(snapshot, site.site)
        seen.update(f"{site.site}: {each.url}: {each.outcome}, {each.reason}, {each.moved_to}" for each in outcomes)
        captures = read_captures(snapshot, site.site)
        seen.update(
            f"{site.site}: {each.url}: {each.kind} {each.status} {each.outcome} {each.withheld} {each.body_sha256}"
            for each in captures
        )  # fmt: skip
        seen.update([f"{site.site}: {site.state}, {site.freshness}, lies since {site.validators_off}"])
    return {**seen, "complaints": verified.stderr}


def _state_of_build(town: Town, name: str) -> State:
    """Its files, and those of the working folder, which a build that ends well clears away."""
    left = [path for path in (town.data / "work" / "corpus").rglob("*") if path.is_file()]
    return digests(town.data / "corpora" / name) | {f"left behind: {path.relative_to(town.data)}": "" for path in left}


def _page_of_both(webs: Sequence[Web]) -> str:
    """A page with a text that stands in both quarters, on a site where nothing fails."""
    quiet = set(_quiet_sites(webs[1]))
    kept = (set(web.content_urls()) for web in webs)
    both = set.intersection(*kept)
    return next(url for url, page in webs[0].pages.items() if url in both and page.site in quiet and page.facts)


def _state_without_page(town: Town) -> State:
    """All that is kept but the receipts, which have dates and a key of their own; of databases what is in them."""
    found: dict[str, object] = {}
    for path in town.data.rglob("*"):
        if not path.is_file() or path.name in ("lock", COMPLAINTS_NAME) or path.is_relative_to(town.data / "erasures"):
            continue
        if path.suffix == ".db":
            with closing(sqlite3.connect(path)) as db:
                content = "\n".join(db.iterdump()).encode()
        elif path.name.endswith(("-wal", "-shm")):
            continue
        else:
            content = path.read_bytes()
        found[str(path.relative_to(town.data))] = hashlib.sha256(content).hexdigest()
    return found


def _moments(rng: random.Random, trial: Trial, start: float, share: float, wall_s: float) -> list[float]:
    """Of several kills every other one comes while the command begins; the rest leave it the end of its work."""
    if trial.kills_per_run == 1:
        return [wall_s * (start + share * rng.random())]
    longest_s = 2 * WORK_SHARE * (wall_s - trial.start_s) / math.ceil(trial.kills_per_run / 2)
    lives = [(trial.start_s, trial.start_s + longest_s), (0, trial.start_s)]
    return [rng.uniform(*lives[number % 2]) for number in range(trial.kills_per_run)]


def _copy(town: Town, folder: Path) -> Town:
    """The data folder lies in the town's own; what is there under that name goes."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(town.folder, folder, symlinks=True)
    return Town(folder, folder)


def _run(town: Town, *arguments: str, expected: Sequence[int] = (0, 3)) -> float:
    """Exit code 3: a site needs a person. Gives its seconds."""
    return measured(town.command("--quiet", *arguments), town.folder, expected=expected).wall_s


def _differing(undisturbed: State, now: State) -> list[str]:
    return sorted(key for key in undisturbed.keys() | now.keys() if undisturbed.get(key) != now.get(key))
