"""Sentences with tags and texts with labels that a small model learns quickly."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.schema import SENTENCE_SCHEMA
from foundation.manifests import file_entries, write_manifest
from training.heads.config import HeadConfig, head_config

WHO = ["Borgeren", "Skolen", "Lægen"]
WHAT = [["hjælp"], ["økonomisk", "støtte"], ["en", "ny", "bolig"]]
WHEN = ["i dag", "hele året", "online"]
ABOUT = {"bolig": "en ny bolig", "støtte": "økonomisk støtte", "børn": "en plads i børnehaven"}


def tagged(number: int, seed: int) -> list[tuple[list[str], list[str]]]:
    """Sentences whose first word is a person and whose object is a thing; some end with an office."""
    draw = random.Random(seed)
    found = []
    for _ in range(number):
        who, what, when = draw.choice(WHO), draw.choice(WHAT), draw.choice(WHEN).split()
        words = [who, "kan", "få", *what, *when]
        tags = ["B-PER", "O", "O", "B-TING", *["I-TING"] * (len(what) - 1), *["O"] * len(when)]
        if draw.random() < 0.5:
            words, tags = [*words, "hos", "Byrådet"], [*tags, "O", "B-ORG"]
        found.append((words, tags))
    return found


def labelled(number: int, seed: int) -> list[tuple[str, str]]:
    """Texts whose class is told by what is asked for, twice."""
    draw = random.Random(seed)
    chosen = [draw.choice(sorted(ABOUT)) for _ in range(number)]
    return [(f"{ABOUT[label]} {draw.choice(WHEN)} {ABOUT[label]}", label) for label in chosen]


def columns(examples: list[tuple[list[str], list[str]]]) -> str:
    """As the lines of a .conll file."""
    return "\n".join(
        "".join(f"{word}\t{tag}\n" for word, tag in zip(words, tags, strict=True)) for words, tags in examples
    )


@pytest.fixture(scope="session")
def tagged_sentences() -> Callable[[int, int], list[tuple[list[str], list[str]]]]:
    return tagged


@pytest.fixture(scope="session")
def labelled_texts() -> Callable[[int, int], list[tuple[str, str]]]:
    return labelled


@pytest.fixture(scope="session")
def entities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 120 sentences to train on, and 40 others."""
    folder = tmp_path_factory.mktemp("data") / "names"
    folder.mkdir()
    (folder / "train.conll").write_text(columns(tagged(120, 0)))
    (folder / "dev.tsv").write_text(columns(tagged(40, 1)))
    return folder


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 120 texts to train on, and others to validate and to test on."""
    folder = tmp_path_factory.mktemp("data") / "subjects"
    folder.mkdir()
    for name, number, seed in (("train", 120, 0), ("validation", 40, 1), ("test", 20, 2)):
        rows = [{"text": text, "label": label} for text, label in labelled(number, seed)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture(scope="session")
def small_steps() -> Callable[..., HeadConfig]:
    """Settings of a run of a second; others can be given as KEY=VALUE."""

    def config(task: str, base: Path | str, *others: str) -> HeadConfig:
        usual = ("max_length=40", "train_batch_examples=16", "optimizer.learning_rate=5e-3", "log_steps=10")
        return head_config(task, str(base), (*usual, *others))  # type: ignore[arg-type]

    return config


@pytest.fixture(scope="session")
def corpus_with_areas(make_corpus: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus half of whose sentences are of sites of KL, two in a document."""
    area_of = {text: label for seed in (0, 1) for text, label in labelled(120, seed)}
    texts = sorted(area_of)
    folder = make_corpus(tmp_path_factory.mktemp("data") / "corpora" / "2026Q4", texts, texts[::3], shards=1)
    for path in (folder / "sentences").glob("*.parquet"):
        rows = pq.read_table(path).to_pylist()
        for number, row in enumerate(rows):
            row |= {"area": None if number % 2 else f"kl-{area_of[row['text']]}", "document_id": f"{number // 4:016x}"}
        pq.write_table(pa.Table.from_pylist(rows, schema=SENTENCE_SCHEMA), path)
    manifest = json.loads((folder / "manifest.json").read_text())
    files = [vars(entry) for entry in file_entries(folder, [folder / each["path"] for each in manifest["files"]])]
    write_manifest(folder, manifest | {"files": files})
    return folder
