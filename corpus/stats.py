"""Counts of a corpus, taken while it is written.

In: tables as they are written. Out: `statistics.json`: sentences and words by split, site and block; what was dropped,
by level, reason and site; findings of personal data; what became of documents and addresses since the corpus and the
snapshot before. Draws nothing.
"""

import json
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.boilerplate import is_long
from corpus.schema import DropReason
from foundation.errors import BrokenRunError

STATISTICS_NAME = "statistics.json"
_FREQUENCY = ("key", "is_kept", "num_pages")
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
        self.num_blocks = 0
        self.boilerplate: Counter[str] = Counter()
        self.boilerplate_blocks = {"long": 0, "short": 0}
        self.personal_data: Counter[str] = Counter()
        self.changes: dict[str, Counter[str]] = defaultdict(Counter)  # of documents, by site
        self.outcomes: dict[str, Counter[str]] = defaultdict(Counter)  # of addresses, by site

    def count_sentences(self, table: pa.Table, split: str) -> None:
        """Rows of the sentence table."""
        self.sentences[split] += table.num_rows
        self.words[split] += pc.sum(table["num_words"]).as_py() or 0
        _add(self.blocks, table["block"])
        _add(self.site_sentences, table["site"])
        words = table.group_by("site").aggregate([("num_words", "sum")])
        for site, number in zip(words["site"].to_pylist(), words["num_words_sum"].to_pylist(), strict=True):
            self.site_words[site] += number
        buckets = np.searchsorted(LENGTH_EDGES, table["num_words"].to_numpy(), side="right")
        for bucket, number in zip(*np.unique(buckets, return_counts=True), strict=True):
            self.lengths[_bucket_name(int(bucket))] += int(number)

    def count_dropped(self, table: pa.Table) -> None:
        """Rows of the dropped table."""
        counted = table.group_by(["site", "level", "reason"]).aggregate([([], "count_all")])
        for row in counted.to_pylist():
            self.dropped[row["level"]][row["reason"]] += row["count_all"]
            self.site_dropped[row["site"]][row["reason"]] += row["count_all"]

    def count_personal_data(self, table: pa.Table) -> None:
        """Rows of personal_data.parquet."""
        for row in table.group_by("kind").aggregate([("count", "sum")]).to_pylist():
            self.personal_data[row["kind"]] += row["count_sum"]

    def count_documents(self, table: pa.Table, site: str) -> None:
        """Rows of the documents table, all of one site."""
        self.documents[site] += table.num_rows
        if "change" in table.schema.names:  # not in corpora built before
            _add(self.changes[site], table["change"].drop_null())
        self.num_blocks += pc.sum(pc.list_value_length(table["blocks"])).as_py() or 0

    def count_boilerplate(self, table: pa.Table) -> None:
        """Rows of boilerplate.parquet; each block as often as it stands on different pages."""
        _add(self.boilerplate, table["site"])
        for key, is_kept, num_pages in zip(*(table[name].to_pylist() for name in _FREQUENCY), strict=True):
            self.boilerplate_blocks["long" if is_long(int(key, 16)) else "short"] += 0 if is_kept else num_pages

    def as_dict(self) -> dict[str, Any]:
        sites = sorted(self.pages.keys() | self.site_sentences.keys())
        return {
            "num_pages": sum(self.pages.values()),
            "num_documents": sum(self.documents.values()),
            "num_sentences": dict(self.sentences),
            "num_words": dict(self.words),
            "num_blocks": self.num_blocks,
            "boilerplate_blocks": self.boilerplate_blocks,
            "blocks": dict(self.blocks),
            "sentence_length_in_words": dict(self.lengths),
            "dropped": {level: dict(reasons) for level, reasons in self.dropped.items()},
            "personal_data": dict(self.personal_data),
            "changes": dict(sum(self.changes.values(), Counter())),
            "outcomes": dict(sum(self.outcomes.values(), Counter())),
            "sites": {
                site: {
                    "num_pages": self.pages[site], "num_documents": self.documents[site],
                    "num_sentences": self.site_sentences[site], "num_words": self.site_words[site],
                    "num_boilerplate_blocks": self.boilerplate[site], "dropped": dict(self.site_dropped[site]),
                    "changes": dict(self.changes[site]), "outcomes": dict(self.outcomes[site]),
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


def num_judged(statistics: dict[str, Any], level: str) -> int:
    """How many pages, documents or sentences were judged by the rules of that level.

    Sentences and documents that were kept, and those that were dropped at that level.
    """
    kept = statistics["num_documents"] if level == "document" else sum(statistics["num_sentences"].values())
    if level == "page":
        return int(statistics["num_pages"])
    return int(kept + sum(statistics["dropped"].get(level, {}).values()))


def damage_lines(statistics: dict[str, Any], advice: str) -> list[str]:
    """A sentence for each site of which pages could not be read from the archive; `advice` is the command to type."""
    return [
        f"site {site}: {number} pages could not be read from the archive and are left out; run: {advice}"
        for site, counts in statistics["sites"].items()
        if (number := counts["dropped"].get(DropReason.DAMAGED_RECORD, 0))
    ]


def _add(counter: Counter[str], column: pa.ChunkedArray) -> None:
    for each in column.value_counts().to_pylist():
        counter[each["values"]] += each["counts"]


def _bucket_name(bucket: int) -> str:
    if bucket == len(LENGTH_EDGES):
        return f"{LENGTH_EDGES[-1]}+"
    low, high = list(pairwise((1, *LENGTH_EDGES)))[bucket]
    return f"{low}-{high - 1}"
