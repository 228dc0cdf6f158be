"""One corpus without the rows that go, as a revision: tables, lists, papers and manifest at once, or nothing at all.

In: a corpus, the cuts of its tables, an erasure. Out: the same folder without those rows. Shards keep their order;
where one is left without rows the others are numbered anew. Does not decide which rows go.
"""

import json
import re
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.carry import CARRY_FILE
from corpus.covered_rows import Cuts
from corpus.revised_papers import Removed, write_revised_papers
from corpus.rewriting import Cut, rows_gone, write_cut
from corpus.schema import SPLITS
from foundation.files import sha256_of_file
from foundation.manifests import MANIFEST_NAME
from foundation.revisions import ASIDE_SUFFIX, Revision, content_sha256

_SHARD = re.compile(r"-\d{5}-of-\d{5}(?=\.parquet$)")


def revise_corpus(folder: Path, erasure_id: str, cuts: Cuts, carry: Sequence[Cut]) -> None:
    """Take the rows away; where there are none only the erasure is noted in the manifest."""
    values = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
    removed, created = Removed(), list[Path]()

    def update(new: dict[str, Any]) -> None:
        gone = removed.counts()
        new["counts"] = {name: number - gone.get(name, 0) for name, number in new["counts"].items()}
        new["statistics_after_erasure"] = True
        renamed = (_entry(folder, path) for path in created)
        new["files"] = sorted([*new["files"], *renamed], key=lambda entry: Path(entry["path"]))

    with Revision(
        folder, erasure_id, content_sha256=lambda new: content_sha256(new["files"]), update=update
    ) as revision:
        for split in SPLITS:
            shards = [cut for cut in cuts.sentences if cut.path.name.startswith(f"{split}-")]
            created += _replace(revision, shards, partial(removed.sentences, split=split))
        created += _replace(revision, cuts.documents, removed.documents)
        created += _replace(revision, cuts.dropped, removed.dropped)
        _replace(revision, cuts.personal_data, removed.statistics.count_personal_data)
        _replace(revision, cuts.boilerplate, removed.statistics.count_boilerplate)
        for cut in carry:
            # of the carried sentences a file is always there
            _replace(revision, [cut], _not_counted, keep_empty=cut.path == folder / CARRY_FILE)
        if revision.changes:
            write_revised_papers(revision, values, removed)


def _replace(
    revision: Revision, cuts: Sequence[Cut], removed: Callable[[pa.Table], None], *, keep_empty: bool = False
) -> list[Path]:  # fmt: skip
    """The files of one table without the rows that go; gives those that have a name of their own now.

    A file of no rows goes: datasets cannot read one.
    """
    left = [cut for cut in cuts if keep_empty or not cut.is_empty]
    created = []
    for cut in cuts:
        if cut not in left:
            revision.removing(cut.path)
            for rows in rows_gone(cut):
                removed(rows)
    for number, cut in enumerate(left):
        path = cut.path
        if len(left) != len(cuts):
            path = path.with_name(_SHARD.sub(f"-{number:05}-of-{len(left):05}", path.name))
        if path != cut.path:
            revision.removing(cut.path)
            created.append(path)
        if cut.changes:
            with revision.replacing(path) as aside:
                write_cut(cut, aside, removed)
        elif path != cut.path:
            with revision.replacing(path) as aside:
                shutil.copyfile(cut.path, aside)
    return created


def _entry(folder: Path, path: Path) -> dict[str, Any]:
    """Of a file that still waits under its name aside."""
    aside = path.with_name(path.name + ASIDE_SUFFIX)
    name = path.relative_to(folder).as_posix()
    return {"path": name, "size": aside.stat().st_size, "sha256": sha256_of_file(aside)}


def _not_counted(rows: pa.Table) -> None:
    """Statistics know nothing of what is handed on."""
