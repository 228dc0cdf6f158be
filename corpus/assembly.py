"""The tables of all sites become one corpus: duplicates, split, shards, statistics, card, manifest.

In: the finished site tasks of a build, the snapshot's manifest, the carry. Out: every file of the corpus, in a working
folder; build.py gives it its name. Total order everywhere, so that the same tables give the same bytes.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.card import dataset_card
from corpus.carry import CARRY_FILE, Carry, carried_rows
from corpus.config import CorpusConfig
from corpus.dedup import Occurrence, UniqueSentence, surviving_documents, unique_sentences
from corpus.near_duplicates import ValidationIndex, to_drop
from corpus.schema import (
    CARRY_SCHEMA,
    DOCUMENT_SCHEMA,
    DROPPED_SCHEMA,
    FORMAT_VERSION,
    PERSONAL_DATA_SCHEMA,
    SENTENCE_SCHEMA,
    SITE_SCHEMA,
    SPLITS,
    DropReason,
)  # fmt: skip
from corpus.shards import ShardWriter, with_metadata, write_table
from corpus.site_task import (
    DOCUMENTS,
    DROPPED,
    PERSONAL_DATA,
    SiteTask,
    num_pages_of,
    read_occurrences,
    read_rows,
)  # fmt: skip
from corpus.split import TRAIN, VALIDATION, document_side, sentence_side
from corpus.stats import STATISTICS_NAME, Statistics
from crawler.snapshot import SiteSummary, SnapshotManifest
from foundation.errors import NeedsPersonError
from foundation.files import make_folder, sha256_of_text, write_text
from foundation.manifests import file_entries, write_manifest
from foundation.overrides import config_sha256
from foundation.progress import progress
from foundation.quarters import QuarterName

HEX_DIGITS = "0123456789abcdef"
# The libraries that decide what a corpus holds.
LIBRARIES = (
    "tvaerkom", "trafilatura", "beautifulsoup4", "lxml", "ftfy", "lingua-language-detector", "langdetect",
    "python-stdnum", "pyarrow",
)  # fmt: skip


def library_versions() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}


class Assembly:
    """One build's global part; `output` is an empty folder."""

    def __init__(
        self, name: QuarterName, config: CorpusConfig, snapshot: SnapshotManifest, carry: Carry,
        tasks: Sequence[SiteTask], output: Path,
    ) -> None:  # fmt: skip
        self.name, self.config, self.snapshot = name, config, snapshot
        self.carry, self.tasks, self.output = carry, tasks, output
        self.config_sha256 = config_sha256(config)
        self.quarter = str(name.base)
        self.statistics = Statistics()
        self.kept: dict[str, tuple[str, str]] = {}  # sentence_id -> (first quarter, side)
        self.near_to_training: set[str] = set()  # validation sentences that go for it
        self.sentences_of: dict[str, int] = {}  # document_id -> sentences that stayed
        self.survivors = self._surviving_documents()

    def write(self) -> None:
        with self._writer("dropped", "dropped", DROPPED_SCHEMA) as dropped:
            self._drop(dropped, self._dropped_by_sites())
            self._write_sentences(dropped)
            self._write_documents(dropped)
        if not self.kept:
            raise NeedsPersonError(
                f"no sentence of {self.snapshot.id} was kept, so there is no corpus; what was dropped and why: "
                f"{self.output / 'dropped'}"
            )
        self._write_sites()
        self._write_personal_data()
        self._write_carry()
        self._write_papers()

    def _writer(self, folder: str, stem: str, schema: pa.Schema) -> ShardWriter:
        return ShardWriter(
            self.output / folder, stem, schema, config_sha256=self.config_sha256,
            rows_per_shard=self.config.rows_per_shard, rows_per_group=self.config.rows_per_group,
        )  # fmt: skip

    def _surviving_documents(self) -> frozenset[str]:
        columns = ["site", "document_id", "text_sha256"]
        return surviving_documents(
            (row["site"], row["document_id"], row["text_sha256"])
            for task in self.tasks
            for row in read_rows(task.folder, DOCUMENTS, columns=columns)
        )

    def _drop(self, writer: ShardWriter, rows: Iterator[dict[str, Any]]) -> None:
        for row in rows:
            self.statistics.count_dropped(row)
            writer.write(row)

    def _dropped_by_sites(self) -> Iterator[dict[str, Any]]:
        for task in self.tasks:
            yield from read_rows(task.folder, DROPPED)

    def _write_sentences(self, dropped: ShardWriter) -> None:
        """In order of sentence_id, a hash: training reads a shuffled corpus, and a diff of two quarters is local.

        Validation sentences are held in memory until every training sentence was compared with them.
        """
        validation = {unique.survivor.sentence_id: unique for unique in self._unique(VALIDATION)}
        index = ValidationIndex({identity: unique.survivor.text for identity, unique in validation.items()})
        writers = {split: self._writer("sentences", split, SENTENCE_SCHEMA) for split in SPLITS}
        with progress(f"corpus {self.name}: duplicates", unit="parts", total=len(HEX_DIGITS)) as meter:
            for digit in HEX_DIGITS:
                training = list(self._unique(TRAIN, digit))
                pairs = index.pairs_with([(each.survivor.sentence_id, each.survivor.text) for each in training])
                gone = {to_drop(pair, self.carry.side) for pair in pairs}
                self._keep_or_drop(training, gone, writers[TRAIN], dropped)
                self.near_to_training |= gone & validation.keys()
                meter.advance()
        self._keep_or_drop(validation.values(), self.near_to_training, writers[VALIDATION], dropped)
        for writer in writers.values():
            writer.close()

    def _unique(self, side: str, digits: str = HEX_DIGITS) -> Iterator[UniqueSentence]:
        """The different sentences on one side of the split, in order of sentence_id."""
        folders = [task.folder for task in self.tasks]
        share = self.config.validation_share
        for digit in digits:
            for unique in unique_sentences(read_occurrences(folders, digit), self.survivors):
                if side == sentence_side(unique.survivor.sentence_id, unique.document_ids, self.carry.side, share):
                    yield unique

    def _keep_or_drop(
        self, sentences: Iterable[UniqueSentence], gone: set[str], writer: ShardWriter, dropped: ShardWriter
    ) -> None:
        for unique in sentences:
            self._drop(dropped, _copies(unique.removed, DropReason.DUPLICATE_SENTENCE))
            if unique.survivor.sentence_id in gone:
                self._drop(dropped, _copies([unique.survivor], DropReason.NEAR_DUPLICATE_ACROSS_SPLIT))
            else:
                row = self._sentence_row(unique, writer.stem)
                writer.write(row)
                self.statistics.count_sentence(row, writer.stem)

    def _sentence_row(self, unique: UniqueSentence, split: str) -> dict[str, Any]:
        survivor = unique.survivor
        first_quarter = self.carry.first_quarter.get(survivor.sentence_id, self.quarter)
        self.kept[survivor.sentence_id] = (first_quarter, split)
        self.sentences_of[survivor.document_id] = self.sentences_of.get(survivor.document_id, 0) + 1
        return asdict(survivor) | {
            "num_masked": 0, "num_occurrences": unique.num_occurrences, "num_sites": unique.num_sites,
            "cluster_id": None, "first_quarter": first_quarter,
        }  # fmt: skip

    def _write_documents(self, dropped: ShardWriter) -> None:
        with self._writer("documents", "documents", DOCUMENT_SCHEMA) as writer:
            for task in self.tasks:
                self.statistics.pages[task.site] = num_pages_of(task.folder)
                for row in sorted(read_rows(task.folder, DOCUMENTS), key=lambda each: str(each["document_id"])):
                    if row["document_id"] in self.survivors:
                        writer.write(row | self._document_fields(row["document_id"]))
                        self.statistics.documents[task.site] += 1
                    else:
                        self._drop(dropped, iter([_duplicate_document(row)]))

    def _document_fields(self, document_id: str) -> dict[str, Any]:
        return {
            "split": document_side(document_id, self.config.validation_share),
            "num_sentences": self.sentences_of.get(document_id, 0),
        }

    def _write_sites(self) -> None:
        rows = [self._site_row(site) for site in sorted(self.snapshot.sites, key=lambda each: each.site)]
        self._write_table(rows, SITE_SCHEMA, "sites.parquet")

    def _site_row(self, site: SiteSummary) -> dict[str, Any]:
        return {
            "site": site.site, "name": site.name, "region": site.region, "kind": site.kind, "crawled": True,
            "terminal_state": site.state, "num_pages": self.statistics.pages[site.site],
            "num_sentences": self.statistics.site_sentences[site.site], "robots_verdict": site.robots_verdict,
            "robots_date": None if site.robots_date is None else pa.scalar(site.robots_date).cast(
                SITE_SCHEMA.field("robots_date").type).as_py(),
        }  # fmt: skip

    def _write_personal_data(self) -> None:
        rows = [row for task in self.tasks for row in read_rows(task.folder, PERSONAL_DATA)]
        for row in rows:
            self.statistics.personal_data[row["kind"]] += row["count"]
        if rows:  # as with shards: datasets cannot read a parquet file of no rows
            self._write_table(rows, PERSONAL_DATA_SCHEMA, "personal_data.parquet")

    def _write_carry(self) -> None:
        make_folder((self.output / CARRY_FILE).parent)
        self._write_table(carried_rows(self.carry, self.kept), CARRY_SCHEMA, CARRY_FILE)

    def _write_table(self, rows: list[dict[str, Any]], schema: pa.Schema, name: str) -> None:
        table = pa.Table.from_pylist(rows, schema=with_metadata(schema, self.config_sha256))
        write_table(table, self.output / name, rows_per_group=self.config.rows_per_group)

    def _write_papers(self) -> None:
        """Statistics, dataset card, and last the manifest; none of them holds a time."""
        statistics = self.statistics.as_dict()
        inputs = {
            "snapshot": self.snapshot.content_sha256, "configuration": self.config_sha256,
            "erasures": None, "carry": self.carry.sha256,
        }  # fmt: skip
        identity = f"corpus-{self.name}-{sha256_of_text(*(str(value) for value in inputs.values()))[:12]}"
        write_text(
            self.output / STATISTICS_NAME, json.dumps(statistics, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        )
        card = dataset_card(
            name=str(self.name), quarter=self.quarter, identity=identity, statistics=statistics, inputs=inputs,
            follows=self.carry.follows, languages=self.config.languages,
        )  # fmt: skip
        write_text(self.output / "README.md", card)
        files = file_entries(self.output, (path for path in self.output.rglob("*") if path.is_file()))
        write_manifest(
            self.output,
            {
                "kind": "corpus", "format_version": FORMAT_VERSION, "id": identity, "name": str(self.name),
                "revision": 1, "inputs": inputs, "snapshot": self.snapshot.id, "follows": self.carry.follows,
                "content_sha256": sha256_of_text(*(f"{entry.path} {entry.sha256}" for entry in files)),
                "configuration": self.config.model_dump(mode="json"), "software": library_versions(),
                "counts": {
                    "documents": statistics["num_documents"], "train": self.statistics.sentences["train"],
                    "validation": self.statistics.sentences["validation"],
                },
                "files": [asdict(entry) for entry in files],
            },
        )  # fmt: skip


def _copies(copies: Iterable[Occurrence], reason: DropReason) -> Iterator[dict[str, Any]]:
    for copy in copies:
        yield {"level": "sentence", "reason": reason.value, "site": copy.site, "url": copy.url, "text": copy.text}


def _duplicate_document(row: dict[str, Any]) -> dict[str, Any]:
    return {"level": "document", "reason": DropReason.DUPLICATE_DOCUMENT.value, "site": row["site"],
            "url": row["url"], "text": row["text"]}  # fmt: skip
