"""MinHash signatures: texts whose sets of character 3-grams are alike agree in many places of their signatures.

In: texts. Out: signatures, and of them the keys of their bands and a sketch of one bit a place (Broder 1997; Leskovec,
Rajaraman and Ullman 2020, section 3.4; Li and König 2010 for the bits). The same text gives the same signature
everywhere; what is near is decided by exact comparison elsewhere (verify.py).
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

GRAM_LENGTH = 3
# Two texts with similarity s share a band with probability 1 - (1 - s^7)^40: 0.99992 at 0.8, 0.009 at 0.3. With 24
# bands 0.35 % of the pairs at 0.8 were missed, and one of them stood across the split of a small corpus. With 5 rows a
# band, chance pairs of 5 million sentences would number 200 million a band; with 7, 15 million.
NUM_BANDS, ROWS_PER_BAND = 40, 7
NUM_PLACES = NUM_BANDS * ROWS_PER_BAND
# Bits agree in share (1 + s) / 2: of 256 at 0.8, fewer than 208 agree with probability 0.000007. Two long texts of one
# language are alike by 0.5 anyway: of such pairs 1 % pass; with 128 bits and as few misses, one in four did.
SKETCH_BITS, LEAST_AGREEING_BITS = 256, 208
SKETCH_WORDS = SKETCH_BITS // 64
BATCH_CHARS = 8_000  # the hashes of 25 rows of such a batch fit a processor's second cache
_BATCH_HASHES = 250_000
_SEED = b"tvaerkom near duplicates"
_MIX, _MIX_2, _MIX_3 = np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D)  # xxHash's odd primes
_HALF = np.uint64(32)

# An odd factor permutes the 32-bit numbers, and each one in its own way: no further term is needed.
_FACTORS = np.frombuffer(hashlib.shake_256(_SEED).digest(4 * NUM_PLACES), dtype="<u4") | np.uint32(1)


def grams(text: str) -> frozenset[str]:
    """Character 3-grams of the lower-cased text; a shorter text is its own only gram."""
    lowered = text.lower()
    return frozenset(lowered[i : i + GRAM_LENGTH] for i in range(max(len(lowered) - GRAM_LENGTH + 1, 1)))


def signatures(texts: Iterable[str]) -> NDArray[np.uint32]:
    """(N, NUM_PLACES) uint32: the least hash of each text's grams, for each of NUM_PLACES hash functions."""
    return signatures_and_sizes(texts)[0].T


def signatures_and_sizes(texts: Iterable[str]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """(NUM_PLACES, N) signatures, and (N,) how many different grams each text has (one or two fewer, very rarely)."""
    batches = [_of_batch(batch) for batch in _batches(texts)]
    if not batches:
        return np.empty((NUM_PLACES, 0), dtype=np.uint32), np.empty(0, dtype=np.uint32)
    return np.concatenate([each for each, _ in batches], axis=1), np.concatenate([sizes for _, sizes in batches])


def bands(signature: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """(NUM_BANDS, N) uint32 keys of (NUM_PLACES, N) signatures; two texts are candidates where they share one."""
    rows = signature.reshape(NUM_BANDS, ROWS_PER_BAND, -1)
    keys = np.zeros((NUM_BANDS, rows.shape[2]), dtype=np.uint32)
    for row in range(ROWS_PER_BAND):
        keys ^= rows[:, row]
        keys *= _MIX
        keys ^= keys >> np.uint32(15)
    return keys


def sketches(signature: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """(N, SKETCH_WORDS) uint64: one bit of each of the first places of (NUM_PLACES, N) signatures."""
    bits = signature[:SKETCH_BITS] * _MIX_2 >> np.uint32(31)
    packed = np.packbits(bits.astype(bool), axis=0)
    return np.ascontiguousarray(packed.T).view(np.uint64)


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """Lower-cased texts, none shorter than a gram."""
    batch: list[str] = []
    size = 0
    for text in texts:
        lowered = text.lower().ljust(GRAM_LENGTH, "\0")
        if batch and size + len(lowered) > BATCH_CHARS:
            yield batch
            batch, size = [], 0
        batch.append(lowered)
        size += len(lowered)
    if batch:
        yield batch


def _of_batch(lowered: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    codes = np.frombuffer("".join(lowered).encode("utf-32-le"), dtype="<u4")
    lengths = np.array([len(text) for text in lowered])
    num_grams = lengths - (GRAM_LENGTH - 1)
    inside = np.ones(len(codes), dtype=bool)  # grams that cross from one text into the next do not count
    ends = np.cumsum(lengths)
    inside[ends - 1] = inside[ends - 2] = False
    tagged = np.repeat(np.arange(len(lowered), dtype=np.uint64) << _HALF, num_grams)
    tagged |= _gram_hashes(codes)[inside[:-2]]
    tagged.sort()
    is_first = np.ones(len(tagged), dtype=bool)
    np.not_equal(tagged[1:], tagged[:-1], out=is_first[1:])
    different = tagged[is_first]
    sizes = np.bincount(different >> _HALF, minlength=len(lowered))
    return _least(different.astype(np.uint32), np.cumsum(sizes) - sizes), sizes.astype(np.uint32)


def _gram_hashes(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """32 well-mixed bits of each three code points side by side."""
    hashes = codes[:-2] * _MIX
    hashes += codes[1:-1]
    hashes ^= hashes >> np.uint32(15)
    hashes *= _MIX_2
    hashes += codes[2:]
    hashes ^= hashes >> np.uint32(13)
    hashes *= _MIX_3
    hashes ^= hashes >> np.uint32(16)
    return hashes


def _least(hashes: NDArray[np.uint32], starts: NDArray[np.int64]) -> NDArray[np.uint32]:
    found = np.empty((NUM_PLACES, len(starts)), dtype=np.uint32)
    step = max(_BATCH_HASHES // len(hashes), 1)
    for first in range(0, NUM_PLACES, step):
        products = _FACTORS[first : first + step, None] * hashes
        np.minimum.reduceat(products, starts, axis=1, out=found[first : first + step])
    return found
