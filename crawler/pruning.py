"""Raw archives that are kept no longer than needed: those of the current and the last quarter.

In: the data folder. Out: the WARC files and frontiers of older quarters removed; tables, outcomes and manifest stay,
and the manifest says what is gone. Corpora stay as they are. Reads no archive.
"""

import datetime
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.crawl import only_crawl_of
from crawler.snapshot import MANIFEST_KIND, read_snapshot_manifest
from foundation.errors import ConfigError
from foundation.manifests import MANIFEST_NAME, is_complete, read_manifest, write_manifest
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
    """Published snapshots, trials too, that are older than the newest quarters and still have their archives.

    Raises:
        BrokenRunError: a manifest is damaged.
    """
    names = complete_names(places.snapshots)
    quarters = sorted(name for name in names if not name.is_trial)
    if len(quarters) <= num_kept:
        return []
    oldest_kept = quarters[-num_kept]
    return [found for name in names if name.base < oldest_kept and (found := _archive_of(places, name))]


def prune(places: Places, quarters: Sequence[str]) -> None:
    """Remove the archives and the working state of published quarters; may be done again after a kill.

    Raises:
        ConfigError: a quarter is not published, is the base of the next refresh, or is being crawled.
    """
    published = [name for name in complete_names(places.snapshots) if not name.is_trial]
    for quarter in quarters:
        folder = places.snapshot(quarter)
        if not is_complete(folder):
            raise ConfigError(f"{quarter} is not published; what is not published is not pruned")
        if published and quarter == str(published[-1]):
            raise ConfigError(f"{quarter} is the newest quarter: the next refresh compares with its archive")
        with only_crawl_of(quarter, places.crawl_work(quarter)):
            _prune(folder)
        shutil.rmtree(places.crawl_work(quarter), ignore_errors=True)


def _prune(folder: Path) -> None:
    """The manifest first: a file that it calls pruned may still be there, but none is missing without a word."""
    manifest = read_manifest(folder, kind=MANIFEST_KIND, help_command=f"tvaerkom snapshot publish {folder.name}")
    archive = [entry["path"] for entry in manifest["files"] if entry["path"].endswith(ARCHIVE_SUFFIX)]
    if "pruned" not in manifest:
        date = datetime.datetime.now(datetime.UTC).date().isoformat()
        write_manifest(folder, manifest | {"pruned": {"date": date, "files": archive}})
    for path in archive:
        (folder / path).unlink(missing_ok=True)


def _archive_of(places: Places, name: QuarterName) -> Overdue | None:
    folder = places.snapshot(str(name))
    entries = [entry for entry in read_snapshot_manifest(folder).files if entry.path.endswith(ARCHIVE_SUFFIX)]
    there = [entry for entry in entries if (folder / entry.path).exists()]
    if not there:
        return None
    return Overdue(quarter=str(name), num_files=len(there), num_bytes=sum(entry.size for entry in there))


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A snapshot in the list of all: sizes in bytes, and what needs it."""

    name: str
    is_published: bool
    pruned: str | None
    archive_bytes: int
    table_bytes: int
    folder: str
    follows: str | None
    needed_by: tuple[str, ...]


def holdings(places: Places, names: Sequence[QuarterName]) -> list[Holding]:
    """What there is; a manifest that cannot be read counts as not published."""
    manifests = {str(name): _manifest(places.snapshot(str(name))) for name in names}
    corpora = [_manifest(path) | {"folder": path.name} for path in sorted(places.corpora.glob("*")) if path.is_dir()]
    published = [name for name in names if is_complete(places.snapshot(str(name))) and not name.is_trial]
    found = []
    for name, manifest in manifests.items():
        folder = places.snapshot(name)
        files = [path for path in folder.rglob("*") if path.is_file()]
        archive = sum(path.stat().st_size for path in files if ARCHIVE_SUFFIX in path.name)
        needed = [f"corpus {each['folder']}" for each in corpora if manifest and each.get("snapshot") == manifest["id"]]
        needed += [f"snapshot {other}" for other, each in manifests.items() if each.get("follows") == name]
        if published and name == str(published[-1]):
            needed.append("the next refresh")
        found.append(
            Holding(
                name=name, is_published=bool(manifest), pruned=manifest.get("pruned", {}).get("date"),
                archive_bytes=archive, table_bytes=sum(path.stat().st_size for path in files) - archive,
                folder=str(folder), follows=manifest.get("follows"), needed_by=tuple(needed),
            )
        )  # fmt: skip
    return found


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        values = json.loads((folder / MANIFEST_NAME).read_text())
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
