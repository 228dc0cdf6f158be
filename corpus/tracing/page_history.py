"""What became of a page in each quarter, and whether the corpus of that quarter has the sentence.

In: a page, known by its address at first sight, which it keeps when it moves; a sentence or document. Out: a
`QuarterState` for each published quarter that is there, oldest first; trials are none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.schema import SPLITS, shard_paths
from corpus.tracing.lookups import readable, rows_with
from corpus.tracing.snapshot_rows import snapshot_rows
from corpus.tracing.traced_corpus import TracedCorpus
from crawler.snapshot import OUTCOMES_NAME, SITES_FOLDER
from foundation.places import complete_names

_COLUMNS = ("url", "outcome", "reason", "since", "first_url", "moved_to", "capture_id")
NOT_THERE, NOT_TOLD, NOT_MET = (None, "no snapshot"), (None, "not told"), (None, "not met")


@dataclass(frozen=True, kw_only=True)
class PageOutcome:
    """A row of outcomes.parquet, with its addresses as the corpus would show them."""

    url: str
    outcome: str
    reason: str | None
    since: str
    moved_to: str | None


@dataclass(frozen=True, kw_only=True)
class QuarterState:
    """One quarter.

    Attributes:
        page: what became of the page; None where the snapshot does not know it, or tells of no page.
        without_page: why `page` is None.
        has_corpus: whether there is a corpus of that quarter.
        split: on which side that corpus has what was asked for; None where it has not.
    """

    quarter: str
    page: PageOutcome | None
    without_page: str | None
    has_corpus: bool
    split: str | None


def history(
    corpus: TracedCorpus, site: str, identity: str, *, sentence: str | None = None, document: str | None = None
) -> tuple[QuarterState, ...]:
    """The quarters of a page, and of a sentence or document.

    Args:
        identity: the page's address at first sight, not masked.

    Raises:
        BrokenRunError: a table of a quarter cannot be read.
    """
    places = corpus.places
    snapshots, corpora = (
        {str(name) for name in complete_names(folder) if not name.is_trial}
        for folder in (places.snapshots, places.corpora)
    )
    states = []
    for quarter in sorted(snapshots | corpora):
        page, complaint = _page(corpus, places.snapshot(quarter), site, identity) if quarter in snapshots else NOT_THERE
        folder = places.corpus(quarter)
        has_corpus = quarter in corpora
        split = _split(folder, sentence, document) if has_corpus else None
        states.append(
            QuarterState(quarter=quarter, page=page, without_page=complaint, has_corpus=has_corpus, split=split)
        )
    return tuple(states)


def _page(corpus: TracedCorpus, snapshot: Path, site: str, identity: str) -> tuple[PageOutcome | None, str | None]:
    folder = snapshot / SITES_FOLDER / site
    if folder.is_dir() and not (folder / OUTCOMES_NAME).is_file():
        return NOT_TOLD  # a snapshot of format 1, or made elsewhere
    rows = [row for column in ("url", "first_url")
            for row in snapshot_rows(snapshot, site, OUTCOMES_NAME, column, [identity], _COLUMNS)]  # fmt: skip
    if not rows:
        return NOT_MET
    row = max(rows, key=lambda each: (each["capture_id"] is not None, each["first_url"] is not None, each["since"]))
    return _outcome(corpus, row), None


def _outcome(corpus: TracedCorpus, row: Mapping[str, Any]) -> PageOutcome:
    shown = {name: corpus.shown_url(row[name]) if row[name] else None for name in ("reason", "moved_to")}
    return PageOutcome(url=corpus.shown_url(row["url"]), outcome=row["outcome"], since=row["since"], **shown)


def split_of(folder: Path, sentence: str) -> str | None:
    """On which side of the split a corpus has a sentence; None where it does not."""
    with readable(folder):
        for split in SPLITS:
            if rows_with(shard_paths(folder, split), "sentence_id", [sentence], ["sentence_id"]):
                return split
    return None


def _split(folder: Path, sentence: str | None, document: str | None) -> str | None:
    if sentence is not None:
        return split_of(folder, sentence)
    if document is None:
        return None
    paths: Sequence[Path] = sorted((folder / "documents").glob("*.parquet"))
    with readable(folder):
        rows = rows_with(paths, "document_id", [document], ["split"])
    return rows[0]["split"] if rows else None
