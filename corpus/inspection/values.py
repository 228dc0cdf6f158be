"""Figures and comparisons as plain values, for programs (`--json`).

In: `Figures`, `Comparison`, coverage. Out: dictionaries of numbers and texts, under the names of the fields. Nothing is
left out and nothing is rounded but shares.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from corpus.comparison.changes import Comparison, SentenceChanges, SiteComparison
from corpus.inspection.coverage import SiteCoverage, by_group
from corpus.inspection.figures import DOCUMENT_EDGES, LENGTH_EDGES, SCORE_EDGES, Counts, Figures, SiteFigures


def figures_values(figures: Figures, covered: Sequence[SiteCoverage]) -> dict[str, Any]:
    return {
        "name": figures.name, "id": figures.id, "revision": figures.revision, "follows": figures.follows,
        "tokenizer": figures.tokenizer,
        "edges": {"lengths": LENGTH_EDGES, "document_lengths": DOCUMENT_EDGES, "scores": SCORE_EDGES},
        "all": counts_values(figures.all),
        "regions": {name: counts_values(counts) for name, counts in figures.regions.items()},
        "areas": {name: counts_values(counts) for name, counts in figures.areas.items()},
        "sites": [_site_values(site) for site in figures.sites],
        "vocabulary": asdict(figures.vocabulary) if figures.vocabulary else None,
        "coverage": {
            group: [{"site": each.site, "name": each.name, "reason": each.reason} for each in sites]
            for group, sites in by_group(covered).items()
        },
    }  # fmt: skip


def counts_values(counts: Counts) -> dict[str, Any]:
    dropped: dict[str, dict[str, int]] = {}
    for (level, reason), number in sorted(counts.dropped.items()):
        dropped.setdefault(level, {})[reason] = number
    names = ("first_seen", "last_changed", "first_quarters", "blocks", "personal_data", "changes", "outcomes")
    twins = ("same", "near", "documents_same", "documents_near")
    return {
        **counts.totals.as_dict(), "mean_words": _rounded(counts.mean_words), "mean_score": _rounded(counts.mean_score),
        "dropped": dropped, "lengths": buckets(counts.lengths, len(LENGTH_EDGES)),
        "document_lengths": buckets(counts.document_lengths, len(DOCUMENT_EDGES)),
        "scores": buckets(counts.scores, len(SCORE_EDGES)), "num_boilerplate": counts.num_boilerplate,
        **{name: dict(sorted(getattr(counts, name).items())) for name in names},
        **{name: asdict(getattr(counts, name)) for name in twins},
    }


def comparison_values(comparison: Comparison) -> dict[str, Any]:
    return {
        "before": comparison.before, "after": comparison.after, "knows_bytes": comparison.knows_bytes,
        "settings": {name: list(values) for name, values in comparison.settings.items()},
        "software": {name: list(values) for name, values in comparison.software.items()},
        "pages": asdict(comparison.pages), "sentences": sentence_values(comparison.sentences),
        "to_look_at": [site.site for site in comparison.to_look_at],
        "words": asdict(comparison.words) if comparison.words else None,
        "sites": [_compared_site(site) for site in comparison.sites],
    }  # fmt: skip


def sentence_values(changes: SentenceChanges) -> dict[str, Any]:
    return {
        "kept": changes.kept.number,
        "new": {cause: some.number for cause, some in changes.new.items()},
        "gone": {cause: some.number for cause, some in changes.gone.items()},
    }


def buckets(counts: Mapping[int, int], number: int) -> list[int]:
    """Counts by bucket as a list."""
    return [counts.get(place, 0) for place in range(number)]


def _site_values(site: SiteFigures) -> dict[str, Any]:
    own = {name: getattr(site, name) for name in ("site", "name", "kind", "region", "area", "state")}
    return own | counts_values(site.counts)


def _compared_site(site: SiteComparison) -> dict[str, Any]:
    before, after = site.sentences.before, site.sentences.after
    return {
        "site": site.site, "name": site.name, "freshness": site.freshness,
        "verdict": "look" if site.reasons else "usual" if site.is_judged else None,
        "reasons": [{"kind": each.kind, **each.numbers} for each in site.reasons],
        "pages": asdict(site.pages), "sentences": sentence_values(site.sentences),
        "mean_words": [_mean(each.words, each.number) for each in (before, after)],
        "mean_score": [_mean(each.scores, each.number) for each in (before, after)],
        "unique_share": [_rounded(share) for share in site.unique_share],
    }  # fmt: skip


def _mean(total: float, number: int) -> float | None:
    return round(total / number, 4) if number else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
