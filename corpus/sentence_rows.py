"""The sentence tables of a corpus, and the sentences among what was dropped.

In: what is joined of all sites. Out: shards of sentences, written a part at a time; rows of what was dropped.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpus.dedup import ids_of
from corpus.joined import Joined, ids_or_null, repeated, with_nulls
from corpus.schema import DROPPED_SCHEMA, SENTENCE_SCHEMA, SPLITS, THOUSANDTHS, DropReason
from corpus.sentence_parts import read_removed, read_unique
from corpus.site_tables import BLOCK_KINDS
from corpus.stats import Statistics
from corpus.verdicts import REASONS, STAYS
from foundation.progress import progress


class SentenceRows:
    """Rows of the sentence tables, by part."""

    def __init__(self, joined: Joined) -> None:
        self.joined = joined
        self._sites = pa.array([site.site for site in joined.sites], type=pa.string())
        self._areas = pa.array([site.area for site in joined.sites], type=pa.string())

    def write(self, folder: Path, statistics: Statistics, drop: Callable[[pa.Table], None]) -> None:
        """In order of sentence_id, a hash: training reads a shuffled corpus, and a diff of two quarters is local."""
        writers = [self.joined.shard_writer(folder, split, SENTENCE_SCHEMA) for split in SPLITS]
        ranges = self.joined.parts()
        with progress(f"corpus {self.joined.name}: writing", unit="parts", total=len(ranges)) as meter:
            for number, (first, last) in enumerate(ranges):
                unique = read_unique(self.joined.work, number)
                verdict = self.joined.verdicts.verdict[first:last]
                rows = self._rows(unique, first, last)
                for side, writer in enumerate(writers):
                    is_wanted = (verdict == STAYS) & (self.joined.verdicts.sides[first:last] == side)
                    kept = rows.filter(pa.array(is_wanted))
                    statistics.count_sentences(kept, writer.stem)
                    writer.write(kept)
                drop(self._duplicates(number))
                drop(self._near_duplicates(rows, verdict, first, last))
                meter.advance()
        for writer in writers:
            writer.close()

    def _rows(self, unique: pa.Table, first: int, last: int) -> pa.Table:
        verdicts = self.joined.verdicts
        sites, kinds = unique["site"], pa.array(BLOCK_KINDS)
        cluster = verdicts.cluster[first:last]
        columns = {name: unique[name] for name in
                   ("text", "position", "num_words", "num_masked", "num_occurrences", "num_sites")}  # fmt: skip
        columns |= {
            "sentence_id": ids_of(verdicts.sentences[first:last]),
            "document_id": ids_of(unique["document"].to_numpy()),
            "block": kinds.take(unique["kind"]), "site": self._sites.take(sites), "area": self._areas.take(sites),
            "url": self.joined.urls.take(pa.array(self.joined.places(unique["document"].to_numpy()))),
            "language_score": unique["score"].to_numpy() / THOUSANDTHS,
            "num_near_duplicates": verdicts.num_near[first:last],
            "cluster_id": ids_or_null(verdicts.sentences, cluster),
            "first_quarter": pa.array(self.joined.quarter_names).take(unique["quarter"]),
        }  # fmt: skip
        return pa.table(columns)

    def _duplicates(self, number: int) -> pa.Table:
        """Occurrences of which another is the survivor; where that one goes itself, the one for which it goes."""
        removed, verdicts = read_removed(self.joined.work, number), self.joined.verdicts
        places = np.searchsorted(verdicts.sentences, removed["sentence"].to_numpy())
        return with_nulls(
            {
                "level": repeated("sentence", removed),
                "reason": repeated(DropReason.DUPLICATE_SENTENCE, removed),
                "site": self._sites.take(removed["site"]),
                "url": self.joined.urls.take(pa.array(self.joined.places(removed["document"].to_numpy()))),
                "text": removed["text"],
                "kept_id": ids_or_null(verdicts.sentences, verdicts.kept[places]),
                "similarity": verdicts.similarity[places] / THOUSANDTHS,
            },
            DROPPED_SCHEMA,
        )  # fmt: skip

    def _near_duplicates(self, rows: pa.Table, verdict: NDArray[np.int8], first: int, last: int) -> pa.Table:
        verdicts, gone = self.joined.verdicts, np.flatnonzero(verdict != STAYS)
        some = rows.take(pa.array(gone))
        return with_nulls(
            {
                "level": repeated("sentence", some), "reason": pa.array([REASONS[each] for each in verdict[gone]]),
                "site": some["site"], "url": some["url"], "text": some["text"],
                "kept_id": ids_or_null(verdicts.sentences, verdicts.kept[first:last][gone]),
                "similarity": verdicts.similarity[first:last][gone] / THOUSANDTHS,
            },
            DROPPED_SCHEMA,
        )  # fmt: skip
