"""The snapshots there are: how large each is, and what needs it.

In: the data folder. Out: a `Holding` for each. Reads manifests only, those of corpora for the snapshot that they name.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.pruning import ARCHIVE_SUFFIX
from foundation.manifests import MANIFEST_NAME, is_complete
from foundation.places import Places
from foundation.quarters import QuarterName


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
