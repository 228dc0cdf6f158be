"""Two corpora side by side: pages, sentences and words that came, went and stayed, and for whose sake.

In: two corpora, and their snapshots where they are still there. Out: `Comparison`. Corpora of different settings are
refused, unless that is wanted: their differences would be the settings'.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from corpus.comparison.changes import Comparison, PageChanges, SentenceChanges, SiteComparison
from corpus.comparison.judging import judged
from corpus.comparison.page_changes import add_absent, add_captures, count_pages
from corpus.comparison.sentence_changes import count_sentences
from corpus.config import config_of
from corpus.inspection.connection import connected
from corpus.inspection.database import add_views, readable
from corpus.inspection.measuring import DUPLICATES
from corpus.inspection.sources import snapshot_of
from corpus.inspection.vocabulary import read_changed_words
from corpus.schema import CorpusManifest, read_corpus_manifest
from crawler.snapshot import Freshness, read_snapshot_manifest
from foundation.errors import ConfigError
from foundation.places import Places
from foundation.quarters import parse_quarter

_RESERVED = "include_reserved_sites"
EXCLUDED = "--exclude"  # the texts given with it, among the settings that differ
_UNIQUE = f"""
select site, sum(kept)::double / sum(kept + gone) from (
    select site, 1 as kept, 0 as gone from {{prefix}}sentences
    union all select site, 0, 1 from {{prefix}}dropped
    where level = 'sentence' and reason in ({", ".join(f"'{each}'" for each in DUPLICATES)})
) group by site order by site
"""


@dataclass(frozen=True)
class _Side:
    """One of the two."""

    corpus: Path
    manifest: CorpusManifest
    snapshot: Path | None


def compare(
    places: Places, before: Path, after: Path, *, across_configurations: bool = False, with_words: bool = True
) -> Comparison:
    """Compare two corpora.

    Args:
        across_configurations: also where their settings differ; what the settings changed is then among `ours`.

    Raises:
        ConfigError: the settings differ and that is not wanted, or it is one corpus twice.
        BrokenRunError: one is not complete, or a file cannot be read.
    """
    if before.resolve() == after.resolve():
        raise ConfigError(f"{before.name} is compared with itself; name two corpora: tvaerkom corpus list")
    if parse_quarter(before.name).base > parse_quarter(after.name).base:
        raise ConfigError(
            f"{before.name} is the newer one; the older comes first: tvaerkom corpus compare {after.name} {before.name}"
        )
    sides = [_side(places, each) for each in (before, after)]
    settings = different_settings(*(side.manifest for side in sides))
    if settings and not across_configurations:
        raise ConfigError(_refusal(sides[0], sides[1], settings))
    with connected(places.spilled) as connection, readable(before, after):
        for prefix, side in zip(("a_", "b_"), sides, strict=True):
            add_views(connection, side.corpus, prefix)
            add_captures(connection, prefix, side.snapshot)
        for prefix, side in zip(("a_", "b_"), sides, strict=True):
            add_absent(connection, prefix, _absent_sites(side.snapshot))
        pages = count_pages(connection, are_reserved_sites_ours=_RESERVED in settings)
        are_revised = [bool(side.manifest.superseded) for side in sides]
        sentences = count_sentences(connection, is_before_revised=are_revised[0], is_after_revised=are_revised[1])
        knows_bytes = all(side.snapshot for side in sides)
        software = _different(*(dict(side.manifest.software) for side in sides))
        sites = _sites(connection, pages, sentences, _freshness(sides[1].snapshot))
        return Comparison(
            before=before.name, after=after.name, settings=settings, software=software,
            knows_bytes=knows_bytes,
            sites=judged(sites, is_ours_the_same=not settings and not software, knows_bytes=knows_bytes),
            words=read_changed_words(connection) if with_words else None,
        )  # fmt: skip


def different_settings(before: CorpusManifest, after: CorpusManifest) -> dict[str, tuple[object, object]]:
    """Thresholds that differ, and whether other texts were excluded."""
    found = _different(*(config_of(each.configuration).model_dump(mode="json") for each in (before, after)))
    if before.excluded_sha256 != after.excluded_sha256:
        found[EXCLUDED] = (before.excluded_sha256, after.excluded_sha256)
    return found


def _side(places: Places, corpus: Path) -> _Side:
    manifest = read_corpus_manifest(corpus)
    return _Side(corpus, manifest, snapshot_of(places, manifest))


def _different(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    names = sorted(before.keys() | after.keys())
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _refusal(before: _Side, after: _Side, settings: Mapping[str, tuple[object, object]]) -> str:
    """What differs, and how to build the older one with the settings of the newer."""
    differing = ", ".join(
        "the excluded texts" if name == EXCLUDED else f"{name} ({old} and {new})"
        for name, (old, new) in settings.items()
    )
    name = f"{parse_quarter(before.corpus.name).base}-as{after.corpus.name.lower()}"
    options = "".join(
        f" --set {shlex.quote(f'{key}={json.dumps(new, ensure_ascii=False)}')}" for key, (_, new) in settings.items()
        if key != EXCLUDED
    )  # fmt: skip
    if after.manifest.excluded_sha256:
        options += " --exclude FILE"
    if before.manifest.snapshot == after.manifest.snapshot:
        return (
            f"{before.corpus.name} and {after.corpus.name} are of one snapshot with different settings: {differing}; "
            "to see what the settings change, add --across-configurations"
        )
    return (
        f"{before.corpus.name} and {after.corpus.name} were built with different settings: {differing}; build the "
        f"older one like the newer: tvaerkom corpus build {name}{options}; or add --across-configurations"
    )


def _absent_sites(snapshot: Path | None) -> list[str]:
    return [site for site, freshness in _freshness(snapshot).items() if freshness == Freshness.ABSENT]


def _freshness(snapshot: Path | None) -> dict[str, str]:
    return {site.site: site.freshness for site in read_snapshot_manifest(snapshot).sites} if snapshot else {}


def _sites(
    connection: duckdb.DuckDBPyConnection, pages: Mapping[str, PageChanges], sentences: Mapping[str, SentenceChanges],
    freshness: Mapping[str, str],
) -> list[SiteComparison]:  # fmt: skip
    names = connection.execute(
        "select site, coalesce(b.name, a.name) from a_sites a full join b_sites b using (site) order by site"
    ).fetchall()
    unique = [dict(connection.execute(_UNIQUE.format(prefix=prefix)).fetchall()) for prefix in ("a_", "b_")]
    return [
        SiteComparison(
            site=site, name=name, pages=pages.get(site, PageChanges()),
            sentences=sentences.get(site, SentenceChanges()), freshness=freshness.get(site),
            unique_share=(unique[0].get(site), unique[1].get(site)),
        )
        for site, name in names
    ]  # fmt: skip
