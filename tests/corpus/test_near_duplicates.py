"""Near duplicates: MinHash against brute force, crowds against all their pairs, and who goes."""

import pickle
import random
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from corpus.near.lines import are_alike_where_they_differ
from corpus.near.minhash import BATCH_CHARS, grams, signatures
from corpus.near.search import (
    NearDuplicates,
    near_documents,
    near_sentences,
)
from corpus.near.survivors import NearPairs, clusters, survivors
from corpus.near.text_store import TextStore, TextWriter
from corpus.near.verify import overlaps

WORDS_TEXT = (
    "kommunen borgeren skal søge om tilskud til plejehjem dagtilbud affald vej byggeri senest den første i måneden"
)
WORDS = WORDS_TEXT.split()


def _sentences(number: int, seed: int) -> dict[str, str]:
    draw = random.Random(seed)
    return {f"{seed}-{i:04}": " ".join(draw.choices(WORDS, k=draw.randint(8, 20))) for i in range(number)}


def _edited(text: str, draw: random.Random) -> str:
    words = text.split()
    words[draw.randrange(len(words))] = draw.choice(WORDS)
    return " ".join(words)


def test_signature_agreement_estimates_jaccard() -> None:
    one = "Ansøgningen skal sendes til kommunen senest den 1. maj hvert år i skriftlig form."
    other = "Ansøgningen skal sendes til kommunen senest den 1. juni hvert år i digital form."
    agreement = (signatures([one])[0] == signatures([other])[0]).mean()
    jaccard = len(grams(one) & grams(other)) / len(grams(one) | grams(other))
    assert abs(agreement - jaccard) < 0.15


def test_signature_does_not_depend_on_neighbours_or_batches() -> None:
    texts = ["", "ab", "Æ Ø Å 🙂 og mere tekst", "x" * (BATCH_CHARS + 10), *_sentences(50, seed=4).values()]
    together = signatures(texts)
    assert all(np.array_equal(together[place], signatures([text])[0]) for place, text in enumerate(texts))


def _store(folder: Path, texts: Sequence[str]) -> TextStore:
    with TextWriter(folder / "texts") as writer:
        writer.extend(pa.array(texts, pa.string()))
    return TextStore(folder / "texts")


def _near(folder: Path, texts: Sequence[str], rank: NDArray[Any] | None = None, **options: Any) -> NearDuplicates:
    with _store(folder, texts) as store:
        return near_sentences(store, folder, rank=rank, **options)


def _as_set(pairs: NearPairs) -> set[tuple[int, int, int]]:
    return set(zip(pairs.first.tolist(), pairs.second.tolist(), pairs.thousandths.tolist(), strict=True))


def _brute_force(texts: Sequence[str]) -> set[tuple[int, int, int]]:
    """Every pair that is near, with its similarity in 1/1000, by sets of strings."""
    sets = [grams(text) for text in texts]
    found = set()
    for second, other in enumerate(sets):
        for first, one in enumerate(sets[:second]):
            common, union = len(one & other), len(one | other)
            if 5 * common >= 4 * union:
                found.add((first, second, (2000 * common + union) // (2 * union)))
    return found


def _with_copies(number: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    texts = list(_sentences(number, seed).values())
    return texts + [_edited(text, draw) for text in texts] + [_edited(text.upper(), draw) for text in texts[::3]]


ODD_TEXTS = [
    "",
    "a",
    "ab",
    "A",
    "AB",
    "ab\0",
    "\0",
    "\0\0\0",
    "abc",
    "ABC",
    "aaaa",
    "aaaaaaa",
    "İ",
    "i̇",
    "🙂🙂🙂",
    "🙂🙂🙂🙂",
]


def test_pairs_and_similarities_are_those_of_brute_force(tmp_path: Path) -> None:
    texts = _with_copies(200, seed=5) + ODD_TEXTS
    brute, found = _brute_force(texts), _as_set(_near(tmp_path, texts).pairs)
    assert len(brute) > 150
    assert found <= brute
    assert len(found) >= 0.98 * len(brute)


def test_overlaps_are_exact_for_texts_of_any_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.near.verify._KEY_BITS", 40)  # room for few pairs at a time
    draw = random.Random(1)
    many_characters = ["".join(chr(draw.randrange(0x20000, 0x2FFFF)) for _ in range(200)) for _ in range(10)]
    texts = ODD_TEXTS + many_characters + [text[:-20] for text in many_characters]
    first, second = np.triu_indices(len(texts), 1)
    found = overlaps(texts, first, second)
    sets = [grams(text) for text in texts]
    assert found.common.tolist() == [len(sets[a] & sets[b]) for a, b in zip(first, second, strict=True)]
    assert found.union.tolist() == [len(sets[a] | sets[b]) for a, b in zip(first, second, strict=True)]


def test_no_text_or_one_text_has_no_pair(tmp_path: Path) -> None:
    for texts in ([], ["Kommunen holder lukket."], [""]):
        found = _near(tmp_path, texts)
        assert (len(found.pairs), found.is_complete) == (0, True)


def test_the_work_is_cut_anywhere_and_run_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = _with_copies(40, seed=6) + [f"Sag nummer {number} er sendt til udvalget for teknik" for number in range(90)]
    expected = _near(tmp_path, texts)

    def backwards(task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        return [task(*pickle.loads(pickle.dumps(each))) for each in reversed(arguments)][::-1]

    for range_bytes, part_texts, text_grams in ((500, 5, 300), (7000, 64, 3000)):
        monkeypatch.setattr("corpus.near.search.RANGE_BYTES", range_bytes)
        monkeypatch.setattr("corpus.near.candidates.FEWEST_PART_TEXTS", part_texts)
        monkeypatch.setattr("corpus.near.candidates.MOST_PART_TEXTS", part_texts)
        monkeypatch.setattr("corpus.near.candidates._PAIRS_AT_A_TIME", 10 * text_grams)
        monkeypatch.setattr("corpus.near.compare.TEXT_GRAMS", text_grams)
        monkeypatch.setattr("corpus.near.compare.MOST_BYTES", text_grams)
        monkeypatch.setattr("corpus.near.verify.MOST_GRAMS", text_grams)
        assert _as_set(_near(tmp_path, texts, run=backwards).pairs) == _as_set(expected.pairs)


def test_survivors_of_a_crowd_are_those_of_comparing_all_its_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(7)
    texts = sorted({f"Sag nr. {draw.randrange(10**4)} er behandlet på mødet den {draw.randrange(1, 29)}. maj, og "
                    "er sendt i høring." for _ in range(500)})  # fmt: skip
    rank = np.array([zlib.crc32(text.encode()) for text in texts])
    monkeypatch.setattr("corpus.near.candidates.COMPLETE_BUCKET", 10**9)
    all_pairs = _near(tmp_path, texts, rank)
    monkeypatch.setattr("corpus.near.candidates.COMPLETE_BUCKET", 4)
    monkeypatch.setattr("corpus.near.search.FIRST_BLOCK", 8)
    some_pairs = _near(tmp_path, texts, rank)
    assert all_pairs.is_complete and some_pairs.is_complete
    assert _as_set(some_pairs.pairs) < _as_set(all_pairs.pairs)
    expected, actual = (survivors(len(texts), found.pairs, rank) for found in (all_pairs, some_pairs))
    assert 3 < expected.kept.sum() < 0.8 * len(texts)
    assert expected.kept.tolist() == actual.kept.tolist()
    assert actual.kept[actual.survivor].all()
    assert (rank[actual.survivor] <= rank).all()


def test_an_overfull_crowd_is_said_to_be_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.near.candidates.COMPLETE_BUCKET", 2)
    monkeypatch.setattr("corpus.near.candidates.PAIRS_PER_BUCKET", 10)
    texts = [f"Kommunen har den {number}. maj modtaget et høringssvar" for number in range(60)]
    found = _near(tmp_path, texts)
    assert not found.is_complete
    assert _as_set(found.pairs) <= _brute_force(texts)


@pytest.mark.slow
def test_thirty_thousand_near_identical_sentences_take_seconds(tmp_path: Path) -> None:
    texts = [f"Udvalget for teknik og miljø har på sit møde behandlet sag nr. {number}, og har sendt den til høring "
             "hos borgere og virksomheder i kommunen." for number in range(30_000)]  # fmt: skip
    started = time.process_time()
    found = _near(tmp_path, texts)
    assert found.is_complete
    assert survivors(len(texts), found.pairs).kept.sum() < 50
    assert time.process_time() - started < 120


def test_order_of_the_texts_does_not_change_which_stay(tmp_path: Path) -> None:
    texts = sorted(set(_with_copies(150, seed=8)))
    stays = []
    for seed in range(3):
        random.Random(seed).shuffle(texts)
        rank = np.array([zlib.crc32(text.encode()) for text in texts])
        kept = survivors(len(texts), _near(tmp_path, texts, rank).pairs, rank).kept
        stays.append({text for text, stay in zip(texts, kept, strict=True) if stay})
    assert stays[0] == stays[1] == stays[2]
    assert len(stays[0]) < len(texts)


def test_equal_ranks_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="same rank"):
        _near(tmp_path, ["a", "b"], np.array([1, 1]))


@st.composite
def _graphs(draw: st.DrawFn) -> tuple[int, NearPairs, NDArray[np.int64]]:
    number = draw(st.integers(2, 12))
    possible = [(one, other) for other in range(number) for one in range(other)]
    chosen = sorted(draw(st.sets(st.sampled_from(possible))))
    rank = draw(st.permutations(range(number)))
    columns = np.array(chosen, dtype=np.uint32).reshape(-1, 2)
    pairs = NearPairs(
        first=columns[:, 0], second=columns[:, 1], thousandths=np.arange(800, 800 + len(chosen)).astype("u2")
    )
    return number, pairs, np.array(rank)


@given(_graphs())
def test_survivors_and_clusters_follow_their_rules(graph: tuple[int, NearPairs, NDArray[np.int64]]) -> None:
    number, pairs, rank = graph
    neighbours: dict[int, dict[int, int]] = {text: {} for text in range(number)}
    for one, other, similarity in _as_set(pairs):
        neighbours[one][other] = neighbours[other][one] = similarity
    kept: list[int] = []
    found = survivors(number, pairs, rank)
    for text in sorted(range(number), key=lambda each: rank[each]):
        near = [each for each in kept if each in neighbours[text]]
        assert bool(found.kept[text]) == (not near)
        survivor = near[0] if near else text
        assert found.survivor[text] == survivor
        assert found.thousandths[text] == (neighbours[text][survivor] if near else 1000)
        kept += [] if near else [text]
    assert clusters(number, pairs, rank).tolist() == [_best_reached(text, neighbours, rank) for text in range(number)]


def _best_reached(text: int, neighbours: dict[int, dict[int, int]], rank: NDArray[np.int64]) -> int:
    reached, waiting = {text}, [text]
    while waiting:
        new = neighbours[waiting.pop()].keys() - reached
        reached |= new
        waiting += new
    return min(reached, key=lambda each: rank[each])


FRAME = [f"Linje {number} i skabelonen handler om {word} og om {other} i kommunen." for number in range(12)
         for word, other in zip(WORDS, WORDS[3:], strict=False)]  # fmt: skip


def test_documents_of_one_frame_stay_where_they_are_about_different_things(tmp_path: Path) -> None:
    draw = random.Random(9)
    letters = "abcdefghijklmnopqrstuvwxyzæøå "
    one, other = ("\n".join([*FRAME, *("".join(draw.choices(letters, k=80)) for _ in range(4))]) for _ in range(2))
    assert are_alike_where_they_differ(one, one)
    assert are_alike_where_they_differ(one, one + "\nTilføjet linje.")
    assert are_alike_where_they_differ(one.replace("kommunen", "regionen"), one)
    assert are_alike_where_they_differ("en linje alene, og kun den ene", "en linje alene, og kun den enen")
    rest = ["\n".join(FRAME[:40]), *(text.split("\n")[-4:][0] * 20 for text in (one, other))]
    assert not are_alike_where_they_differ(f"{rest[0]}\n{rest[1]}", f"{rest[0]}\n{rest[2]}")
    with _store(tmp_path, [one, one + "\nTilføjet linje.", "\n".join(FRAME[::-1])]) as store:
        found = near_documents(store, tmp_path)
    assert (0, 1) in {pair[:2] for pair in _as_set(found.pairs)}
