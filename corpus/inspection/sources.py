"""What a finished corpus was made from, where it is still there: its snapshot, and the corpus that it follows.

In: the data folder and a corpus. Out: folders, or None. Reads manifests only.
"""

import json
from pathlib import Path
from typing import Any

from corpus.schema import CorpusManifest
from foundation.manifests import MANIFEST_NAME
from foundation.places import Places, complete_names


def snapshot_of(places: Places, manifest: CorpusManifest) -> Path | None:
    """The folder of the snapshot that a corpus was built from; None where it is gone, or was WARC files."""
    return _with_id(places.snapshots, manifest.snapshot)


def corpus_before(places: Places, manifest: CorpusManifest) -> Path | None:
    """The folder of the corpus that this one follows; None where it is gone, or follows none."""
    return _with_id(places.corpora, manifest.follows)


def _with_id(folder: Path, identity: str | None) -> Path | None:
    """Most often the folder is named in the id: `corpus-2026Q4-d2b06f51937c`."""
    if identity is None:
        return None
    names = sorted(map(str, complete_names(folder)), key=lambda name: f"-{name}-" not in identity)
    return next((folder / name for name in names if _manifest(folder / name).get("id") == identity), None)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        values = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # whoever reads that corpus is told
        return {}
    return values if isinstance(values, dict) else {}
