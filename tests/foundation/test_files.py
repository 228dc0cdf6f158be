import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import BrokenRunError
from foundation.files import (
    make_folder,
    sha256_of_file,
    sha256_of_text,
    write_bytes,
    write_text,
    written_aside,
)
from foundation.manifests import (
    MANIFEST_NAME,
    damaged_files,
    file_entries,
    is_complete,
    read_manifest,
    write_manifest,
)

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_file_is_written_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_text(path, "æøå")
    write_bytes(path, b"abc")
    assert path.read_bytes() == b"abc"
    assert [path] == list(path.parent.iterdir())
    assert sha256_of_file(path) == SHA256_OF_ABC


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left")])
def test_error_leaves_the_old_file_and_nothing_beside_it(error: BaseException, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(type(error)), written_aside(path) as aside:
        aside.write_text("half")
        raise error
    assert ("old", [path]) == (path.read_text(), list(tmp_path.iterdir()))


def test_disk_that_is_full_at_the_sync_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_text(path, "new")
    assert ("old", [path]) == (path.read_text(), list(tmp_path.iterdir()))


def test_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), written_aside(tmp_path / "a"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_folder_and_its_parents_are_for_the_owner_only(tmp_path: Path) -> None:
    old_mask = os.umask(0o022)
    try:
        folder = make_folder(tmp_path / "data" / "work" / "2026Q1")
    finally:
        os.umask(old_mask)
    for made in (folder, folder.parent, folder.parent.parent):
        assert made.stat().st_mode & 0o777 == 0o700
    mode = tmp_path.stat().st_mode
    assert folder == make_folder(folder)
    assert mode == tmp_path.stat().st_mode, "what is there already stays as it is"


def test_hash_of_texts_tells_their_borders() -> None:
    assert sha256_of_text("abc") == SHA256_OF_ABC
    lists = [
        ("a", "bc"),
        ("ab", "c"),
        ("abc",),
        ("a\x1fbc",),
        ("a\x1e", "bc"),
        ("a\x1e_bc",),
        ("a\x1e\x1fbc",),
        ("a\x1e\x1e_bc",),
    ]
    assert len({sha256_of_text(*each) for each in lists}) == len(lists)
    sha256_of_text("\ud800")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b/1.bin", "a.bin", "b/0.bin"):
        write_bytes(tmp_path / name, name.encode())
    return tmp_path


def test_manifest_names_files_in_order_of_their_names(folder: Path) -> None:
    entries = file_entries(folder, [folder / name for name in ("b/1.bin", "a.bin", "b/0.bin")])
    assert [entry.path for entry in entries] == ["a.bin", "b/0.bin", "b/1.bin"]
    assert damaged_files(folder, entries) == []
    assert not is_complete(folder)
    write_manifest(folder, {"kind": "snapshot", "å": 1})
    assert is_complete(folder)
    assert read_manifest(folder, kind="snapshot", help_command="x") == {"kind": "snapshot", "å": 1}


def test_each_damaged_file_is_named(folder: Path) -> None:
    entries = file_entries(folder, folder.rglob("*.bin"))
    (folder / "a.bin").unlink()
    (folder / "b/0.bin").write_bytes(b"b/0.biN")
    (folder / "b/1.bin").write_bytes(b"b/1.bin+")
    assert [
        f"{folder}/a.bin: missing",
        f"{folder}/b/0.bin: content differs from its recorded sha256",
        f"{folder}/b/1.bin: 8 bytes, 7 recorded",
    ] == damaged_files(folder, entries)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "not complete (no manifest.json); run: tvaerkom x"),
        (b"{", "not readable as JSON"),
        (b"\xff\xfe", "not readable as JSON"),
        (b"[]", "this is not the manifest of a snapshot"),
        (json.dumps({"kind": "corpus"}).encode(), "this is not the manifest of a snapshot"),
    ],
)
def test_manifest_that_cannot_be_used_is_one_sentence(content: Any, expected: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / MANIFEST_NAME).write_bytes(content)
    with pytest.raises(BrokenRunError) as caught:
        read_manifest(tmp_path, kind="snapshot", help_command="tvaerkom x")
    assert expected in str(caught.value)
    assert str(tmp_path) in str(caught.value)
