"""Counts a finished corpus from its published tables.

In: a corpus. Out: `Figures`. Each table is read by column; statistics.json is taken at its word only for what no table
of a corpus has, the outcomes of addresses, so that the two can be held against each other. Words are counted in
vocabulary.py, tokens in token_counts.py.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from corpus.inspection.connection import connected
from corpus.inspection.database import add_views, readable
from corpus.inspection.figures import (
    DOCUMENT_EDGES,
    LENGTH_EDGES,
    SCORE_STEPS,
    Counts,
    Figures,
    SiteFigures,
    Totals,
    Twins,
)
from corpus.inspection.token_counts import count_tokens, read_tokenizer
from corpus.inspection.vocabulary import read_vocabulary
from corpus.schema import SPLITS, DropReason, read_corpus_manifest
from corpus.stats import STATISTICS_NAME, read_statistics
from foundation.quarters import parse_quarter

# Sentences that went although they passed the rules: another one stays for them.
DUPLICATES = (
    DropReason.DUPLICATE_SENTENCE, DropReason.NEAR_DUPLICATE_SENTENCE, DropReason.NEAR_DUPLICATE_ACROSS_SPLIT,
)  # fmt: skip
NO_PAGE = DropReason.HTTP_STATUS  # a redirect or an error: its address is among what was dropped, and is no page
_TWINS_OF = {
    DropReason.DUPLICATE_SENTENCE: "same", DropReason.NEAR_DUPLICATE_SENTENCE: "near",
    DropReason.NEAR_DUPLICATE_ACROSS_SPLIT: "near", DropReason.DUPLICATE_DOCUMENT: "documents_same",
    DropReason.NEAR_DUPLICATE_DOCUMENT: "documents_near",
}  # fmt: skip
_COUNTERS = ("first_seen", "last_changed", "first_quarters", "blocks", "personal_data", "changes", "outcomes")
_SENTENCES = f"""
select site, split, least(num_words // {LENGTH_EDGES[1]}, {len(LENGTH_EDGES) - 1}),
    least(cast(floor(language_score * {SCORE_STEPS}) as integer), {SCORE_STEPS - 1}),
    first_quarter, block, count(*), sum(num_words), sum(language_score)
from sentences group by all order by all
"""
_DOCUMENTS = """
select site, year(first_seen) || 'Q' || quarter(first_seen), year(last_changed) || 'Q' || quarter(last_changed),
    num_sentences, change, count(*)
from documents group by all order by all
"""
_DROPPED = "select site, level, reason, count(*) from dropped group by all order by all"
# a duplicate whose survivor an erasure took has no partner any more
_DUPLICATES_OF = """
select gone.site, gone.reason, kept.site = gone.site, count(*)
from dropped gone join {table} kept on gone.kept_id = kept.{key}
where gone.level = '{level}' group by all order by all
"""


def measure(corpus: Path, work: Path, *, tokenizer: str | None = None, with_words: bool = True) -> Figures:
    """Count a corpus.

    Args:
        work: folder for what does not fit into memory.
        tokenizer: folder or name of the one whose tokens are counted.

    Raises:
        BrokenRunError: it is not complete, or a file of it cannot be read.
        ConfigError: there is no such tokenizer.
    """
    manifest = read_corpus_manifest(corpus)
    loaded = read_tokenizer(tokenizer) if tokenizer else None
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    with connected(work) as connection, readable(corpus):
        add_views(connection, corpus)
        for count in (_count_sentences, _count_documents, _count_dropped, _count_duplicates, _count_lists):
            count(connection, tallies)
        if any(entry.path == STATISTICS_NAME for entry in manifest.files):
            _take_outcomes(corpus, tallies)
        tokens = count_tokens(corpus, loaded) if loaded else None
        new_in = str(parse_quarter(manifest.name).base) if manifest.follows else None
        return Figures(
            name=manifest.name, id=manifest.id, revision=manifest.revision, follows=manifest.follows,
            tokenizer=tokenizer, sites=tuple(_sites(connection, tallies, tokens)),
            vocabulary=read_vocabulary(connection, new_in=new_in) if with_words else None,
        )  # fmt: skip


@dataclass
class _Tally:
    """Counts of one site while they are taken."""

    numbers: Counter[str] = field(default_factory=Counter)
    score_sum: float = 0.0
    counters: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    buckets: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    twins: Counter[tuple[str, bool]] = field(default_factory=Counter)

    def counts(self, tokens: int | None) -> Counts:
        dropped = self.dropped
        num_gone = sum(number for (level, reason), number in dropped.items() if _is_page_lost(level, reason))
        num_passed = sum(number for (_, reason), number in dropped.items() if reason in DUPLICATES)
        train, validation = (self.numbers[split] for split in SPLITS)
        rest: dict[str, Any] = {name: self.counters[name] for name in _COUNTERS}
        rest |= {
            name: Twins(within=self.twins[name, True], across=self.twins[name, False]) for name in {*_TWINS_OF.values()}
        }
        return Counts(
            totals=Totals(
                pages=self.numbers["documents"] + num_gone, documents=self.numbers["documents"], train=train,
                validation=validation, words=self.numbers["words"], occurrences=train + validation + num_passed,
                tokens=tokens,
            ),
            dropped=dropped, score_sum=round(self.score_sum, 3), num_boilerplate=self.numbers["boilerplate"],
            lengths=self.buckets["lengths"], scores=self.buckets["scores"],
            document_lengths=self.buckets["document_lengths"], **rest,
        )  # fmt: skip


def _is_page_lost(level: str, reason: str) -> bool:
    return level == "document" or (level == "page" and reason != NO_PAGE)


def _count_sentences(connection: duckdb.DuckDBPyConnection, tallies: dict[str, _Tally]) -> None:
    for site, split, length, score, quarter, block, number, words, scores in connection.execute(_SENTENCES).fetchall():
        tally = tallies[site]
        tally.numbers[split] += number
        tally.numbers["words"] += int(words)
        tally.score_sum += scores
        tally.buckets["lengths"][length] += number
        tally.buckets["scores"][score] += number
        tally.counters["first_quarters"][quarter] += number
        tally.counters["blocks"][block] += number


def _count_documents(connection: duckdb.DuckDBPyConnection, tallies: dict[str, _Tally]) -> None:
    for site, first_seen, last_changed, sentences, change, number in connection.execute(_DOCUMENTS).fetchall():
        tally = tallies[site]
        tally.numbers["documents"] += number
        bucket = max(place for place, edge in enumerate(DOCUMENT_EDGES) if edge <= sentences)
        tally.buckets["document_lengths"][bucket] += number
        for name, value in (("first_seen", first_seen), ("last_changed", last_changed), ("changes", change)):
            if value is not None:  # an archive made elsewhere has no times
                tally.counters[name][value] += number


def _count_dropped(connection: duckdb.DuckDBPyConnection, tallies: dict[str, _Tally]) -> None:
    for site, level, reason, number in connection.execute(_DROPPED).fetchall():
        tallies[site].dropped[level, reason] += number


def _count_duplicates(connection: duckdb.DuckDBPyConnection, tallies: dict[str, _Tally]) -> None:
    for level, table, key in (
        ("sentence", "sentences", "sentence_id"), ("document", "documents", "document_id"),
    ):  # fmt: skip
        query = _DUPLICATES_OF.format(table=table, key=key, level=level)
        for site, reason, is_within, number in connection.execute(query).fetchall():
            tallies[site].twins[_TWINS_OF[DropReason(reason)], is_within] += number


def _count_lists(connection: duckdb.DuckDBPyConnection, tallies: dict[str, _Tally]) -> None:
    for site, kind, number in connection.execute(
        "select site, kind, sum(count) from personal_data group by all order by all"
    ).fetchall():
        tallies[site].counters["personal_data"][kind] += int(number)
    for site, number in connection.execute(
        "select site, count(*) from boilerplate where not is_kept group by all order by all"
    ).fetchall():
        tallies[site].numbers["boilerplate"] += number


def _take_outcomes(corpus: Path, tallies: dict[str, _Tally]) -> None:
    """A corpus of an earlier version has none."""
    for site, values in read_statistics(corpus)["sites"].items():
        tallies[site].counters["outcomes"].update(values.get("outcomes", {}))


def _sites(
    connection: duckdb.DuckDBPyConnection, tallies: dict[str, _Tally], tokens: dict[str, int] | None
) -> Iterator[SiteFigures]:  # fmt: skip
    """In order of their ids; of a KL area its label is its name."""
    rows = connection.execute("select site, name, kind, region, terminal_state from sites order by site").fetchall()
    for site, name, kind, region, state in rows:
        yield SiteFigures(
            site=site, name=name, kind=kind, region=region, area=name if kind == "area" else None, state=state,
            counts=tallies[site].counts(tokens.get(site, 0) if tokens is not None else None),
        )  # fmt: skip
