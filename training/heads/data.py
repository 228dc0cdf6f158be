"""The data of a run: files of the user's by split, or the sentences of a corpus with their subject area.

In: a folder, files, or a corpus folder, and the task. Out: `Data`. A file is of the split that its name says: train.*,
validation.* or dev.*, and test.*. All that is wrong with all files is said at once. Makes no numbers (encoding.py).
"""

from collections.abc import Sequence
from pathlib import Path

from corpus.schema import read_corpus_manifest
from foundation.errors import ConfigError
from foundation.files import sha256_of_file, sha256_of_text
from training.feeding.shards import check_shards, read_rows
from training.heads import labelled_files, tagged_files
from training.heads.config import ENTITIES
from training.heads.examples import TEST, TRAIN, VALIDATION, Data, Example, raise_complaints
from training.heads.lines import UNIT

SPLIT_OF = {"train": TRAIN, "validation": VALIDATION, "dev": VALIDATION, "test": TEST}
_TAGGED = (*tagged_files.COLUMN_SUFFIXES, tagged_files.JSON_SUFFIX)
_LABELLED = (labelled_files.CSV_SUFFIX, labelled_files.JSON_SUFFIX)


def read_files(task: str, paths: Sequence[Path]) -> Data:
    """Read a folder, or files.

    Raises:
        ConfigError: a file is missing, of a split that is there already, or broken.
    """
    files = _files_of_splits(task, paths)
    splits: dict[str, Sequence[Example]] = {}
    complaints: list[str] = []
    for split, path in files.items():
        splits[split] = _read(task, path, complaints)
    raise_complaints(complaints)
    return Data(
        splits=splits, sha256=sha256_of_text(*files, *map(sha256_of_file, files.values())),
        name=files[TRAIN].resolve().parent.name, files={split: path.name for split, path in files.items()},
    )  # fmt: skip


def read_areas(corpus_folder: Path) -> Data:
    """The sentences of a corpus that have a subject area of KL; their unit is the document.

    Raises:
        ConfigError: a split has none.
        BrokenRunError: the corpus is damaged.
    """
    manifest = read_corpus_manifest(corpus_folder)
    splits: dict[str, Sequence[Example]] = {}
    for split in (TRAIN, VALIDATION):
        check_shards(corpus_folder, manifest, split)
        examples: list[Example] = []
        for rows in read_rows(corpus_folder, split):
            for text, area, document in zip(rows.texts, rows.areas, rows.document_ids, strict=True):
                if area:
                    line = len(examples) + 1
                    examples.append(Example(words=(text,), labels=(area,), unit=document, line=line))
        if not examples:
            raise ConfigError(
                f"{corpus_folder}: no sentence of its {split} split has a subject area (column area); only sites of "
                "KL have one: crawl and build them, or take files of your own"
            )
        splits[split] = examples
    return Data(
        splits=splits, sha256=manifest.content_sha256, name=manifest.name, files={},
        corpus={
            "id": manifest.id, "name": manifest.name, "revision": manifest.revision,
            "content_sha256": manifest.content_sha256,
        },
    )  # fmt: skip


def _files_of_splits(task: str, paths: Sequence[Path]) -> dict[str, Path]:
    """Train, validation, test, in this order."""
    suffixes = _TAGGED if task == ENTITIES else _LABELLED
    known = f"{', '.join(SPLIT_OF)} with {', '.join(suffixes)}"
    found: dict[str, Path] = {}
    for path in _listed(paths, suffixes):
        split = SPLIT_OF.get(path.stem.lower())
        if split is None or path.suffix.lower() not in suffixes:
            raise ConfigError(f"{path}: its name does not say what it is for; files of task {task} are called {known}")
        if split in found:
            raise ConfigError(f"{path}: {found[split]} is the {split} split already; give one file for each")
        found[split] = path
    for split in (TRAIN, VALIDATION):
        if split not in found:
            where = ", ".join(map(str, paths))
            raise ConfigError(f"{where}: no file of the {split} split; files of task {task} are called {known}")
    return {split: found[split] for split in (TRAIN, VALIDATION, TEST) if split in found}


def _listed(paths: Sequence[Path], suffixes: Sequence[str]) -> list[Path]:
    """Files that are named, and those of a folder whose names say a split."""
    listed: list[Path] = []
    for path in paths:
        if path.is_dir():
            there = sorted(each for each in path.iterdir() if each.suffix.lower() in suffixes)
            listed += [each for each in there if each.stem.lower() in SPLIT_OF]
        elif path.is_file():
            listed.append(path)
        else:
            raise ConfigError(f"{path}: there is no such file or folder, and no corpus of that name")
    return listed


def _read(task: str, path: Path, complaints: list[str]) -> list[Example]:
    broken: list[tuple[int, str]] = []
    read = tagged_files.read_tagged if task == ENTITIES else labelled_files.read_labelled
    examples = read(path, lambda line, wrong: broken.append((line, wrong)))
    without = [example.line for example in examples if example.unit is None]
    if 0 < len(without) < len(examples):
        broken.append((without[0], f"no {UNIT}, and other examples of this file have one; give each its own"))
    if not examples and not broken:
        broken.append((1, "there is no example in this file"))
    complaints += [f"{path}:{line}: {wrong}" for line, wrong in sorted(broken)]
    return examples
