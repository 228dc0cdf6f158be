"""Raw archives that are kept no longer than needed: those of the current and the last quarter.

In: the data folder. Out: the WARC files and frontiers of older quarters removed; tables, outcomes and manifest stay,
and the manifest says what is gone. Corpora stay as they are. Reads no archive.
"""

import datetime
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from crawler.crawl import only_crawl_of
from crawler.frontier import FRONTIER_NAME
from crawler.refresh.known import FOLLOWS
from crawler.snapshot import MANIFEST_KIND, SITES_FOLDER
from crawler.telling.reading import facts_of, frontier_read
from foundation.errors import BrokenRunError, ConfigError
from foundation.manifests import is_complete, read_manifest, write_manifest
from foundation.places import Places, complete_names
from foundation.quarters import QuarterName

NUM_KEPT = 2  # the newest quarter, and the one before, from which a damaged one could be made again
ARCHIVE_SUFFIX = ".warc.gz"


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """A snapshot whose raw archive is older than it needs to be."""

    quarter: str
    num_files: int
    num_bytes: int


def overdue(places: Places, num_kept: int = NUM_KEPT) -> list[Overdue]:
    """Published snapshots, trials too, that are older than the newest quarters and still have archives or work."""
    names = complete_names(places.snapshots)
    quarters = sorted(name for name in names if not name.is_trial)
    if len(quarters) <= num_kept:
        return []
    return [found for name in names if name.base < quarters[-num_kept] and (found := _left_of(places, name))]


def prune(places: Places, quarters: Sequence[str]) -> None:
    """Remove the archives and the working state of published quarters; may be done again after a kill.

    Raises:
        ConfigError: a quarter is not published, is what a refresh compares with, or is being crawled.
    """
    published = [name for name in complete_names(places.snapshots) if not name.is_trial]
    followed = _followed(places)
    for quarter in quarters:
        folder = places.snapshot(quarter)
        if not is_complete(folder):
            raise ConfigError(f"{quarter} is not published; what is not published is not pruned")
        if published and quarter == str(published[-1]):
            raise ConfigError(f"{quarter} is the newest quarter: the next refresh compares with its archive")
        if quarter in followed:
            raise ConfigError(f"{quarter} is what {followed[quarter]} is compared with, which is not published yet")
        with only_crawl_of(quarter, places.crawl_work(quarter)):
            _prune(folder)
            for path in places.crawl_work(quarter).iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
        shutil.rmtree(places.crawl_work(quarter))


def _prune(folder: Path) -> None:
    """The manifest first: a file that it calls pruned may still be there, but none is missing without a word."""
    manifest = read_manifest(folder, kind=MANIFEST_KIND, help_command=f"tvaerkom snapshot publish {folder.name}")
    if "pruned" not in manifest:
        archive = [entry["path"] for entry in manifest["files"] if entry["path"].endswith(ARCHIVE_SUFFIX)]
        date = datetime.datetime.now(datetime.UTC).date().isoformat()
        write_manifest(folder, manifest | {"pruned": {"date": date, "files": archive}})
    for path in _archive_of(folder):
        path.unlink()


def _archive_of(folder: Path) -> list[Path]:
    """WARC files, also those of sites that were barred before it was published."""
    return sorted((folder / SITES_FOLDER).glob(f"*/*{ARCHIVE_SUFFIX}*"))


def _left_of(places: Places, name: QuarterName) -> Overdue | None:
    archive = _archive_of(places.snapshot(str(name)))
    if not archive and not places.crawl_work(str(name)).exists():
        return None
    num_bytes = sum(path.stat().st_size for path in archive)
    return Overdue(quarter=str(name), num_files=len(archive), num_bytes=num_bytes)


def _followed(places: Places) -> dict[str, str]:
    """Quarters that crawls which are not published yet are compared with, and those crawls."""
    found: dict[str, str] = {}
    for path in sorted((places.data / "work").glob(f"*/*/{FRONTIER_NAME}")):
        quarter = path.parent.parent.name
        if not is_complete(places.snapshot(quarter)):
            with suppress(BrokenRunError), frontier_read(path.parent) as db:
                if follows := facts_of(db).get(FOLLOWS):
                    found[follows] = quarter
    return found
