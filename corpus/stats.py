"""Counts of a corpus, taken while it is written.

In: rows as they are written. Out: `statistics.json`: sentences and words by split, site and block; what was dropped,
by level, reason and site. Draws nothing.
"""

import json
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from foundation.errors import BrokenRunError

STATISTICS_NAME = "statistics.json"
LENGTH_EDGES = (8, 10, 15, 20, 30, 50, 100)  # words; the last bucket is open


class Statistics:
    """Counters of one build."""

    def __init__(self) -> None:
        self.sentences: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        self.blocks: Counter[str] = Counter()
        self.lengths: Counter[str] = Counter()
        self.pages: Counter[str] = Counter()
        self.documents: Counter[str] = Counter()
        self.site_sentences: Counter[str] = Counter()
        self.site_words: Counter[str] = Counter()
        self.dropped: dict[str, Counter[str]] = defaultdict(Counter)
        self.site_dropped: dict[str, Counter[str]] = defaultdict(Counter)
        self.personal_data: Counter[str] = Counter()

    def count_sentence(self, row: dict[str, Any], split: str) -> None:
        self.sentences[split] += 1
        self.words[split] += row["num_words"]
        self.blocks[row["block"]] += 1
        self.lengths[_length_bucket(row["num_words"])] += 1
        self.site_sentences[row["site"]] += 1
        self.site_words[row["site"]] += row["num_words"]

    def count_dropped(self, row: dict[str, Any]) -> None:
        self.dropped[row["level"]][row["reason"]] += 1
        self.site_dropped[row["site"]][row["reason"]] += 1

    def as_dict(self) -> dict[str, Any]:
        sites = sorted(self.pages.keys() | self.site_sentences.keys())
        return {
            "num_pages": sum(self.pages.values()),
            "num_documents": sum(self.documents.values()),
            "num_sentences": dict(self.sentences),
            "num_words": dict(self.words),
            "blocks": dict(self.blocks),
            "sentence_length_in_words": dict(self.lengths),
            "dropped": {level: dict(reasons) for level, reasons in self.dropped.items()},
            "personal_data": dict(self.personal_data),
            "sites": {
                site: {
                    "num_pages": self.pages[site], "num_documents": self.documents[site],
                    "num_sentences": self.site_sentences[site], "num_words": self.site_words[site],
                    "dropped": dict(self.site_dropped[site]),
                }
                for site in sites
            },
        }  # fmt: skip


def read_statistics(corpus: Path) -> dict[str, Any]:
    """Read the statistics of a corpus.

    Raises:
        BrokenRunError: the file is missing or damaged.
    """
    path = corpus / STATISTICS_NAME
    try:
        statistics: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BrokenRunError(f"{path}: cannot be read ({error}); run: tvaerkom corpus verify {corpus.name}") from None
    return statistics


def _length_bucket(num_words: int) -> str:
    if num_words >= LENGTH_EDGES[-1]:
        return f"{LENGTH_EDGES[-1]}+"
    edges = (1, *LENGTH_EDGES)
    low, high = next((low, high) for low, high in pairwise(edges) if num_words < high)
    return f"{low}-{high - 1}"
