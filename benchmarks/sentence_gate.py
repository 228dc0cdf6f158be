"""Sentence boundaries and the speed of finding them.

In: the Danish treebank and the proceedings of the parliament in ../shared, and the project's own gold set. Out:
figures; those whose material is not there are skipped. Trains nothing, and writes nothing.
"""

import gzip
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, at_least, skipped
from benchmarks.real_material import PROCEEDINGS, SHARED_DATA
from corpus.sentences import split_sentences

TREEBANK = SHARED_DATA / "sentences" / "da_ddt_dev.jsonl"
TREEBANK_TRAIN = SHARED_DATA / "sentences" / "da_ddt_train.jsonl.gz"
OWN_GOLD = Path(__file__).parents[1] / "tests" / "gate" / "sentences.jsonl"
TREEBANK_FLOOR = 0.990  # Punkt, trained on the train part, reaches 0.980
RATE_FLOOR = 30_000  # sentences a second, so that 10 million take less than six minutes of one core
OWN_FLOOR = 0.987  # 0.9878 when it was pinned
WORST_KIND_FLOOR = 0.91  # initials and titles, 0.914
SENTENCES_JOINED = 8
SITTINGS = 5  # of the parliament: about 2 million characters
RUNS = 5
FINAL_MARKS = tuple(".!?…\"'”“»)")


def sentence_figures(_: Path) -> Iterator[Figure]:
    """Boundaries on the treebank and on the own gold set, and sentences a second."""
    yield _treebank_figure()
    yield from _own_figures()
    yield _rate_figure("the Danish treebank", TREEBANK_TRAIN, _treebank_blocks)
    yield _rate_figure("proceedings", PROCEEDINGS, _proceedings_blocks)


def _treebank_figure() -> Figure:
    """Eight sentences joined by blanks; boundaries without a final mark do not count."""
    name = "sentence boundaries on the Danish treebank (dev), F1"
    if not TREEBANK.is_file():
        return skipped(name, f">= {TREEBANK_FLOOR:g}")
    counts: Counter[str] = Counter()
    for group in _groups(row["text"] for row in _rows(TREEBANK)):
        gold, open_ends = _ends(group[:-1])
        ours = set().union(*_ends(split_sentences(" ".join(group))[:-1]))
        counts.update(right=len(ours & gold), found=len(ours - open_ends), wanted=len(gold))
    return at_least(name, TREEBANK_FLOOR, _f1(counts))


def _own_figures() -> Iterator[Figure]:
    """All boundaries within a text, its end excepted; a text that is one sentence has none to find."""
    names = ("sentence boundaries on the own gold set, F1", "sentence boundaries on the own gold set, worst kind, F1")
    if not OWN_GOLD.is_file():
        yield skipped(names[0], f">= {OWN_FLOOR:g}")
        yield skipped(names[1], f">= {WORST_KIND_FLOOR:g}")
        return
    kinds: dict[str, Counter[str]] = {}
    for row in _rows(OWN_GOLD):
        gold, ours = (set().union(*_ends(parts[:-1])) for parts in (row["sentences"], split_sentences(row["text"])))
        counts = kinds.setdefault(row["kind"], Counter())
        counts.update(right=len(ours & gold), found=len(ours), wanted=len(gold))
    yield at_least(names[0], OWN_FLOOR, _f1(sum(kinds.values(), Counter())))
    worst = min(sorted(kinds), key=lambda kind: _f1(kinds[kind]))
    yield at_least(f"{names[1]}: {worst}", WORST_KIND_FLOOR, _f1(kinds[worst]))


def _f1(counts: Counter[str]) -> float:
    """1 where there is nothing to find and nothing is found."""
    both = counts["found"] + counts["wanted"]
    return 2 * counts["right"] / both if both else 1.0


def _ends(sentences: list[str]) -> tuple[set[int], set[int]]:
    """Places where sentences end, counted in characters that are no blanks: with, and without, a final mark."""
    marked: set[int] = set()
    unmarked: set[int] = set()
    place = 0
    for sentence in sentences:
        place += len("".join(sentence.split()))
        (marked if sentence.endswith(FINAL_MARKS) else unmarked).add(place)
    return marked, unmarked


def _rate_figure(material: str, path: Path, blocks_of: Callable[[Path], Iterator[str]]) -> Figure:
    name = f"sentences split a CPU second, {material}, best of {RUNS}"
    if not path.is_file():
        return skipped(name, f">= {RATE_FLOOR}")
    blocks = list(blocks_of(path))
    best = 0.0
    for _ in range(RUNS):
        begun = time.process_time()
        num_sentences = sum(len(split_sentences(block)) for block in blocks)
        best = max(best, num_sentences / (time.process_time() - begun))
    return at_least(name, RATE_FLOOR, best)


def _treebank_blocks(path: Path) -> Iterator[str]:
    yield from (" ".join(group) for group in _groups(row["text"] for row in _rows(path)))


def _proceedings_blocks(path: Path) -> Iterator[str]:
    for row in islice(_rows(path), SITTINGS):
        yield from filter(None, (" ".join(paragraph.split()) for paragraph in row["text"].split("\n\n")))


def _groups(texts: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(texts)
    while group := list(islice(remaining, SENTENCES_JOINED)):
        yield group


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        yield from map(json.loads, lines)
