"""A comparison of two corpora in lines for a terminal.

In: `Comparison`. Out: lines of text, the sites to look at first. Prints nothing.
"""

from collections.abc import Iterator, Mapping

from corpus.comparison.changes import (
    Cause,
    Comparison,
    PageChanges,
    Reason,
    SentenceChanges,
    Sentences,
    SiteComparison,
)
from foundation.printing import printable

_OF_CAUSE = {
    Cause.SITE: "by the sites", Cause.OURS: "by us", Cause.ERASURE: "by an erasure",
    Cause.ELSEWHERE: "for duplicates", Cause.ABSENT: "for sites that were not crawled",
}  # fmt: skip
_REASONS = {
    "not_fresh": "not crawled as usual this quarter; what there is of it is last quarter's, or nothing",
    "all_gone": "it had pages, and there are none of it now",
    "pages_gone": "{share:.0%} of its pages are gone (usual: {usual:.0%})",
    "pages_new": "{share:.0%} as many pages as it had are new (usual: {usual:.0%})",
    "pages_changed": "{share:.0%} of its pages have another text (usual: {usual:.0%})",
    "sentences_gone": "{share:.0%} of its sentences are gone (usual: {usual:.0%})",
    "length_shift": "sentences of {after:.1f} words, before {before:.1f}",
    "language_shift": "language score {after:.3f}, before {before:.3f}",
}
MAX_WORDS = 12


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """Totals, what is ours, sites to look at, and a line for each site."""
    yield f"{comparison.before} -> {comparison.after}"
    yield from _ours(comparison)
    yield f"pages      {_pages(comparison.pages)}"
    yield f"sentences  {comparison.sentences.kept.number} stayed"
    for sign, changes in (("+", comparison.sentences.new), ("-", comparison.sentences.gone)):
        yield f"           {sign}{_number(changes)}" + (f": {causes}" if (causes := _causes(changes)) else "")
    if words := comparison.words:
        yield f"words      {words.num_distinct} different; +{words.num_appeared}, -{words.num_vanished}"
        for name, some in (("new", words.appeared), ("gone", words.vanished)):
            if some:
                yield f"           {name}: {', '.join(printable(each.word) for each in some[:MAX_WORDS])}"
    yield from _shifts(comparison.sentences)
    look = comparison.to_look_at
    yield f"look at {len(look)} of {len(comparison.sites)} sites:" if look else "every site is as usual"
    for site in look:
        yield f"  {site.site:34} {site.name:24} {'; '.join(reason_text(reason) for reason in site.reasons)}"
    yield (
        f"{'site':34} {'name':24} {'pages':>7} {'new':>6} {'gone':>6} {'text':>6} {'other':>6} {'sentences':>10} "
        f"{'+':>7} {'-':>7}  verdict"
    )
    for site in comparison.sites:
        pages, sentences = site.pages, site.sentences
        others = pages.ours + pages.elsewhere + pages.absent + pages.erased
        yield (
            f"{site.site:34} {site.name:24} {pages.kept:7} {pages.new:6} {pages.gone:6} {pages.changed:6} {others:6} "
            f"{sentences.kept.number:10} {_number(sentences.new):7} {_number(sentences.gone):7}  "
            f"{verdict(site)}"
        )


def verdict(site: SiteComparison) -> str:
    return "look" if site.reasons else "usual" if site.is_judged else "not judged"


def reason_text(reason: Reason) -> str:
    return _REASONS[reason.kind].format(**reason.numbers)


def _shifts(sentences: SentenceChanges) -> Iterator[str]:
    """Of what stayed and what the sites changed."""
    before, after = sentences.before, sentences.after
    if before.number and after.number:
        yield (
            f"means      {before.words / before.number:.2f} -> {after.words / after.number:.2f} words in a sentence, "
            f"language score {before.scores / before.number:.3f} -> {after.scores / after.number:.3f}"
        )


def _ours(comparison: Comparison) -> Iterator[str]:
    if comparison.settings:
        yield f"settings differ: {', '.join(comparison.settings)}; what they changed is counted as ours"
    if comparison.software:
        changed = (f"{name} {old} -> {new}" for name, (old, new) in comparison.software.items())
        yield f"software differs: {', '.join(changed)}"
    if comparison.settings or comparison.software:
        yield "a page of which both bytes and text differ counts as changed by its site, though we may have had a part"
    if not comparison.knows_bytes:
        yield "a snapshot is not there: every page with another text counts as changed by its site"


def _pages(pages: PageChanges) -> str:
    words = [f"{pages.kept} with the same text", f"{pages.new} new", f"{pages.gone} gone"]
    words += [f"{pages.changed} with another text"]
    words += [f"{pages.ours} that we read otherwise"] if pages.ours else []
    words += [f"{pages.elsewhere} that changed places with a duplicate"] if pages.elsewhere else []
    words += [f"{pages.absent} of sites that were not crawled"] if pages.absent else []
    words += [f"{pages.erased} to be forgotten"] if pages.erased else []
    return ", ".join(words)


def _causes(changes: Mapping[Cause, Sentences]) -> str:
    told = ((some.number, text) for cause, text in _OF_CAUSE.items() if (some := changes.get(cause)) and some.number)
    return ", ".join(f"{number} {text}" for number, text in told)


def _number(changes: Mapping[Cause, Sentences]) -> int:
    return sum(some.number for some in changes.values())
