"""Near duplicates on opposite sides of the split, so that no near copy of a training sentence validates a model.

In: sentences with their side. Out: pairs, and which of each goes. Near means a Jaccard similarity of at least 0.8 on
the sets of lower-cased character 3-grams: MinHash finds candidates, exact comparison decides. Near duplicates on one
side, and clusters, are not looked for.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus.minhash import band_keys, grams, jaccard, signatures

THRESHOLD = 0.8


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two near duplicates on opposite sides, and how alike they are (0.8 to 1)."""

    training_id: str
    validation_id: str
    similarity: float


class ValidationIndex:
    """The validation sentences by the bands of their signatures."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._ids = sorted(sentences)
        self._grams = [grams(sentences[identity]) for identity in self._ids]
        self._by_band: dict[tuple[int, bytes], list[int]] = defaultdict(list)
        for place, signature in enumerate(signatures([sentences[identity] for identity in self._ids])):
            for band in enumerate(band_keys(signature)):
                self._by_band[band].append(place)

    def pairs_with(self, training: Sequence[tuple[str, str]]) -> Iterator[Pair]:
        """Pairs of validation sentences with these (id, text), in order of the latter, then of the former's ids."""
        for (identity, text), signature in zip(training, signatures([text for _, text in training]), strict=True):
            places = {place for band in enumerate(band_keys(signature)) for place in self._by_band.get(band, ())}
            if not places:
                continue
            wanted = grams(text)
            for place in sorted(places):
                similarity = jaccard(wanted, self._grams[place])
                if similarity >= THRESHOLD:
                    yield Pair(training_id=identity, validation_id=self._ids[place], similarity=similarity)


def to_drop(pair: Pair, carried: Mapping[str, str]) -> str:
    """The id of a pair that goes: judged pair by pair, never by cluster.

    The carried one stays; of two new ones the training one; of two carried ones the validation one.
    """
    if pair.validation_id not in carried:
        return pair.validation_id
    return pair.training_id
