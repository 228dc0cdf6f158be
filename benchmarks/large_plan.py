"""Which pages, documents and sentences the large corpora have, before any text is made: arrays drawn from a seed.

In: a number of sentences, a seed. Out: a `Plan` over two quarters: of each page its site, its fate and what becomes of
it; of each sentence its page; which pages repeat which sentences. Some 100 bytes a sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpus.dedup import document_id
from corpus.schema import Change, DropReason
from corpus.split import is_validation_document
from crawler.register import Site, plain, read_register

OLDER, NEWER = range(2)
SENTENCES_PER_DOCUMENT = 13.5
KEPT = 0  # a fate; the others are places in FATES
# Shares of all pages; the rest are documents of the corpus.
_SHARES: Mapping[DropReason, float] = {
    DropReason.HTTP_STATUS: 0.09, DropReason.NOT_HTML: 0.05, DropReason.SOFT_404: 0.01, DropReason.RESERVED_PAGE: 0.005,
    DropReason.EMPTY_PAGE: 0.002, DropReason.NO_TEXT: 0.012, DropReason.CPR_ON_PAGE: 0.0004,
    DropReason.PEOPLE_LIST: 0.008, DropReason.BUILDING_CASE: 0.002, DropReason.HEARING_ANSWER: 0.002,
    DropReason.ONLY_BOILERPLATE: 0.005, DropReason.EXTRACTION_FAILED: 0.0005, DropReason.WALL: 0.002,
    DropReason.DOCUMENT_OTHER_LANGUAGE: 0.03, DropReason.DUPLICATE_DOCUMENT: 0.05,
    DropReason.NEAR_DUPLICATE_DOCUMENT: 0.03, DropReason.NO_SENTENCES: 0.02, DropReason.REPEATED_BLOCKS: 0.001,
}  # fmt: skip
FATES = (None, *_SHARES)
OF_DOCUMENTS = frozenset(
    {
        DropReason.DOCUMENT_OTHER_LANGUAGE, DropReason.DUPLICATE_DOCUMENT, DropReason.NEAR_DUPLICATE_DOCUMENT,
        DropReason.NO_SENTENCES, DropReason.REPEATED_BLOCKS,
    }
)  # fmt: skip
GONE_SHARE, NEW_SHARE, TEXT_SHARE, SHELL_SHARE, MOVED_SHARE = 0.04, 0.05, 0.08, 0.12, 0.01
REPLACED_SHARE = 0.5  # sentences of a page that has another text
COPIES, NEARS, SHORTS, OTHERS = 0.44, 0.13, 1.05, 0.14  # for each kept sentence of a page
_NEARBY = 2000  # sentences; half of what a page repeats stands on pages shortly before it
_MIX = np.uint64(0x9E3779B97F4A7C15)
CHANGES = (Change.NONE, Change.SHELL, Change.TEXT, Change.NEW)
SAME, SHELL, TEXT, NEW = range(4)


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """R places where a page repeats a sentence: (R,) page and sentence, in order of the pages."""

    page: NDArray[np.int64]
    sentence: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """P pages in order of (site, address), S sentences in order of their pages.

    In the older quarter a sentence that is replaced later is sentence S + s instead.

    Attributes:
        site, number, fate, change: (P,) place of the site, number in it, place in FATES, place in CHANGES.
        is_there: (2, P) by quarter.
        is_moved: (P,) whether it has another address in the newer quarter.
        first: (P + 1,) its first sentence.
        page, is_replaced: (S,).
        num_shorts, num_others: (P,) short lines and other sentences that are left out.
    """

    sites: tuple[Site, ...]
    site: NDArray[np.int64]
    number: NDArray[np.int64]
    fate: NDArray[np.int64]
    change: NDArray[np.int64]
    is_there: NDArray[np.bool_]
    is_moved: NDArray[np.bool_]
    first: NDArray[np.int64]
    page: NDArray[np.int64]
    is_replaced: NDArray[np.bool_]
    copies: Repeats
    nears: Repeats
    num_shorts: NDArray[np.int64]
    num_others: NDArray[np.int64]

    @property
    def num_sentences(self) -> int:
        return len(self.page)

    @cached_property
    def is_new_sentence(self) -> NDArray[np.bool_]:
        """(S,) whether only the newer quarter has it."""
        found: NDArray[np.bool_] = self.is_replaced | ~self.is_there[OLDER][self.page]
        return found

    @cached_property
    def first_urls(self) -> pa.Array:
        """(P,) addresses in the older quarter, or at first sight."""
        roots = [_root(site) for site in self.sites]
        pairs = zip(self.site.tolist(), self.number.tolist(), strict=True)
        return pa.array([f"{roots[site]}emne-{number // 50:04}/side-{number:06}" for site, number in pairs])

    @cached_property
    def newer_urls(self) -> pa.Array:
        """(P,) addresses in the newer quarter."""
        urls = zip(self.first_urls.to_pylist(), self.is_moved.tolist(), strict=True)
        return pa.array([f"{url}-ny" if is_moved else url for url, is_moved in urls])

    def urls(self, quarter: int) -> pa.Array:
        return self.newer_urls if quarter == NEWER else self.first_urls

    @cached_property
    def document_ids(self) -> pa.Array:
        pairs = zip(self.site.tolist(), self.first_urls.to_pylist(), strict=True)
        return pa.array([document_id(self.sites[site].id, url) for site, url in pairs])

    def is_validation(self, share: float) -> NDArray[np.bool_]:
        return is_validation_document(self.document_ids.to_pylist(), share)

    def capture_numbers(self, quarter: int) -> NDArray[np.uint64]:
        return (np.arange(len(self.site), dtype=np.uint64) * np.uint64(2) + np.uint64(quarter + 1)) * _MIX

    def sentences_of(self, quarter: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The kept sentences of a quarter: their places, and the numbers of their texts."""
        places = np.flatnonzero(self.is_there[quarter][self.page])
        return places, self.text_numbers(places, quarter)

    def text_numbers(self, places: NDArray[np.int64], quarter: int) -> NDArray[np.int64]:
        if quarter == NEWER:
            return places
        return np.where(self.is_replaced[places], places + self.num_sentences, places)


def make_plan(num_sentences: int, seed: int) -> Plan:
    """`num_sentences`: kept ones of the newer quarter."""
    rng = np.random.default_rng(seed)
    sites = tuple(sorted((site for site in read_register(None).sites if site.crawl), key=lambda site: site.id))
    num_documents = max(4 * len(sites), round(num_sentences / SENTENCES_PER_DOCUMENT / (1 - GONE_SHARE)))
    sizes = _sizes(rng, len(sites), round(num_documents / (1 - sum(_SHARES.values()))))
    site = np.repeat(np.arange(len(sites)), sizes)
    number = np.concatenate([np.arange(size) for size in sizes])
    is_fixed = number < 2  # each site has documents of which others are copies
    fate = rng.choice(len(FATES), len(site), p=[1 - sum(_SHARES.values()), *_SHARES.values()])
    fate[is_fixed] = KEPT
    coming = np.where(is_fixed, 0.5, rng.random(len(site)))
    is_there = np.stack([coming >= NEW_SHARE, coming < 1 - GONE_SHARE])
    limits = np.array([1 - TEXT_SHARE - SHELL_SHARE, 1 - TEXT_SHARE])
    change = np.searchsorted(limits, np.where(is_fixed, 0, rng.random(len(site))), side="right")
    change[~is_there[OLDER]] = NEW
    counts = _counts(rng, fate == KEPT, is_there[NEWER], num_sentences)
    page = np.repeat(np.arange(len(site)), counts)
    first = np.concatenate([[0], np.cumsum(counts)])
    is_lasting = is_there[OLDER] & is_there[NEWER]
    is_replaced = (change[page] == TEXT) & is_lasting[page] & (rng.random(len(page)) < REPLACED_SHARE)
    lasting = np.flatnonzero(is_lasting[page] & ~is_replaced)
    return Plan(
        sites=sites, site=site, number=number, fate=fate, change=change, is_there=is_there,
        is_moved=is_lasting & (rng.random(len(site)) < MOVED_SHARE), first=first, page=page,
        is_replaced=is_replaced, copies=_repeats(rng, counts, COPIES, first, lasting),
        nears=_repeats(rng, counts, NEARS, first, lasting),
        num_shorts=np.where(fate == KEPT, 2 + rng.poisson(SHORTS * counts), 0), num_others=rng.poisson(OTHERS * counts),
    )  # fmt: skip


def _sizes(rng: np.random.Generator, num_sites: int, num_pages: int) -> NDArray[np.int64]:
    """Pages of each site: the largest has some twenty times as many as the smallest."""
    weights = rng.lognormal(0, 0.7, num_sites)
    sizes: NDArray[np.int64] = np.maximum(3, np.round(num_pages * weights / weights.sum())).astype(np.int64)
    return sizes


def _counts(
    rng: np.random.Generator, is_kept: NDArray[np.bool_], is_newer: NDArray[np.bool_], num_sentences: int
) -> NDArray[np.int64]:  # fmt: skip
    """(P,) sentences of each page; exactly so many on those of the newer quarter."""
    counts = np.zeros(len(is_kept), dtype=np.int64)
    for places, number in (
        (np.flatnonzero(is_kept & is_newer), num_sentences),
        (np.flatnonzero(is_kept & ~is_newer), round(num_sentences * GONE_SHARE)),
    ):
        if len(places):
            weights = rng.gamma(1.5, size=len(places))
            counts[places] = rng.multinomial(number, weights / weights.sum())
    return counts


def _repeats(
    rng: np.random.Generator, counts: NDArray[np.int64], share: float, first: NDArray[np.int64],
    lasting: NDArray[np.int64],
) -> Repeats:  # fmt: skip
    """Repeated are sentences that both quarters have, of pages before; so the first page with it is that it is from."""
    page = np.repeat(np.arange(len(counts)), rng.poisson(share * counts))
    num_before = np.searchsorted(lasting, first[page])
    page, num_before = page[num_before > 0], num_before[num_before > 0]
    drawn = rng.random(len(page))
    nearby = num_before - 1 - (drawn * np.minimum(num_before, _NEARBY)).astype(np.int64)
    anywhere = (drawn**2 * num_before).astype(np.int64)
    return Repeats(page=page, sentence=lasting[np.where(rng.random(len(page)) < 0.5, nearby, anywhere)])


def _root(site: Site) -> str:
    """No real address; the areas share a host."""
    if site.kind == "area":
        return f"https://www.kl.kommuneby.test/{site.id}/"
    return f"https://www.{plain(site.name).replace(' ', '-')}.kommuneby.test/"
