"""The figures of a corpus as tables: what a terminal, Markdown, CSV and LaTeX show.

In: `Figures`. Out: `Table`s, each with a name by which it can be asked for. Formats nothing; writing.py does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.inspection.coverage import SiteCoverage, by_group
from corpus.inspection.figures import (
    DOCUMENT_EDGES,
    LENGTH_EDGES,
    SCORE_EDGES,
    Counts,
    Figures,
    quarters_of,
)

Cell = str | int | float | None


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells below headings; `note` says what the reader has to know."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


_SIZES = ("pages", "documents", "sentences", "words", "unique share")
_TOKENS = "tokens"


def tables_of(figures: Figures) -> list[Table]:
    """All tables, in the order in which they are read; those without rows are left out."""
    tables = [make(figures) for make in (
        _totals, _sites, _regions, _areas, _dropped, _dropped_by_site, _duplicates, _duplicates_by_site, _lengths,
        _document_lengths, _scores, _freshness, _changes, _outcomes, _blocks, _personal_data, _new_words,
    )]  # fmt: skip
    return [table for table in tables if table.rows]


def coverage_table(covered: Sequence[SiteCoverage]) -> Table:
    """The sites of which something is to be said, the most serious first."""
    rows = [(group, each.site, each.name, each.reason) for group, sites in by_group(covered).items() for each in sites]
    return Table(name="coverage", title="Not as it should be", columns=("what", "site", "name", "reason"), rows=rows)


def _totals(figures: Figures) -> Table:
    counts = figures.all
    totals, words = counts.totals, figures.vocabulary
    rows: list[tuple[str, Cell]] = [
        ("sites", len(figures.sites)), ("pages", totals.pages), ("documents", totals.documents),
        ("sentences", totals.sentences), ("of them for training", totals.train),
        ("of them for validation", totals.validation), ("words", totals.words), ("tokens", totals.tokens),
        ("sentences before duplicates went", totals.occurrences), ("unique share", totals.unique_share),
        ("different words", words.num_distinct if words else None),
        ("words new in this quarter", words.num_new if words else None),
        ("mean words in a sentence", _rounded(counts.mean_words, 1)),
        ("mean language score", _rounded(counts.mean_score, 3)),
    ]  # fmt: skip
    note = f"tokens of {figures.tokenizer}" if figures.tokenizer else "tokens: with --tokenizer"
    return Table(name="totals", title="All", columns=("what", "number"), note=note,
                 rows=[row for row in rows if row[1] is not None])  # fmt: skip


def _sites(figures: Figures) -> Table:
    rows = [
        (site.site, site.name, site.region, site.state, site.counts.num_boilerplate, *_sizes(site.counts))
        for site in figures.sites
    ]  # fmt: skip
    return Table(name="sites", title="Sites", rows=rows,
                 columns=("site", "name", "region", "state", "boilerplate", *_size_columns(figures)))  # fmt: skip


def _regions(figures: Figures) -> Table:
    return _groups(figures, "regions", "Regions", "region", figures.regions)


def _areas(figures: Figures) -> Table:
    return _groups(figures, "areas", "Areas of KL", "area", figures.areas)


def _groups(figures: Figures, name: str, title: str, column: str, groups: Mapping[str, Counts]) -> Table:
    rows = [(each, *_sizes(counts)) for each, counts in groups.items()]
    return Table(name=name, title=title, columns=(column, *_size_columns(figures)), rows=rows)


def _dropped(figures: Figures) -> Table:
    rows = sorted(
        ((level, reason, number) for (level, reason), number in figures.all.dropped.items()),
        key=lambda row: (_LEVELS.index(row[0]), -row[2], row[1]),
    )
    return Table(name="dropped", title="Left out", columns=("level", "reason", "number"), rows=rows,
                 note="what each reason means: docs/reference/drop-reasons.md")  # fmt: skip


def _dropped_by_site(figures: Figures) -> Table:
    rows = [
        (site.site, site.name, level, reason, number)
        for site in figures.sites
        for (level, reason), number in sorted(
            site.counts.dropped.items(), key=lambda item: (_LEVELS.index(item[0][0]), -item[1], item[0][1])
        )
    ]
    return Table(name="dropped-by-site", title="Left out, by site",
                 columns=("site", "name", "level", "reason", "number"), rows=rows)  # fmt: skip


def _duplicates(figures: Figures) -> Table:
    counts = figures.all
    kinds = (
        ("sentences, the same", counts.same), ("sentences, nearly the same", counts.near),
        ("documents, the same", counts.documents_same), ("documents, nearly the same", counts.documents_near),
    )  # fmt: skip
    rows = [(name, twins.within, twins.across) for name, twins in kinds if twins.within or twins.across]
    return Table(name="duplicates", title="Duplicates that went", columns=("what", "within a site", "across sites"),
                 rows=rows, note="whether the one that stays is of the same site")  # fmt: skip


def _duplicates_by_site(figures: Figures) -> Table:
    rows = [
        (site.site, site.name, counts.same.within, counts.same.across, counts.near.within, counts.near.across)
        for site in figures.sites if (counts := site.counts)
    ]  # fmt: skip
    return Table(name="duplicates-by-site", title="Duplicates that went, by site", rows=rows,
                 columns=("site", "name", "same within", "same across", "near within", "near across"))  # fmt: skip


def _lengths(figures: Figures) -> Table:
    return _histogram("lengths", "Words in a sentence", "words", "sentences", LENGTH_EDGES, figures.all.lengths)


def _document_lengths(figures: Figures) -> Table:
    return _histogram("document-lengths", "Sentences of a document", "sentences", "documents", DOCUMENT_EDGES,
                      figures.all.document_lengths)  # fmt: skip


def _scores(figures: Figures) -> Table:
    counts = figures.all.scores
    rows = [(f"{edge:.2f}", counts[place]) for place, edge in enumerate(SCORE_EDGES) if counts[place]]
    return Table(name="scores", title="Language score of sentences", columns=("score from", "sentences"), rows=rows,
                 note="1: surely in a language that is kept")  # fmt: skip


def _freshness(figures: Figures) -> Table:
    counts = figures.all
    rows = [
        (quarter, counts.first_seen[quarter], counts.last_changed[quarter], counts.first_quarters[quarter])
        for quarter in quarters_of(counts)
    ]
    columns = ("quarter", "documents first seen", "documents last changed", "sentences first met")
    return Table(name="freshness", title="Freshness", columns=columns, rows=rows)


def _changes(figures: Figures) -> Table:
    return Table(name="changes", title=f"Documents since {figures.follows}", columns=("change", "documents"),
                 rows=_most_first(figures.all.changes), note="shell: other bytes, the same text")  # fmt: skip


def _outcomes(figures: Figures) -> Table:
    return Table(name="outcomes", title="Addresses since the quarter before", columns=("outcome", "addresses"),
                 rows=_most_first(figures.all.outcomes), note="as published with the snapshot")  # fmt: skip


def _blocks(figures: Figures) -> Table:
    return Table(name="blocks", title="Where sentences stand", columns=("block", "sentences"),
                 rows=_most_first(figures.all.blocks))  # fmt: skip


def _personal_data(figures: Figures) -> Table:
    rows = [
        (kind, number, sum(kind in site.counts.personal_data for site in figures.sites))
        for kind, number in _most_first(figures.all.personal_data)
    ]
    return Table(name="personal-data", title="Personal data found and kept out", columns=("kind", "number", "sites"),
                 rows=rows)  # fmt: skip


def _new_words(figures: Figures) -> Table:
    rows = [(each.word, each.count, each.num_sites) for each in (figures.vocabulary.new if figures.vocabulary else ())]
    return Table(
        name="new-words", title="Words new in this quarter", columns=("word", "times", "sites"), rows=rows,
        note="the commonest; words of fewer than three sentences, or of one site, are not shown",
    )  # fmt: skip


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """As many of one as of another: by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _histogram(
    name: str, title: str, unit: str, what: str, edges: Sequence[int], counts: Mapping[int, int]
) -> Table:  # fmt: skip
    rows = [(bucket, counts[place]) for place, bucket in enumerate(_buckets(edges)) if counts.get(place)]
    return Table(name=name, title=title, columns=(unit, what), rows=rows)


def _buckets(edges: Sequence[int]) -> Iterator[str]:
    """`5-9`, a single number where only that fits, and `60+` at the end."""
    for low, high in pairwise(edges):
        yield str(low) if high == low + 1 else f"{low}-{high - 1}"
    yield f"{edges[-1]}+"


def _size_columns(figures: Figures) -> tuple[str, ...]:
    return _SIZES if figures.tokenizer is None else (*_SIZES, _TOKENS)


def _sizes(counts: Counts) -> tuple[Cell, ...]:
    totals = counts.totals
    sizes = (totals.pages, totals.documents, totals.sentences, totals.words, totals.unique_share)
    return sizes if totals.tokens is None else (*sizes, totals.tokens)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


_LEVELS = ("page", "block", "document", "sentence")
