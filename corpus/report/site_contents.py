"""What the report says of each site, as plain values.

In: figures, comparison, coverage and examples. Out: a dictionary for every site of the corpus or the register, in order
of id. Reads nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from corpus.comparison.changes import Comparison, SiteComparison
from corpus.inspection.coverage import SiteCoverage
from corpus.inspection.figures import LENGTH_EDGES, SCORE_EDGES, Counts, Figures
from corpus.inspection.values import buckets, sentence_values
from corpus.report.examples import Examples
from corpus.report.funnel import funnel


def site_contents(
    covered: Sequence[SiteCoverage], figures: Figures, before: Figures | None, comparison: Comparison | None,
    examples: Examples, quarters: Sequence[str],
) -> list[dict[str, Any]]:  # fmt: skip
    counts = {each.site: each.counts for each in figures.sites}
    old = {each.site: each.counts for each in before.sites} if before else {}
    compared = {each.site: each for each in comparison.sites} if comparison else {}
    return [
        _known(each)
        | _verdict(compared.get(each.site))
        | _counted(counts.get(each.site, Counts()), old.get(each.site), quarters)
        | {
            "examples_kept": examples.kept.get(each.site, []), "examples_dropped": examples.dropped.get(each.site, []),
            "boilerplate": {
                "number": counts[each.site].num_boilerplate if each.site in counts else 0,
                "examples": examples.boilerplate.get(each.site, []),
            },
        }
        for each in covered
    ]  # fmt: skip


def by_quarter(counts: Mapping[str, int], quarters: Sequence[str]) -> list[int]:
    return [counts.get(quarter, 0) for quarter in quarters]


def _known(covered: SiteCoverage) -> dict[str, Any]:
    names = ("site", "name", "kind", "region", "state", "freshness", "reason", "is_thin", "reservation")
    area = covered.name if covered.kind == "area" else None
    return {name: getattr(covered, name) for name in names} | {"area": area}


def _counted(counts: Counts, old: Counts | None, quarters: Sequence[str]) -> dict[str, Any]:
    return {
        "totals": counts.totals.as_dict(), "before": old.totals.as_dict() if old else None,
        "funnel": funnel(counts), "near_duplicates": asdict(counts.near),
        "personal_data": [{"kind": kind, "count": number} for kind, number in counts.personal_data.most_common()],
        "lengths": buckets(counts.lengths, len(LENGTH_EDGES)), "scores": buckets(counts.scores, len(SCORE_EDGES)),
        "first_seen": by_quarter(counts.first_seen, quarters),
        "last_changed": by_quarter(counts.last_changed, quarters),
        "mean_words": _rounded(counts.mean_words), "mean_words_before": _rounded(old.mean_words) if old else None,
    }  # fmt: skip


def _verdict(compared: SiteComparison | None) -> dict[str, Any]:
    if compared is None:
        return {"verdict": None, "verdict_reasons": [], "pages": None, "sentences": None}
    return {
        "verdict": "look" if compared.reasons else "usual" if compared.is_judged else None,
        "verdict_reasons": [{"kind": each.kind, "numbers": dict(each.numbers)} for each in compared.reasons],
        "pages": asdict(compared.pages), "sentences": sentence_values(compared.sentences),
    }  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
