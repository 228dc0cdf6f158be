"""A corpus with what is needed to follow something in it back to the archive.

In: the folder of a corpus and those beside it. Out: its configuration and files, the snapshot it was built from, what
must be forgotten. A snapshot that is not there any more is no error: it is told in words.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from corpus.config import CorpusConfig, config_of
from corpus.inspection.sources import snapshot_of
from corpus.personal_data import blotted_url, masked_url
from corpus.schema import read_corpus_manifest
from crawler.snapshot import SnapshotManifest, read_snapshot_manifest
from foundation.erasures import Erasures, read_erasures
from foundation.places import Places

_IMPORTED = "imported-"  # so begins the id of what was made of WARC files of other tools


@dataclass(frozen=True, kw_only=True)
class Built:
    """The snapshot that a corpus was built from; `reserved` are its sites that the corpus leaves out whole."""

    folder: Path
    manifest: SnapshotManifest
    reserved: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class TracedCorpus:
    """One corpus.

    Attributes:
        snapshot: the snapshot it was built from; None where that is not there.
        without_archive: why its raw archive is not there; None: it is.
        paths: its files as the manifest names them, so that a missing one is missed.
    """

    folder: Path
    places: Places
    config: CorpusConfig
    snapshot: Built | None
    without_archive: str | None
    paths: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def erasures(self) -> Erasures:
        return read_erasures(self.places.erasures)

    def files(self, table: str) -> list[Path]:
        """The shards of a table, in order; of sentences only those of one side: `sentences/train`."""
        start = table if "/" in table else f"{table}/"
        return [
            self.folder / path for path in sorted(self.paths) if path.startswith(start) and path.endswith(".parquet")
        ]

    def shown_url(self, url: str) -> str:
        """An address as a corpus shows it: without contact data and CPR numbers."""
        return masked_url(blotted_url(url), self.config)


def traced_corpus(places: Places, folder: Path) -> TracedCorpus:
    """Read what a corpus says of itself.

    Raises:
        BrokenRunError: it is no complete corpus.
    """
    manifest = read_corpus_manifest(folder)
    config = config_of(manifest.configuration)
    built_from = snapshot_of(places, manifest)
    snapshot = None if built_from is None else _built(built_from, config)
    complaint: str | None = (
        "built from WARC files, which are not kept here"
        if manifest.snapshot is None or manifest.snapshot.startswith(_IMPORTED)
        else f"the snapshot it was built from ({manifest.snapshot}) is not there"
    )
    if snapshot is not None:
        day = snapshot.manifest.pruned
        complaint = f"the raw archive of {snapshot.folder.name} was removed on {day}" if day else None
    return TracedCorpus(
        folder=folder, places=places, config=config, snapshot=snapshot, without_archive=complaint,
        paths=tuple(entry.path for entry in manifest.files),
    )  # fmt: skip


def _built(folder: Path, config: CorpusConfig) -> Built:
    manifest = read_snapshot_manifest(folder)
    sites = () if config.include_reserved_sites else manifest.sites
    reserved = frozenset(site.site for site in sites if site.reservation is not None)
    return Built(folder=folder, manifest=manifest, reserved=reserved)
