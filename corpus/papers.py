"""What stands beside the tables of a corpus: statistics, dataset card, and last the manifest. None holds a time.

In: the joined corpus and its counts. Out: three files in its folder. After the manifest the folder is complete.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corpus.card import dataset_card
from corpus.joined import Joined
from corpus.schema import FORMAT_VERSION
from corpus.stats import STATISTICS_NAME, Statistics
from foundation.erasures import Erasures
from foundation.files import sha256_of_text, write_text
from foundation.manifests import file_entries, write_manifest

# The libraries that decide what a corpus holds.
LIBRARIES = (
    "tvaerkom", "trafilatura", "justext", "lxml_html_clean", "beautifulsoup4", "lxml", "ftfy",
    "lingua-language-detector", "langdetect", "python-stdnum", "w3lib", "numpy", "pyarrow",
)  # fmt: skip


def library_versions() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The four things a build reads, and what it was told to keep out."""

    snapshot_id: str
    snapshot_sha256: str
    configuration_sha256: str
    excluded_sha256: str | None
    num_excluded: int
    erasures: Erasures

    @property
    def configuration(self) -> str:
        """One hash of all that was configured."""
        if self.excluded_sha256 is None:
            return self.configuration_sha256
        return sha256_of_text(self.configuration_sha256, self.excluded_sha256)


def statistics_text(counted: Mapping[str, Any]) -> str:
    return json.dumps(counted, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write_papers(output: Path, joined: Joined, inputs: Inputs, quarter: str, statistics: Statistics) -> None:
    counted = statistics.as_dict()
    hashes = {
        "snapshot": inputs.snapshot_sha256, "configuration": inputs.configuration, "erasures": inputs.erasures.sha256,
        "carry": joined.carry.sha256,
    }  # fmt: skip
    identity = f"corpus-{joined.name}-{sha256_of_text(*(str(value) for value in hashes.values()))[:12]}"
    write_text(output / STATISTICS_NAME, statistics_text(counted))
    manifest: dict[str, Any] = {
        "kind": "corpus", "format_version": FORMAT_VERSION, "id": identity, "name": joined.name,
        "revision": 1, "inputs": hashes, "snapshot": inputs.snapshot_id, "follows": joined.carry.follows,
        "configuration": joined.config.model_dump(mode="json"), "software": library_versions(),
        "erasures": list(inputs.erasures.ids),
        "excluded": {"sha256": inputs.excluded_sha256, "num_texts": inputs.num_excluded},
        "counts": {
            "documents": counted["num_documents"], "train": statistics.sentences["train"],
            "validation": statistics.sentences["validation"],
        },
    }  # fmt: skip
    write_text(output / "README.md", dataset_card(output, manifest, counted, quarter))
    files = file_entries(output, (path for path in output.rglob("*") if path.is_file()))
    content_sha256 = sha256_of_text(*(f"{entry.path} {entry.sha256}" for entry in files))
    write_manifest(output, manifest | {"content_sha256": content_sha256, "files": [asdict(entry) for entry in files]})
