"""The manifest that makes a folder complete.

In: a folder and the names of its files. Out: `manifest.json`, which names each file with size and sha256.
A folder without a manifest is unfinished work and is never read by the next stage.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.errors import BrokenRunError
from foundation.files import sha256_of_file, write_text

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class FileEntry:
    """One file of a folder: its path below the folder, size in bytes, sha256 in hex."""

    path: str
    size: int
    sha256: str


def file_entries(folder: Path, paths: Iterable[Path]) -> list[FileEntry]:
    """Measure files; the order is that of their names, whatever order they come in."""
    return [
        FileEntry(path=path.relative_to(folder).as_posix(), size=path.stat().st_size, sha256=sha256_of_file(path))
        for path in sorted(paths)
    ]


def is_complete(folder: Path) -> bool:
    return (folder / MANIFEST_NAME).is_file()


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    write_text(folder / MANIFEST_NAME, json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def read_manifest(folder: Path, *, kind: str, help_command: str) -> dict[str, Any]:
    """Read the manifest of a complete folder.

    Raises:
        BrokenRunError: there is none, it is not JSON, or it is of another kind; the message names `help_command`.
    """
    path = folder / MANIFEST_NAME
    try:
        manifest = json.loads(path.read_text())
    except FileNotFoundError:
        raise BrokenRunError(f"{folder}: not complete (no {MANIFEST_NAME}); run: {help_command}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BrokenRunError(f"{path}: not readable as JSON ({error}); restore the file from a backup") from None
    if not isinstance(manifest, dict) or manifest.get("kind") != kind:
        raise BrokenRunError(f"{path}: this is not the manifest of a {kind}")
    return manifest


def damaged_files(folder: Path, entries: Iterable[FileEntry]) -> list[str]:
    """Compare a folder with its manifest; one sentence for each file that is missing or not as recorded."""
    complaints = []
    for entry in entries:
        path = folder / entry.path
        if not path.is_file():
            complaints.append(f"{path}: missing")
        elif path.stat().st_size != entry.size:
            complaints.append(f"{path}: {path.stat().st_size} bytes, {entry.size} recorded")
        elif sha256_of_file(path) != entry.sha256:
            complaints.append(f"{path}: content differs from its recorded sha256")
    return complaints
