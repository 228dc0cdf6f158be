"""Files that are either whole or absent.

In: a path and bytes (or a function that writes). Out: the file under its name, written aside, synced and renamed.
Does not know what the files mean; manifests.py does.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READ_BLOCK_BYTES = 1 << 20


def make_folder(path: Path) -> Path:
    """Make a folder and its parents, readable by its owner only: what we keep are pages about people."""
    if not path.is_dir():
        make_folder(path.parent)  # mkdir's own parents=True gives the mode to the last folder only
        path.mkdir(exist_ok=True, mode=0o700)
    return path


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Give the name of a temporary file beside `path`; on success sync it and rename it to `path`.

    On an error the temporary file is removed and `path` is as it was.
    """
    make_folder(path.parent)
    aside = path.with_name(f"{path.name}.tmp")
    try:
        yield aside
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_bytes(path: Path, content: bytes) -> None:
    with written_aside(path) as aside:
        aside.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    write_bytes(path, text.encode())


def sync_folder(path: Path) -> None:
    """Make a rename in `path` survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make all files of a folder survive a power cut, before it is renamed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)


def sha256_of_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def sha256_of_text(*parts: str) -> str:
    """Hash strings so that no two different lists of parts give the same input."""
    escaped = (part.replace("\x1e", "\x1e\x1e").replace("\x1f", "\x1e_") for part in parts)
    return hashlib.sha256("\x1f".join(escaped).encode("utf-8", "surrogatepass")).hexdigest()
