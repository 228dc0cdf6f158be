"""From a command to a build: which snapshot, which configuration, under which name.

In: the global options and what was typed. Out: a checked BuildPlan. Builds nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.build import BuildPlan, check_free
from corpus.config import CorpusConfig, config_of, read_corpus_config
from corpus.excluded import read_excluded
from corpus.schema import read_corpus_manifest
from crawler.snapshot import SnapshotManifest, import_warcs, read_snapshot_manifest
from foundation.command import Command
from foundation.erasures import Erasures, read_erasures
from foundation.errors import ConfigError
from foundation.manifests import is_complete
from foundation.overrides import with_overrides
from foundation.places import newest_complete
from foundation.quarters import QuarterName, parse_quarter
from foundation.yaml_errors import load_yaml

# A sample of pages tells nothing about these.
_NOT_IN_A_SAMPLE = frozenset({
    "include_reserved_sites", "boilerplate_min_pages", "boilerplate_share", "boilerplate_short_share",
    "validation_share", "rows_per_shard", "rows_per_group",
})  # fmt: skip


def plan_build(
    command: Command, name: str | None, *, config: Path | None = None, overrides: Sequence[str] = (),
    warc: Sequence[Path] = (), exclude: Sequence[Path] = (), workers: int,
) -> BuildPlan:  # fmt: skip
    """Check what is asked for.

    Raises:
        ConfigError: the name is taken, no such snapshot, a wrong threshold, other thresholds without the name of a
            trial, a file of excluded texts that cannot be read.
    """
    settings = read_corpus_config(config, list(overrides))
    quarter = _name(command, name, needs_one=bool(warc))
    if (config or overrides) and not quarter.is_trial:
        raise ConfigError(f"other thresholds make a trial: give it a name such as {quarter}-try")
    work = command.places.build_work(str(quarter))
    check_free(command.places.corpus(str(quarter)), work)  # before archives of gigabytes are read
    if warc:
        folder = work / "imported"
        snapshot = import_warcs(warc, folder, str(quarter), command.register)
    else:
        snapshot = _snapshot(command, quarter)
    return BuildPlan(
        name=quarter, snapshot=snapshot, places=command.places, config=settings, workers=workers,
        excluded=read_excluded(exclude, settings), erasures=read_erasures(command.places.erasures),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PreviewPlan:
    """Two configurations on one snapshot; `corpus` is that of the quarter, where there is one."""

    snapshot: Path
    manifest: SnapshotManifest
    corpus: Path | None
    before: CorpusConfig
    after: CorpusConfig
    erasures: Erasures


def plan_preview(
    command: Command, name: str | None, *, config: Path | None, overrides: Sequence[str]
) -> PreviewPlan:  # fmt: skip
    """Check what is asked for.

    Raises:
        ConfigError: nothing is changed, no such snapshot, a wrong threshold, or one that a sample tells nothing about.
    """
    if not config and not overrides:
        raise ConfigError("name what to change, for example --set min_words=6; see: tvaerkom corpus config")
    quarter = _name(command, name, needs_one=False)
    folder = command.places.corpus(str(quarter.base))
    corpus = folder if is_complete(folder) else None
    before = config_of(read_corpus_manifest(folder).configuration if corpus else {})
    after = with_overrides(load_yaml(config, CorpusConfig) if config else before, overrides)
    for key in sorted(_NOT_IN_A_SAMPLE):
        if getattr(before, key) != getattr(after, key):
            raise ConfigError(f"{key}: a sample of pages tells nothing about it; build a trial instead")
    snapshot = _snapshot(command, quarter)
    return PreviewPlan(
        snapshot=snapshot,
        manifest=read_snapshot_manifest(snapshot),
        corpus=corpus,
        before=before,
        after=after,
        erasures=read_erasures(command.places.erasures),
    )


def _name(command: Command, name: str | None, *, needs_one: bool) -> QuarterName:
    if name is not None:
        return parse_quarter(name)
    if needs_one:
        raise ConfigError("--warc needs a name for the corpus, such as 2026Q4-archive")
    newest = newest_complete(command.places.snapshots)
    if newest is None:
        raise ConfigError(f"there is no published snapshot in {command.places.snapshots}; start with: tvaerkom crawl")
    return newest


def _snapshot(command: Command, quarter: QuarterName) -> Path:
    """The snapshot of that name; for a trial of a corpus, else that of its quarter."""
    for name in (quarter, quarter.base):
        folder = command.places.snapshot(str(name))
        if is_complete(folder):
            if pruned := read_snapshot_manifest(folder).pruned:
                raise ConfigError(f"the raw archive of {name} was removed on {pruned}; no corpus can be built from it")
            return folder
        if folder.is_dir():
            raise ConfigError(f"snapshot {name} is not published yet; run: tvaerkom snapshot publish {name}")
    raise ConfigError(f"there is no snapshot {quarter} in {command.places.snapshots}; run: tvaerkom crawl {quarter}")
