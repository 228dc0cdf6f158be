"""Where things lie below the data folder.

In: the data folder. Out: the path of each snapshot, corpus, run, track and working folder. Reads and makes nothing.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from foundation.errors import ConfigError
from foundation.manifests import is_complete
from foundation.quarters import QuarterName, parse_quarter


@dataclass(frozen=True)
class Places:
    """The folders of one data folder (docs/reference/data-format.md)."""

    data: Path

    @property
    def snapshots(self) -> Path:
        return self.data / "snapshots"

    @property
    def corpora(self) -> Path:
        return self.data / "corpora"

    @property
    def runs(self) -> Path:
        return self.data / "runs"

    @property
    def models(self) -> Path:
        """Which runs are in use: a folder for each track, with champion.json and the judgements."""
        return self.data / "models"

    @property
    def reports(self) -> Path:
        return self.data / "reports"

    def corpus_report(self, name: str) -> Path:
        """The folder of a corpus's report; derived, removed with each erasure."""
        return self.reports / name

    @property
    def cache(self) -> Path:
        return self.data / "cache"

    @property
    def erasures(self) -> Path:
        """Receipts and index of what was erased."""
        return self.data / "erasures"

    def keeps(self, path: Path) -> bool:
        """Whether this lies in a folder in which only tvaerkom writes."""
        kept = (
            self.snapshots, self.corpora, self.runs, self.models, self.cache, self.erasures, self.reports,
            self.data / "work",
        )  # fmt: skip
        return any(path.resolve().is_relative_to(folder.resolve()) for folder in kept)

    def snapshot(self, quarter: str) -> Path:
        return self.snapshots / quarter

    def corpus(self, name: str) -> Path:
        return self.corpora / name

    def run(self, name: str) -> Path:
        return self.runs / name

    @property
    def spilled(self) -> Path:
        """What does not fit into memory while corpora are looked at; gone when that is done."""
        return self.data / "work" / "spilled"

    def crawl_work(self, quarter: str) -> Path:
        """Working state of a crawl: a folder with a frontier for each site."""
        return self.data / "work" / quarter

    def build_work(self, name: str) -> Path:
        """Working state of a corpus build."""
        return self.data / "work" / "corpus" / name


def names_below(folder: Path) -> list[QuarterName]:
    """Names of quarters and trials that have a folder here, oldest first; other folders are passed over."""
    if not folder.is_dir():
        return []
    found = []
    for path in folder.iterdir():
        with contextlib.suppress(ConfigError):
            name = parse_quarter(path.name)
            found += [name] if path.is_dir() else []
    return sorted(found)


def complete_names(folder: Path) -> list[QuarterName]:
    return [name for name in names_below(folder) if is_complete(folder / str(name))]


def newest_unfinished(folder: Path) -> QuarterName | None:
    """The newest quarter or trial that was begun and is not complete."""
    return max((name for name in names_below(folder) if not is_complete(folder / str(name))), default=None)


def newest_complete(folder: Path) -> QuarterName | None:
    """The newest complete quarter; a trial only where there is no quarter."""
    names = complete_names(folder)
    published = [name for name in names if not name.is_trial]
    return max(published or names, default=None)
