"""Which erasures were applied to which folder: what comes back from a backup has not had those that came after it.

In: the data folder. Out: the erasures that something in it lacks; stamps for folders without a manifest. A manifest
names its erasures itself; a frontier has a number in its head that stands for them. Applies nothing.
"""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from foundation.erasures import erasure_ids
from foundation.files import sha256_of_text, write_text
from foundation.manifests import MANIFEST_NAME
from foundation.places import Places
from foundation.revisions import JOURNAL_NAME

FRONTIER_FACT = "erasures"  # in a frontier: the ids of the erasures applied to it, as JSON
STAMP_NAME = "erasures.json"  # in folders without a manifest: the ids of the erasures applied to them


def missing_ids(places: Places) -> list[str]:
    """The erasures that were not ended, or that some folder has not had applied: one restored from a backup.

    Costs little: reads the index, the manifests, and the heads of frontiers. What it gives is to be applied to all
    places again, which changes only those where something is found.
    """
    known = erasure_ids(places.erasures)
    if not known:
        return []
    missing = {*erasure_ids(places.erasures, only_pending=True)}
    for folder in (*places.snapshots.glob("*"), *places.corpora.glob("*")):
        if (folder / MANIFEST_NAME).is_file():
            missing.update(set(known) - set(manifest_ids(folder)))
    for folder in (places.reports, places.cache):
        if folder.is_dir() and any(folder.iterdir()):
            missing.update(set(known) - set(stamped_ids(folder)))
    number, work = stamp_number(known), places.data / "work"
    for path in (*work.glob("*/*/frontier.db"), *work.glob("*/set-aside/*/frontier.db")):
        if _number_in_head(path) != number and (ids := ids_in_frontier(path)) is not None:
            missing.update(set(known) - set(ids))
    if any(list(folder.glob(f"*/{JOURNAL_NAME}")) for folder in (places.snapshots, places.corpora, work)):
        missing.update(known)
    return [each for each in known if each in missing]


def stamped_ids(folder: Path) -> list[str]:
    """The erasures applied to a folder that has no manifest (data/reports, data/cache); none where nothing says so."""
    try:
        ids = json.loads((folder / STAMP_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [str(each) for each in ids] if isinstance(ids, list) else []


def stamp(folder: Path, erasure: str) -> None:
    """Note that an erasure was applied to a folder that has no manifest; made here, what comes into it obeys."""
    ids = stamped_ids(folder)
    if erasure not in ids:
        write_text(folder / STAMP_NAME, json.dumps([*ids, erasure]) + "\n")


def stamp_number(ids: Sequence[str]) -> int:
    """A number for a list of erasures that fits into the head of an SQLite file (its application_id)."""
    return int(sha256_of_text(*sorted(ids))[:8], 16) & 0x7FFFFFFF if ids else 0


def manifest_ids(folder: Path) -> list[str]:
    """The erasures that a complete folder says were applied to it, or obeyed when it was made."""
    try:
        return list(json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8")).get("erasures") or [])
    except (OSError, ValueError, AttributeError):
        return []  # who reads it will say what is wrong


def ids_in_frontier(path: Path) -> list[str] | None:
    """The erasures that a frontier says were applied to it; None where nothing was written into it yet."""
    log = path.with_name(f"{path.name}-wal")
    mode = "ro" if log.exists() and log.stat().st_size else "ro&immutable=1"  # else SQLite makes files beside it
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)
        try:
            row = db.execute("select value from fact where name = ?", (FRONTIER_FACT,)).fetchone()
        finally:
            db.close()
        return list(json.loads(row[0])) if row and row[0] else []
    except (sqlite3.Error, ValueError):
        return None  # damaged, or not begun; who reads it will say so


def _number_in_head(path: Path) -> int:
    """The application_id of an SQLite file."""
    with path.open("rb") as file:
        return int.from_bytes(file.read(72)[68:], "big")
