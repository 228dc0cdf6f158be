"""What somebody should know first: sites that are missing or not fresh, sites to look at, changes of our own.

In: coverage, comparison, figures. Out: warnings, the most serious first, each once for a site. Words are the page's.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from corpus.comparison.changes import Comparison
from corpus.inspection.coverage import NOT_CRAWLED, RESERVED, SiteCoverage, by_group
from corpus.inspection.figures import Figures
from corpus.schema import DropReason
from crawler.snapshot import TerminalState

_IS_KNOWN = (NOT_CRAWLED, RESERVED)  # told where the coverage is told; nobody has to do anything


def warnings_of(
    figures: Figures, covered: Sequence[SiteCoverage], comparison: Comparison | None
) -> list[dict[str, Any]]:
    return [
        *_of_coverage(figures, covered), *_of_damage(figures),
        *(_of_comparison(comparison, covered) if comparison else ()),
        *([_warning("revision", numbers={"revision": figures.revision})] if figures.revision > 1 else ()),
    ]  # fmt: skip


def _of_coverage(figures: Figures, covered: Sequence[SiteCoverage]) -> Iterator[dict[str, Any]]:
    told: set[str] = set()
    pages = Counter({each.site: each.counts.totals.pages for each in figures.sites})
    for group, sites in by_group(covered).items():
        for each in sites:
            is_empty_area = each.kind == "area" and group == TerminalState.EMPTY  # nobody can mend that
            if each.site in told or group in _IS_KNOWN or is_empty_area:
                continue
            told.add(each.site)
            yield _warning(group, each.site, each.name, numbers={"pages": pages[each.site]}, text=each.reason)


def _of_damage(figures: Figures) -> Iterator[dict[str, Any]]:
    for site in figures.sites:
        if number := site.counts.dropped.get(("page", DropReason.DAMAGED_RECORD), 0):
            yield _warning("damaged_records", site.site, site.name, numbers={"pages": number})


def _of_comparison(comparison: Comparison, covered: Sequence[SiteCoverage]) -> Iterator[dict[str, Any]]:
    had_pages = {site.site for site in comparison.sites if site.pages.gone}
    for each in covered:
        if each.reservation and each.site in had_pages:
            yield _warning(RESERVED, each.site, each.name, text=each.reservation)
    for site in comparison.to_look_at:
        for reason in site.reasons:
            if reason.kind != "not_fresh":  # the coverage says so
                yield _warning("look", site.site, site.name, numbers=dict(reason.numbers), text=reason.kind)
    if comparison.settings:
        yield _warning("settings_differ", text=", ".join(comparison.settings))
    if comparison.software:
        yield _warning("software_differs", text=", ".join(comparison.software))


def _warning(
    kind: str, site: str | None = None, name: str | None = None, *, numbers: dict[str, float] | None = None,
    text: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {"kind": kind, "site": site, "name": name, "numbers": numbers or {}, "text": text}
