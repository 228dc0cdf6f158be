"""What one corpus hands to the next: for each sentence ever kept, its first quarter and its side of the split.

In: the corpus that this one follows. Out: two lookups; and the table for the next. A sentence that is gone from the
web keeps its entry, so that it cannot change sides when it returns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from corpus.schema import read_corpus_manifest
from foundation.errors import BrokenRunError
from foundation.manifests import damaged_files
from foundation.places import complete_names
from foundation.quarters import QuarterName

CARRY_FILE = "carry/sentences.parquet"


@dataclass(frozen=True, kw_only=True)
class Carry:
    """Sentence id -> first quarter, and -> side; `follows` is the id of the corpus they come from."""

    follows: str | None = None
    sha256: str | None = None
    first_quarter: Mapping[str, str] = field(default_factory=dict)
    side: Mapping[str, str] = field(default_factory=dict)


def corpus_before(corpora: Path, name: QuarterName) -> Path | None:
    """The newest complete quarter before this one; trials are never followed."""
    earlier = [each for each in complete_names(corpora) if not each.is_trial and each < name.base]
    return corpora / str(max(earlier)) if earlier else None


def read_carry(corpus: Path | None) -> Carry:
    """Read what a corpus hands on; nothing for the first.

    Raises:
        BrokenRunError: its carry is missing or damaged; to build on it would let sentences change sides.
    """
    if corpus is None:
        return Carry()
    manifest = read_corpus_manifest(corpus)
    entries = [entry for entry in manifest.files if entry.path == CARRY_FILE]
    damage = damaged_files(corpus, entries)
    if damage or not entries:
        raise BrokenRunError(
            f"{'; '.join(damage) or f'{corpus}: has no {CARRY_FILE}'}: a corpus cannot follow this one; "
            "restore its folder from a backup"
        )
    table = pq.read_table(corpus / CARRY_FILE)
    ids = table["sentence_id"].to_pylist()
    return Carry(
        follows=manifest.id, sha256=entries[0].sha256,
        first_quarter=dict(zip(ids, table["first_quarter"].to_pylist(), strict=True)),
        side=dict(zip(ids, table["split"].to_pylist(), strict=True)),
    )  # fmt: skip


def carried_rows(carry: Carry, kept: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """The carry for the next corpus: everything carried so far and the sentences kept now (first quarter, side)."""
    return [
        {"sentence_id": identity, "first_quarter": first_quarter, "split": side}
        for identity in sorted(carry.side.keys() | kept.keys())
        for first_quarter, side in [kept.get(identity) or (carry.first_quarter[identity], carry.side[identity])]
    ]
