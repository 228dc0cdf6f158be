"""All that the report of a corpus says, as plain values; words are the page's.

In: a corpus, the one that it follows and its snapshot where they are still there, and the register. Out: one
dictionary (docs/reference/report.md). Writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corpus.citation import citation_id, inputs_hash
from corpus.comparison.changes import Comparison
from corpus.comparison.comparing import compare
from corpus.config import CorpusConfig, config_of
from corpus.inspection.connection import connected
from corpus.inspection.coverage import NOT_CRAWLED, SiteCoverage, by_group, coverage, knows
from corpus.inspection.database import add_views, readable
from corpus.inspection.figures import (
    DOCUMENT_EDGES,
    LENGTH_EDGES,
    SCORE_EDGES,
    Counts,
    Figures,
    NewWord,
    Vocabulary,
    quarters_of,
)
from corpus.inspection.measuring import measure
from corpus.inspection.sources import corpus_before, snapshot_of
from corpus.inspection.values import buckets, sentence_values
from corpus.report.examples import Examples, read_examples
from corpus.report.funnel import funnel
from corpus.report.site_contents import by_quarter, site_contents
from corpus.report.tile_map import TILES
from corpus.report.warnings import warnings_of
from corpus.schema import CorpusManifest, read_corpus_manifest
from crawler.snapshot import RegisteredSite, read_snapshot_manifest
from foundation.places import Places
from foundation.quarters import parse_quarter

FORMAT = 1
MAX_WORDS = 15  # of each kind; `corpus stats` and `corpus compare` have more


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """What the report is made from; without a corpus before, what is of it is None."""

    manifest: CorpusManifest
    figures: Figures
    before: CorpusManifest | None
    figures_before: Figures | None
    comparison: Comparison | None
    covered: Sequence[SiteCoverage]
    num_registered: int | None  # sites of the register that are to be crawled; None: it is another one
    examples: Examples


def report_contents(
    places: Places, corpus: Path, registered: Sequence[RegisteredSite], *, tokenizer: str | None = None
) -> dict[str, Any]:  # fmt: skip
    """Count a corpus and the one that it follows, compare them, and gather examples.

    Raises:
        BrokenRunError: a corpus is not complete, or a file cannot be read.
    """
    manifest = read_corpus_manifest(corpus)
    before = corpus_before(places, manifest)
    work = places.spilled
    figures = measure(corpus, work, tokenizer=tokenizer, with_words=before is None)
    snapshot = snapshot_of(places, manifest)
    summaries = read_snapshot_manifest(snapshot).sites if snapshot else ()
    with connected(work) as connection, readable(corpus):
        add_views(connection, corpus)
        examples = read_examples(connection)
    return _contents(
        _Parts(
            manifest=manifest, figures=figures, before=read_corpus_manifest(before) if before else None,
            figures_before=measure(before, work, tokenizer=tokenizer, with_words=False) if before else None,
            comparison=compare(places, before, corpus, across_configurations=True) if before else None,
            covered=coverage(figures.sites, registered, summaries), examples=examples,
            num_registered=sum(each.is_crawled for each in registered) if knows(registered, figures.sites) else None,
        )
    )  # fmt: skip


def _contents(parts: _Parts) -> dict[str, Any]:
    figures, before, comparison = parts.figures, parts.figures_before, parts.comparison
    counts, counts_before = figures.all, before.all if before else None
    quarters = quarters_of(counts)
    return {
        "format": FORMAT,
        "corpus": _corpus(parts.manifest) | {"id": figures.id, "revision": figures.revision,
                                             "snapshot": parts.manifest.snapshot, "software": version("tvaerkom")},
        "before": _before(parts), "follows": _name_in(parts.manifest.follows),
        "changed_settings": _changed_settings(parts.manifest),
        "totals": counts.totals.as_dict(), "totals_before": counts_before.totals.as_dict() if counts_before else None,
        "warnings": warnings_of(figures, parts.covered, comparison),
        "coverage": _coverage(parts),
        "funnel": funnel(counts),
        "lengths": _histogram(LENGTH_EDGES, "lengths", counts, counts_before),
        "document_lengths": _histogram(DOCUMENT_EDGES, "document_lengths", counts, counts_before),
        "scores": _histogram(SCORE_EDGES, "scores", counts, counts_before),
        "duplicates": {"sentences": asdict(counts.same), "documents": asdict(counts.documents_same)},
        "near_duplicates": {"sentences": asdict(counts.near), "documents": asdict(counts.documents_near)},
        "freshness": {
            "quarters": quarters, "first_seen": by_quarter(counts.first_seen, quarters),
            "last_changed": by_quarter(counts.last_changed, quarters),
            "sentences": by_quarter(counts.first_quarters, quarters),
        },
        "words": _words(figures, comparison),
        "personal_data": [
            {"kind": kind, "count": number,
             "num_sites": sum(kind in each.counts.personal_data for each in figures.sites)}
            for kind, number in counts.personal_data.most_common()
        ],
        "regions": _groups(figures, before, "regions"), "areas": _groups(figures, before, "areas"),
        "comparison": _compared(comparison),
        "sites": site_contents(parts.covered, figures, before, comparison, parts.examples, quarters),
        "tiles": [
            {"site": each.site, "column": TILES[each.site][0], "row": TILES[each.site][1]}
            for each in parts.covered if each.site in TILES
        ],
    }  # fmt: skip


def _corpus(manifest: CorpusManifest) -> dict[str, Any]:
    return {"name": manifest.name, "quarter": str(parse_quarter(manifest.name).base),
            "citation": citation_id(manifest.name, manifest.revision, inputs_hash(manifest.id))}  # fmt: skip


def _name_in(identity: str | None) -> str | None:
    """Of an id such as `corpus-2026Q4-d2b06f51937c`."""
    return identity.removeprefix("corpus-").rpartition("-")[0] if identity else None


def _before(parts: _Parts) -> dict[str, Any] | None:
    if parts.before is None or parts.comparison is None:
        return None
    corpus = _corpus(parts.before)
    return {"name": corpus["name"], "citation": corpus["citation"],
            "settings_that_differ": list(parts.comparison.settings),
            "software_that_differs": list(parts.comparison.software)}  # fmt: skip


def _changed_settings(manifest: CorpusManifest) -> list[dict[str, str]]:
    own, usual = config_of(manifest.configuration).model_dump(mode="json"), CorpusConfig().model_dump(mode="json")
    return [
        {"key": key, "value": _written(value), "default": _written(usual[key])}
        for key, value in own.items() if value != usual[key]
    ]  # fmt: skip


def _written(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _coverage(parts: _Parts) -> dict[str, Any]:
    groups = [
        {"kind": "not_crawled" if group == NOT_CRAWLED else group,
         "sites": [{"site": each.site, "name": each.name, "reason": each.reason} for each in sites]}
        for group, sites in by_group(parts.covered).items()
    ]  # fmt: skip
    with_text = sum(site.counts.totals.sentences > 0 for site in parts.figures.sites)
    return {"num_registered": parts.num_registered, "num_with_text": with_text, "groups": groups}


def _histogram(edges: Sequence[float], name: str, counts: Counts, before: Counts | None) -> dict[str, Any]:
    return {"edges": list(edges), "counts": buckets(getattr(counts, name), len(edges)),
            "before": buckets(getattr(before, name), len(edges)) if before else None}  # fmt: skip


def _words(figures: Figures, comparison: Comparison | None) -> dict[str, Any]:
    """Where there is a corpus before, words are new that it does not have, wherever they first stood."""
    if comparison and (words := comparison.words):
        vanished = [{"word": each.word, "count": each.count} for each in words.vanished[:MAX_WORDS]]
        return {"num_distinct": words.num_distinct, "num_new": words.num_appeared, "new": _shown(words.appeared),
                "num_vanished": words.num_vanished, "vanished": vanished}  # fmt: skip
    vocabulary = figures.vocabulary or Vocabulary(num_distinct=0)
    return {"num_distinct": vocabulary.num_distinct, "num_new": vocabulary.num_new, "new": _shown(vocabulary.new),
            "num_vanished": None, "vanished": []}  # fmt: skip


def _shown(words: Sequence[NewWord]) -> list[dict[str, Any]]:
    return [asdict(each) for each in words[:MAX_WORDS]]


def _groups(figures: Figures, before: Figures | None, name: str) -> list[dict[str, Any]]:
    old: Mapping[str, Counts] = getattr(before, name) if before else {}
    of_site = {"regions": "region", "areas": "area"}[name]
    return [
        {"name": group, "num_sites": sum(getattr(site, of_site) == group for site in figures.sites),
         "totals": counts.totals.as_dict(), "before": old[group].totals.as_dict() if group in old else None}
        for group, counts in getattr(figures, name).items()
    ]  # fmt: skip


def _compared(comparison: Comparison | None) -> dict[str, Any] | None:
    if comparison is None:
        return None
    return {"pages": asdict(comparison.pages), "sentences": sentence_values(comparison.sentences),
            "num_look": len(comparison.to_look_at), "knows_bytes": comparison.knows_bytes}  # fmt: skip
