"""Where crawls have kept anything: the archives of all sites in all quarters, published or not, set aside or not.

In: the data folder. Out: `Archive`s. Reads nothing of what is in them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.frontier import FRONTIER_NAME
from crawler.snapshot import OPEN_SUFFIX, SITES_FOLDER
from foundation.places import Places, names_below

SET_ASIDE = "set-aside"
_ASIDE = re.compile(r"(?P<site>.+)-(?P<what>sites|[0-9]{4}Q[1-4](?:-.+?)?)-(?P<number>[0-9]+)")


@dataclass(frozen=True, kw_only=True)
class Archive:
    """One site in one quarter.

    Attributes:
        folder: of its WARC files and tables; it may be missing.
        frontier: its frontier.db; None where there is none.
        is_aside: begun anew, and this is the old one: no other frontier points into it.
    """

    site: str
    folder: Path
    frontier: Path | None
    is_aside: bool = False

    def warc_files(self) -> list[Path]:
        """Those of other tools, which are linked, are not ours to change."""
        found = sorted(self.folder.glob("*.warc.gz*")) if self.folder.is_dir() else []
        return [path for path in found if path.suffix in (".gz", OPEN_SUFFIX) and not path.is_symlink()]


def quarters_of(places: Places) -> list[str]:
    """Quarters and trials of which anything is kept, oldest first."""
    names = {*names_below(places.snapshots), *names_below(places.data / "work")}
    return [str(name) for name in sorted(names)]


def archives_of(places: Places, quarter: str) -> list[Archive]:
    snapshot, work = places.snapshot(quarter), places.crawl_work(quarter)
    sites = {path.name for path in _folders(snapshot / SITES_FOLDER)}
    sites |= {path.name for path in _folders(work) if (path / FRONTIER_NAME).is_file()}
    found = [
        Archive(site=site, folder=snapshot / SITES_FOLDER / site, frontier=_frontier(work / site))
        for site in sorted(sites)
    ]  # fmt: skip
    return [*found, *_set_aside(work / SET_ASIDE)]


def frontiers_of(places: Places) -> Iterator[Path]:
    """Every frontier there is."""
    for quarter in quarters_of(places):
        yield from (each.frontier for each in archives_of(places, quarter) if each.frontier)


def _set_aside(folder: Path) -> Iterator[Archive]:
    """An archive and a frontier that were moved together have the same number."""
    pairs: dict[tuple[str, str], dict[str, Path]] = {}
    for path in _folders(folder):
        if found := _ASIDE.fullmatch(path.name):
            what = "archive" if found["what"] == "sites" else "work"
            pairs.setdefault((found["site"], found["number"]), {})[what] = path
    for (site, _), paths in sorted(pairs.items()):
        work = paths.get("work")
        yield Archive(
            site=site, folder=paths.get("archive", folder / "none"), frontier=_frontier(work) if work else None,
            is_aside=True,
        )  # fmt: skip


def _frontier(folder: Path) -> Path | None:
    path = folder / FRONTIER_NAME
    return path if path.is_file() else None


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
