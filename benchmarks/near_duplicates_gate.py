"""Near duplicates found among real sentences with planted edits, against comparing all pairs exactly.

In: a folder to work in. Out: recall over all pairs and for each kind of edit, false pairs, and how many of the pairs
planted just below the threshold lose a text. Skipped where ../shared is not there.
"""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa

from benchmarks.figures import Figure, at_least, exactly, skipped
from benchmarks.real_material import PROCEEDINGS
from corpus.near.minhash import grams
from corpus.near.search import near_sentences
from corpus.near.survivors import survivors
from corpus.near.text_store import TextStore, TextWriter
from corpus.sentences import split_sentences

NUM_SENTENCES, NUM_PER_KIND, NUM_BELOW = 20_000, 300, 500
LEAST_WORDS = 8
RECALL = 0.95
BITS = 512  # of each text in the comparison of all pairs
_PARAGRAPH = re.compile(r"\n\s*\n")
_NUMBER = re.compile(r"\d+")

Edit = Callable[[str, int], str]


def near_duplicate_figures(folder: Path) -> Iterator[Figure]:
    names = ["all pairs", *EDITS]
    if not PROCEEDINGS.is_file():
        yield from (skipped(f"near duplicates, recall: {name}", f">= {RECALL:g}") for name in names)
        return
    originals = _sentences()
    texts, kind_of = _with_edits(originals)
    below = _pairs_below(originals[NUM_SENTENCES:])
    all_texts = texts + [text for pair in below for text in pair]
    found, is_complete, went_for = _found(folder, all_texts)
    brute = _brute_force(all_texts)
    yield exactly("near duplicates: every crowd was compared completely", 1, is_complete)
    yield at_least("near duplicates, recall: all pairs", RECALL, len(found & brute) / len(brute))
    for name in EDITS:
        of_kind = {pair for pair in brute if kind_of.get(pair) == name}
        yield at_least(f"near duplicates, recall: {name} ({len(of_kind)})", RECALL, len(found & of_kind) / len(of_kind))
    yield exactly("near duplicates: pairs that are not near", 0, len(found - brute))
    partners = {(place, place + 1) for place in range(len(texts), len(all_texts), 2)}
    wrong = sum((min(pair), max(pair)) in partners for pair in went_for)
    yield exactly(f"near duplicates: of {len(below)} pairs at 0.75 to 0.8, one went for the other", 0, wrong)


def _sentences() -> list[str]:
    """Different sentences in the order of their hashes."""
    found = set()
    with gzip.open(PROCEEDINGS, "rt") as file:
        for line in file:
            for paragraph in _PARAGRAPH.split(json.loads(line)["text"]):
                found.update(split_sentences(" ".join(paragraph.split())))
    long = [text for text in found if len(text.split()) >= LEAST_WORDS]
    return sorted(long, key=lambda text: sha256(text.encode()).digest())


def _changed_word(text: str, draw: int) -> str:
    words = text.split()
    words[draw % len(words)] = "kommunen"
    return " ".join(words)


def _inserted_word(text: str, draw: int) -> str:
    words = text.split()
    words.insert(draw % len(words), "også")
    return " ".join(words)


def _deleted_word(text: str, draw: int) -> str:
    words = text.split()
    del words[draw % len(words)]
    return " ".join(words)


def _casing(text: str, draw: int) -> str:
    words = text.split()
    words[draw % len(words)] = words[draw % len(words)].upper()
    return " ".join(words)


def _punctuation(text: str, draw: int) -> str:
    words = text.split()
    words[draw % len(words)] += ","
    return " ".join(words).rstrip(".") + "!"


def _number(text: str, draw: int) -> str:
    return _NUMBER.sub(str(draw % 90 + 10), text, count=1) if _NUMBER.search(text) else f"{text} (nr. {draw % 90 + 10})"


EDITS: dict[str, Edit] = {
    "a word changed": _changed_word,
    "a word inserted": _inserted_word,
    "a word deleted": _deleted_word,
    "casing": _casing,
    "punctuation": _punctuation,
    "a number or date changed or added": _number,
    "a prefix added": lambda text, draw: f"{draw % 20 + 1}. {text}",
    "a suffix added": lambda text, _: f"{text} (Læs mere)",
}


def _with_edits(originals: Sequence[str]) -> tuple[list[str], dict[tuple[int, int], str]]:
    """The sample with edits of its first sentences after it, and of which kind each planted pair is."""
    texts = list(originals[:NUM_SENTENCES])
    kind_of = {}
    for number, (name, edit) in enumerate(EDITS.items()):
        for place in range(number * NUM_PER_KIND, (number + 1) * NUM_PER_KIND):
            kind_of[place, len(texts)] = name
            texts.append(edit(originals[place], int(sha256(originals[place].encode()).hexdigest(), 16)))
    return texts, kind_of


def _pairs_below(originals: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of a sentence and an edit of it, with a similarity of at least 0.75 and less than 0.8.

    Words are put behind one by one until the similarity falls below; no two pairs have the same words.
    """
    pairs = []
    for place, text in enumerate(originals):
        edited, one = text, grams(text)
        while len(one) * 5 >= 4 * len(one | grams(edited)):
            edited += f" {sha256(f'{place} {edited}'.encode()).hexdigest()[:3]}"
        if len(one) * 4 >= 3 * len(one | grams(edited)):
            pairs.append((text, edited))
        if len(pairs) == NUM_BELOW:
            break
    return pairs


def _found(folder: Path, texts: Sequence[str]) -> tuple[set[tuple[int, int]], bool, list[tuple[int, int]]]:
    with TextWriter(folder / "texts") as writer:
        writer.extend(pa.array(texts, pa.string()))
    with TextStore(folder / "texts") as store:
        near = near_sentences(store, folder)
    after = survivors(len(texts), near.pairs)
    gone = np.flatnonzero(~after.kept)
    pairs = zip(near.pairs.first.tolist(), near.pairs.second.tolist(), strict=True)
    return set(pairs), near.is_complete, list(zip(gone.tolist(), after.survivor[gone].tolist(), strict=True))


def _brute_force(texts: Sequence[str]) -> set[tuple[int, int]]:
    """Every pair that is near, exactly: each text against all before it.

    Sets that are near differ in at most a ninth of both sizes together, and their rows of bits, one for each remainder
    of the grams' hashes, in no more places than the sets do. So most pairs are judged by their bits.
    """
    sets = [grams(text) for text in texts]
    rows = np.zeros((len(sets), BITS), dtype=bool)
    for place, gram_set in enumerate(sets):
        rows[place, [crc32(gram.encode()) % BITS for gram in gram_set]] = True
    words = np.packbits(rows, axis=1).view(np.uint64)
    sizes = np.array([len(gram_set) for gram_set in sets])
    found = set()
    for second, gram_set in enumerate(sets):
        differing = np.bitwise_count(words[:second] ^ words[second]).sum(axis=1)
        maybe = np.flatnonzero(9 * differing <= sizes[:second] + sizes[second])
        found |= {(int(first), second) for first in maybe if _is_near(sets[first], gram_set)}
    return found


def _is_near(one: frozenset[str], other: frozenset[str]) -> bool:
    common = len(one & other)
    return 5 * common >= 4 * (len(one) + len(other) - common)
