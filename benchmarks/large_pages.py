"""The pages of one site of the large corpora in one quarter: documents, what was left out of them, their addresses.

In: a plan, texts, a quarter, a site. Out: rows for the tables of a corpus. Notes of each sentence where it stands.
Writes nothing.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.large_plan import CHANGES, FATES, KEPT, NEW, NEWER, OF_DOCUMENTS, OLDER, SHELL, TEXT, Plan, Repeats
from benchmarks.large_texts import Texts
from corpus.dedup import ids_of
from corpus.schema import DropReason

BLOCK_KINDS = ("heading", "paragraph", "list", "table")
_HEADING, _PARAGRAPH, _LIST, _TABLE = range(len(BLOCK_KINDS))
_SENTENCES_PER_BLOCK = 3
STARTS_US = tuple(int(np.datetime64(day, "us").astype(np.int64)) for day in ("2026-07-06", "2026-10-05"))
_PAUSE_US = 2_000_000  # between two pages
_FOREIGN = (
    "Welcome to the municipality.", "Here you find information about schools and day care.",
    "Please contact us if you have any questions about your application.",
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """The text of a document, by its blocks."""

    title: str
    blocks: list[tuple[int, str]]

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.blocks)


@dataclass
class Losses:
    """What was left out: rows as columns."""

    level: list[str] = field(default_factory=list)
    reason: list[str] = field(default_factory=list)
    url: list[str] = field(default_factory=list)
    text: list[str | None] = field(default_factory=list)
    kept_id: list[str | None] = field(default_factory=list)
    similarity: list[float | None] = field(default_factory=list)

    def add(
        self, level: str, reason: DropReason, url: str, text: str | None, kept_id: str | None = None,
        similarity: float | None = None,
    ) -> None:  # fmt: skip
        for column, value in zip(vars(self).values(), (level, reason, url, text, kept_id, similarity), strict=True):
            column.append(value)

    def extend(self, others: "Losses") -> None:
        for column, some in zip(vars(self).values(), vars(others).values(), strict=True):
            column.extend(some)

    def __len__(self) -> int:
        return len(self.level)


class Pages:
    """The pages of a quarter, made in order.

    Attributes:
        position, block: (S,) of each sentence in its document, and the place of its block in BLOCK_KINDS.
    """

    def __init__(self, plan: Plan, texts: Texts, quarter: int) -> None:
        self.plan, self.texts, self.quarter = plan, texts, quarter
        self.position = np.zeros(plan.num_sentences, dtype=np.int32)
        self.block = np.zeros(plan.num_sentences, dtype=np.int8)
        self.urls: list[str] = plan.urls(quarter).to_pylist()
        self._document_ids: list[str] = plan.document_ids.to_pylist()
        pages = np.arange(len(plan.site) + 1)
        self._copies, self._nears = (np.searchsorted(each.page, pages) for each in (plan.copies, plan.nears))
        self._shorts = np.concatenate([[0], np.cumsum(plan.num_shorts)])
        self._others = np.concatenate([[0], np.cumsum(plan.num_others)])

    def of_site(self, site: int) -> Iterator[tuple[int, Page | None, Losses]]:
        """Each page with its document, where it has one that stays, and what of it does not."""
        plan, kept = self.plan, (0, Page("", []))  # the last lasting document, of which others are copies
        first, last = np.searchsorted(plan.site, [site, site + 1]).tolist()
        for page in range(first, last):
            if not plan.is_there[self.quarter][page]:
                continue
            losses = Losses()
            if plan.fate[page] != KEPT:
                self._dropped(page, kept, losses)
                yield page, None, losses
                continue
            document = self._document(page, losses)
            if plan.number[page] < 2:
                kept = page, document
            yield page, document, losses

    def _document(self, page: int, losses: Losses) -> Page:
        url, texts = self.urls[page], self.texts
        places = np.arange(self.plan.first[page], self.plan.first[page + 1])
        pieces: list[tuple[str, int]] = [
            (texts.sentence(number, bool(self.plan.is_new_sentence[place])) if number == place
             else texts.sentence(number), place)
            for place, number in zip(places.tolist(), self.plan.text_numbers(places, self.quarter).tolist(),
                                     strict=True)
        ]  # fmt: skip
        pieces += [(texts.sentence(number), -1) for number in _some(self.plan.copies, self._copies, page)]
        nears = _some(self.plan.nears, self._nears, page)
        pieces += [(texts.near(texts.sentence(number), page + number), -1) for number in nears]
        for number in range(self._others[page], self._others[page + 1]):
            reason, text = texts.other(number)
            losses.add("sentence", reason, url, text)
            pieces.append((text, -1))
        shorts = [texts.short(number) for number in range(self._shorts[page], self._shorts[page + 1])]
        for text in shorts:
            losses.add("sentence", DropReason.FEW_WORDS, url, text)
        return self._laid_out(page, pieces, shorts)

    def _laid_out(self, page: int, pieces: list[tuple[str, int]], shorts: list[str]) -> Page:
        """A short line before each block of sentences, the others behind them."""
        blocks, position, waiting = [], 0, iter(shorts)
        num_blocks = -(-len(pieces) // _SENTENCES_PER_BLOCK)
        for number in range(num_blocks):
            if line := next(waiting, None):
                blocks.append((_HEADING, line))
                position += 1
            kind = _LIST if (page + number) % 9 == 0 else _TABLE if (page + number) % 25 == 1 else _PARAGRAPH
            some = pieces[number::num_blocks]
            for _, sentence in some:
                if sentence >= 0:
                    self.position[sentence], self.block[sentence] = position, kind
                position += 1
            blocks.append((kind, " ".join(text for text, _ in some)))
        blocks += [(_LIST if page % 3 else _TABLE, line) for line in waiting]
        return Page(shorts[0], blocks)

    def _dropped(self, page: int, kept: tuple[int, Page], losses: Losses) -> None:
        reason, url = FATES[self.plan.fate[page]], self.urls[page]
        if reason is None:
            raise ValueError("a document that stays is not dropped")
        if reason not in OF_DOCUMENTS:
            losses.add("page", reason, url, None)
        elif reason == DropReason.DUPLICATE_DOCUMENT:
            losses.add("document", reason, url, kept[1].text, self._document_ids[kept[0]], 1.0)
        elif reason == DropReason.NEAR_DUPLICATE_DOCUMENT:
            text = f"{kept[1].text}\n{self.texts.short(page)}"
            losses.add("document", reason, url, text, self._document_ids[kept[0]], 0.9 + page % 90 / 1000)
        elif reason == DropReason.DOCUMENT_OTHER_LANGUAGE:
            losses.add("document", reason, url, "\n".join((self.texts.short(page), *_FOREIGN)))
        else:
            losses.add("document", reason, url, "\n".join([self.texts.short(page)] * 2))


def documents_table(pages: Pages, found: list[tuple[int, Page]], sides: pa.Array, kept: NDArray[np.int64]) -> pa.Table:
    """Rows of documents, of one site, with what is carried on besides.

    Args:
        sides: (P,) of the split.
        kept: (P,) sentences that are taken from each page.
    """
    plan, quarter = pages.plan, pages.quarter
    rows = np.array([page for page, _ in found], dtype=np.int64)
    site = plan.sites[plan.site[rows[0]]]
    texts = [document.text for _, document in found]
    times = page_times(plan, quarter, rows)
    captures = ids_of(plan.capture_numbers(quarter)[rows])
    same = dict.fromkeys(("language", "language_attribute"), ["da"] * len(rows))
    return pa.table(
        same
        | {
            "document_id": plan.document_ids.take(rows), "url": pa.array([pages.urls[row] for row in rows.tolist()]),
            "site": [site.id] * len(rows), "area": pa.array([site.label] * len(rows), pa.string()),
            "title": [document.title for _, document in found], "language_score": 0.95 + rows % 50 / 1000,
            "page_date": [f"202{row % 6}-{row % 12 + 1:02}-{row % 28 + 1:02}" if row % 3 else None
                          for row in rows.tolist()],
            "extraction": ["trafilatura" if row % 4 else "trafilatura+rescue" for row in rows.tolist()],
            "extraction_reason": ["main text found" if row % 4 else "3 of 20 blocks put back"
                                  for row in rows.tolist()],
            "text": texts,
            "blocks": [[{"kind": BLOCK_KINDS[kind], "text": text} for kind, text in document.blocks]
                       for _, document in found],
            "text_sha256": [hashlib.sha256(text.encode()).hexdigest() for text in texts],
            "cluster_id": pa.nulls(len(rows), pa.string()), "split": sides.take(rows), "capture_id": captures,
            "num_sentences": kept[rows].astype(np.int32), "page_key": captures,
            "first_url": first_urls(plan, quarter, rows),
            "change": pa.nulls(len(rows), pa.string()) if quarter == OLDER
            else pa.array([CHANGES[change] for change in plan.change[rows].tolist()]),
        }
        | times
    )  # fmt: skip


def page_times(plan: Plan, quarter: int, rows: NDArray[np.int64]) -> dict[str, Any]:
    """When pages were fetched, first seen, and last had other texts and other bytes."""
    fetched, before = (start + rows * _PAUSE_US for start in (STARTS_US[quarter], STARTS_US[OLDER]))
    change = plan.change[rows]
    is_newer = quarter == NEWER
    microseconds = {
        "fetched_at": fetched,
        "first_seen": np.where(is_newer & (change == NEW), fetched, before),
        "last_changed": np.where(is_newer & (change >= TEXT), fetched, before),
        "bytes_changed": np.where(is_newer & (change >= SHELL), fetched, before),
    }
    return {name: pa.array(values, pa.timestamp("us", tz="UTC")) for name, values in microseconds.items()}


def first_urls(plan: Plan, quarter: int, rows: NDArray[np.int64]) -> pa.Array:
    """Of pages that moved, where they were first."""
    urls = zip(plan.first_urls.take(rows).to_pylist(), plan.is_moved[rows].tolist(), strict=True)
    return pa.array([url if quarter == NEWER and is_moved else None for url, is_moved in urls], pa.string())


def _some(repeats: Repeats, starts: NDArray[np.int64], page: int) -> list[int]:
    found: list[int] = repeats.sentence[starts[page] : starts[page + 1]].tolist()
    return found
