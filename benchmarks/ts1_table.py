"""The research model ts1's own steps beside ours, on the same text of the same pages. No floor: it is what was there.

In: a folder and a number of pages. Out: a table: sentences kept, CPU, sentences of the validation side that a training
sentence nearly says, quotation marks that are left. ts1 had no extractor, so both get the text that ours found.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.corpus_bench import said, step_cpu
from benchmarks.corpus_inputs import Workshop, workshop_of_danish_pages
from benchmarks.corpus_rivals import has_rivals
from benchmarks.corpus_steps import EXTRACTION
from benchmarks.danish_prose import has_prose
from benchmarks.rivals import PYTHON
from benchmarks.served import QUARTER

NEAR = 0.8  # Jaccard similarity of the sets of three words in a row
MARKS = "\"'”“„»«’‘"
_BEFORE_THE_TEXT = ("reading", "decoding", EXTRACTION)
Sides = dict[str, list[str]]  # train and validation -> sentences


def ts1_table(folder: Path, num_pages: int) -> Iterator[tuple[str, ...]]:
    if not (has_rivals("nltk") and has_prose()):
        yield ("no ../shared/data, or no nltk in .venv-bench: make bench makes it",)
        return
    workshop = workshop_of_danish_pages(folder, num_pages)
    workshop.forget(QUARTER)
    seconds = step_cpu(workshop)
    ours_s = sum(step_s for step, step_s in seconds.items() if step not in _BEFORE_THE_TEXT)
    texts = [row["text"] for row in workshop.rows(QUARTER, "documents/*.parquet", ["text"])]
    theirs_s, theirs = _ts1(folder, texts)
    ours = _sides_of(workshop)
    yield (f"text of {len(texts)} pages", "ts1's steps", "corpus build")
    yield ("sentences kept", *(str(sum(map(len, sides.values()))) for sides in (theirs, ours)))
    yield ("s of CPU behind the extraction; ours identifies languages too", f"{theirs_s:.1f}", f"{ours_s:.1f}")
    yield ("validation sentences", *(str(len(sides["validation"])) for sides in (theirs, ours)))
    yield ("of them nearly in training", *(str(num_near(**sides)) for sides in (theirs, ours)))
    marks = (num_marks(sentence for side in sides.values() for sentence in side) for sides in (theirs, ours))
    yield (f"quotation marks; {num_marks(texts)} in the text", *map(str, marks))


def num_near(*, train: Sequence[str], validation: Sequence[str]) -> int:
    """Validation sentences that are like a training sentence, found by comparing with all that share three words."""
    sought = [_trigrams(sentence) for sentence in validation]
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, trigrams in enumerate(sought):
        for trigram in trigrams:
            places[trigram].append(place)
    near: set[int] = set()
    for sentence in train:
        trigrams = _trigrams(sentence)
        shared = Counter(place for trigram in trigrams for place in places.get(trigram, ()))
        near.update(
            place for place, number in shared.items() if number >= NEAR * len(trigrams | sought[place])
        )  # fmt: skip
    return len(near)


def num_marks(texts: Iterable[str]) -> int:
    return sum(text.count(mark) for text in texts for mark in MARKS)


def _trigrams(sentence: str) -> frozenset[tuple[str, ...]]:
    words = ["".join(filter(str.isalnum, word)) for word in sentence.lower().split()]
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _ts1(folder: Path, texts: Sequence[str]) -> tuple[float, Sides]:
    (folder / "texts.jsonl").write_text("".join(f"{json.dumps({'text': text})}\n" for text in texts))
    command = [str(PYTHON), "-m", "benchmarks.ts1_steps", str(folder / "texts.jsonl"), str(folder / "ts1.jsonl")]
    seconds = float(json.loads(said(command))["cpu_s"])
    sides: Sides = {"train": [], "validation": []}
    for row in map(json.loads, (folder / "ts1.jsonl").read_text().splitlines()):
        sides[row["side"]].append(row["text"])
    return seconds, sides


def _sides_of(workshop: Workshop) -> Sides:
    return {
        side: [row["text"] for row in workshop.rows(QUARTER, f"sentences/{side}-*.parquet", ["text"])]
        for side in ("train", "validation")
    }
