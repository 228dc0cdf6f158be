"""A complete folder changed by an erasure: all of its files at once, and a manifest that still knows the old ones.

In: the folder, the erasure, new files written aside. Out: the files in their places, the manifest of a revision more.
New files wait under names of their own until all are there; then a journal names them and they are renamed. After a
kill either nothing has changed, or the journal stands there and the rest is done when the erasure is applied again.
Does not know what is in the files.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from foundation.errors import BrokenRunError
from foundation.files import make_folder, sha256_of_file, sha256_of_text, sync_folder, write_text
from foundation.manifests import MANIFEST_NAME, FileEntry

JOURNAL_NAME = "erasing.json"
ASIDE_SUFFIX = ".erasing.tmp"  # what ends in .tmp is no part of any folder


class Replacement:
    """Several files replaced or removed at once. Use as a context; on an error nothing is changed.

    Files may lie outside the folder too (a frontier is changed together with the archive it points into).
    """

    def __init__(self, folder: Path) -> None:
        """`folder` keeps the journal."""
        self.folder = folder
        self._asides: dict[Path, Path] = {}
        self._removed: dict[Path, None] = {}

    def __enter__(self) -> Self:
        finish_replacement(self.folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._commit()
        finally:
            if not (self.folder / JOURNAL_NAME).exists():
                for aside in self._asides.values():
                    aside.unlink(missing_ok=True)

    @contextmanager
    def replacing(self, path: str | Path) -> Iterator[Path]:
        """Give the name under which to write the new file; a name as text is one below the folder."""
        whole = self._place(path)
        aside = whole.with_name(whole.name + ASIDE_SUFFIX)
        self._asides[whole] = aside
        make_folder(whole.parent)
        yield aside
        with aside.open("rb") as file:
            os.fsync(file.fileno())

    def removing(self, path: str | Path) -> None:
        self._removed[self._place(path)] = None

    def _place(self, path: str | Path) -> Path:
        """A path stays as it is: it may hold the folder already, and that may be relative to where we are."""
        return self.folder / path if isinstance(path, str) else path

    @property
    def changes(self) -> bool:
        return bool(self._asides or self._removed)

    def _commit(self) -> None:
        if not self.changes:
            return
        for parent in {aside.parent for aside in self._asides.values()}:
            sync_folder(parent)
        journal = {
            "remove": [os.path.relpath(path, self.folder) for path in self._removed],
            "replace": [os.path.relpath(path, self.folder) for path in self._asides],
        }
        write_text(self.folder / JOURNAL_NAME, json.dumps(journal, ensure_ascii=False, indent=1) + "\n")
        finish_replacement(self.folder)


def finish_replacement(folder: Path) -> bool:
    """Do what the journal of a folder still wants done; gives whether there was one. May be done again.

    Raises:
        BrokenRunError: the journal cannot be read.
    """
    path = folder / JOURNAL_NAME
    if not path.exists():
        return False
    try:
        journal = json.loads(path.read_text(encoding="utf-8"))
        removed = [Path(os.path.normpath(folder / each)) for each in journal["remove"]]
        replaced = [Path(os.path.normpath(folder / each)) for each in journal["replace"]]
    except (ValueError, KeyError, TypeError):
        raise BrokenRunError(f"{path}: cannot be read; restore {folder} from a backup") from None
    for each in removed:  # first: a database must not meet the log of changes of its forerunner
        each.unlink(missing_ok=True)
    for each in replaced:
        aside = each.with_name(each.name + ASIDE_SUFFIX)
        if aside.exists():
            aside.replace(each)
    for parent in {each.parent for each in (*removed, *replaced)}:
        if parent.is_dir():
            sync_folder(parent)
    path.unlink()
    sync_folder(folder)
    return True


def sweep_asides(folder: Path) -> None:
    """Remove what a killed erasure had written aside and not named in a journal yet."""
    for path in folder.rglob(f"*{ASIDE_SUFFIX}"):
        path.unlink(missing_ok=True)


class Revision(Replacement):
    """An erasure applied to a folder with a manifest.

    Where files were replaced or removed the manifest gets a revision more, their new sizes and hashes, and under
    `superseded` what it said before; where none was, only the erasure's id.
    """

    def __init__(
        self, folder: Path, erasure_id: str, *, content_sha256: Callable[[Mapping[str, Any]], str],
        update: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:  # fmt: skip
        """Begin a revision.

        Args:
            content_sha256: gives the hash of the content from the new manifest (its `files` are measured by then).
            update: changes other values of the new manifest in place, before the hash is made; called only where
                files were replaced or removed.
        """
        super().__init__(folder)
        self._erasure, self._content_sha256, self.update = erasure_id, content_sha256, update

    def _commit(self) -> None:
        path = self.folder / MANIFEST_NAME
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        ids = values.get("erasures") or []
        if self._own_changes():
            self._revise(values)
        elif self._erasure in ids and not self.changes:
            return
        values["erasures"] = [*ids, *([] if self._erasure in ids else [self._erasure])]
        with self.replacing(path) as aside:
            aside.write_text(manifest_text(values), encoding="utf-8")
        super()._commit()

    def _own_changes(self) -> list[str]:
        """Paths below the folder that are replaced or removed."""
        found = (path for path in (*self._asides, *self._removed) if path.is_relative_to(self.folder))
        return sorted(path.relative_to(self.folder).as_posix() for path in found)

    def _revise(self, values: dict[str, Any]) -> None:
        changed = set(self._own_changes())
        old = {entry["path"]: entry for entry in values["files"]}
        new = {path: entry for path, entry in old.items() if path not in changed}
        for path, aside in self._asides.items():
            if (name := _below(path, self.folder)) is not None and name in old:
                new[name] = asdict(FileEntry(path=name, size=aside.stat().st_size, sha256=sha256_of_file(aside)))
        superseded = {
            "revision": values["revision"], "content_sha256": values["content_sha256"], "erasure": self._erasure,
            "files": {name: old[name]["sha256"] for name in sorted(changed & old.keys())},
        }  # fmt: skip
        values["files"] = [entry for _, entry in sorted(new.items(), key=lambda item: _order(item[0]))]
        values["superseded"] = [*(values.get("superseded") or []), superseded]
        values["revision"] += 1
        if self.update is not None:
            self.update(values)
        values["content_sha256"] = self._content_sha256(values)


def content_sha256(files: Iterable[Mapping[str, Any]], *more: str) -> str:
    """The hash of a folder's content: over paths and hashes of its files in the manifest's order, and what else."""
    return sha256_of_text(*(f"{entry['path']} {entry['sha256']}" for entry in files), *more)


def manifest_text(values: Mapping[str, Any]) -> str:
    """As foundation.manifests.write_manifest writes it."""
    return json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _below(path: Path, folder: Path) -> str | None:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else None


def _order(name: str) -> Path:
    return Path(name)  # as file_entries sorts
