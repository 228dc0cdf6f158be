"""From a command to a build: which snapshot, which configuration, under which name.

In: the global options and what was typed. Out: a checked BuildPlan. Builds nothing.
"""

from collections.abc import Sequence
from pathlib import Path

from corpus.build import BuildPlan
from corpus.config import read_corpus_config
from crawler.snapshot import import_warcs
from foundation.command import Command
from foundation.errors import ConfigError
from foundation.manifests import is_complete
from foundation.places import newest_complete
from foundation.quarters import QuarterName, parse_quarter


def plan_build(
    command: Command, name: str | None, *, config: Path | None = None, overrides: Sequence[str] = (),
    warc: Sequence[Path] = (), workers: int,
) -> BuildPlan:  # fmt: skip
    """Check what is asked for.

    Raises:
        ConfigError: no such snapshot, a wrong threshold, other thresholds without the name of a trial.
    """
    settings = read_corpus_config(config, list(overrides))
    quarter = _name(command, name, needs_one=bool(warc))
    if (config or overrides) and not quarter.is_trial:
        raise ConfigError(f"other thresholds make a trial: give it a name such as {quarter}-try")
    if warc:
        folder = command.places.build_work(str(quarter)) / "imported"
        snapshot = import_warcs(warc, folder, str(quarter), command.register)
    else:
        snapshot = _snapshot(command, quarter)
    return BuildPlan(name=quarter, snapshot=snapshot, places=command.places, config=settings, workers=workers)


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
            return folder
        if folder.is_dir():
            raise ConfigError(f"snapshot {name} is not published yet; run: tvaerkom snapshot publish {name}")
    raise ConfigError(f"there is no snapshot {quarter} in {command.places.snapshots}; run: tvaerkom crawl {quarter}")
