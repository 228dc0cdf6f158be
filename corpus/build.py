"""The corpus stage in reading order.

In: a published snapshot, a configuration, and the carry of the corpus before. Out: a complete corpus folder, the
same bytes for the same inputs and any number of workers. A folder appears under its name only when it is whole.
"""

import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.card import dataset_card
from corpus.carry import CARRY_FILE, Carry, carried_table, corpus_before, read_carry
from corpus.config import CorpusConfig
from corpus.dedup import UniqueSentence, surviving_documents, unique_sentences
from corpus.schema import (
    DOCUMENT_SCHEMA,
    DROPPED_SCHEMA,
    FORMAT_VERSION,
    PERSONAL_DATA_SCHEMA,
    SENTENCE_SCHEMA,
    SITE_SCHEMA,
    SPLITS,
    CorpusManifest,
    DropReason,
    read_corpus_manifest,
)  # fmt: skip
from corpus.shards import ShardWriter, write_table
from corpus.site_task import (
    DOCUMENTS,
    DROPPED,
    PERSONAL_DATA,
    SiteTask,
    is_done,
    num_pages_of,
    read_occurrences,
    read_rows,
    run_site_task,
)  # fmt: skip
from corpus.split import document_side, sentence_side
from corpus.stats import STATISTICS_NAME, Statistics
from crawler.snapshot import SiteSummary, SnapshotManifest, read_snapshot_manifest
from foundation.errors import BrokenRunError, ConfigError, NeedsPersonError
from foundation.files import make_folder, sha256_of_text, sync_folder, write_text
from foundation.manifests import file_entries, is_complete, write_manifest
from foundation.overrides import config_sha256
from foundation.places import Places
from foundation.progress import progress
from foundation.quarters import QuarterName

log = logging.getLogger(__name__)
HEX_DIGITS = "0123456789abcdef"
OUTPUT_FOLDER = "output"


@dataclass(frozen=True, kw_only=True)
class BuildPlan:
    """One build: `snapshot` is a published snapshot's folder, `work` holds the sites' tables until it is done."""

    name: QuarterName
    snapshot: Path
    places: Places
    config: CorpusConfig
    workers: int


def build(plan: BuildPlan) -> CorpusManifest:
    """Build a corpus.

    Raises:
        ConfigError: the name is taken: what is published is never changed in place.
        BrokenRunError: the snapshot or the earlier corpus is damaged, or a worker was killed.
    """
    target = plan.places.corpus(str(plan.name))
    if is_complete(target):
        raise ConfigError(
            f"{target} is there already and is never rebuilt in place; build a trial under a name such as "
            f"{plan.name.base}-try instead"
        )
    if target.exists():
        raise ConfigError(f"{target} is there already but is no complete corpus; move it away, then build again")
    snapshot = read_snapshot_manifest(plan.snapshot)
    carry = read_carry(corpus_before(plan.places.corpora, plan.name))
    tasks = _tasks(plan, snapshot)
    _run_tasks(tasks, plan.workers, str(plan.name))
    output = plan.places.build_work(str(plan.name)) / OUTPUT_FOLDER
    shutil.rmtree(output, ignore_errors=True)
    _Assembly(plan, snapshot, carry, tasks, make_folder(output)).write()
    make_folder(target.parent)
    output.replace(target)
    sync_folder(target.parent)
    shutil.rmtree(plan.places.build_work(str(plan.name)))
    return read_corpus_manifest(target)


def _tasks(plan: BuildPlan, snapshot: SnapshotManifest) -> list[SiteTask]:
    inputs = sha256_of_text(snapshot.content_sha256, config_sha256(plan.config), str(FORMAT_VERSION), _versions_line())
    work = plan.places.build_work(str(plan.name))
    return [
        SiteTask(
            snapshot=plan.snapshot, site=site.site, area=site.area, config=plan.config,
            inputs_sha256=inputs, folder=work / "sites" / site.site,
        )
        for site in sorted(snapshot.sites, key=lambda each: each.site)
    ]  # fmt: skip


def _run_tasks(tasks: Sequence[SiteTask], workers: int, name: str) -> None:
    """One task a site; those that an interrupted build finished are not done again."""
    waiting = [task for task in tasks if not is_done(task)]
    with progress(f"corpus {name}", unit="sites", total=len(tasks)) as meter:
        meter.advance(len(tasks) - len(waiting))
        if workers == 1:
            for task in waiting:
                meter.advance(note=run_site_task(task))
            return
        # spawn: a forked child would share lingua's and libxml2's threads
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            futures = [pool.submit(run_site_task, task) for task in waiting]
            try:
                for future in as_completed(futures):
                    meter.advance(note=future.result())
            except BrokenProcessPool:
                raise BrokenRunError(
                    "a worker was ended from outside, most often for want of memory; type the same command again, "
                    "with fewer --workers: sites that are done are not done again"
                ) from None
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


def _versions() -> dict[str, str]:
    """The libraries that decide what a corpus holds."""
    names = ("tvaerkom", "trafilatura", "beautifulsoup4", "lxml", "ftfy", "lingua-language-detector", "langdetect",
             "python-stdnum", "pyarrow")  # fmt: skip
    return {name: version(name) for name in names}


def _versions_line() -> str:
    return " ".join(f"{name}={number}" for name, number in _versions().items())


class _Assembly:
    """The sites' tables become one corpus: duplicates, split, shards, statistics, card, manifest."""

    def __init__(
        self, plan: BuildPlan, snapshot: SnapshotManifest, carry: Carry, tasks: Sequence[SiteTask], output: Path
    ) -> None:
        self.plan, self.snapshot, self.carry, self.tasks, self.output = plan, snapshot, carry, tasks, output
        self.config_sha256 = config_sha256(plan.config)
        self.quarter = str(plan.name.base)
        self.statistics = Statistics()
        self.kept: dict[str, tuple[str, str]] = {}  # sentence_id -> (first quarter, side)
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
            rows_per_shard=self.plan.config.rows_per_shard, rows_per_group=self.plan.config.rows_per_group,
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
        """In order of sentence_id, a hash: training reads a shuffled corpus, and a diff of two quarters is local."""
        folders = [task.folder for task in self.tasks]
        writers = {split: self._writer("sentences", split, SENTENCE_SCHEMA) for split in SPLITS}
        for digit in HEX_DIGITS:
            for unique in unique_sentences(read_occurrences(folders, digit), self.survivors):
                row, split = self._sentence_row(unique)
                writers[split].write(row)
                self.statistics.count_sentence(row, split)
                self._drop(dropped, _duplicates(unique))
        for writer in writers.values():
            writer.close()

    def _sentence_row(self, unique: UniqueSentence) -> tuple[dict[str, Any], str]:
        survivor = unique.survivor
        split = sentence_side(
            survivor.sentence_id, unique.document_ids, self.carry.side, self.plan.config.validation_share
        )
        first_quarter = self.carry.first_quarter.get(survivor.sentence_id, self.quarter)
        self.kept[survivor.sentence_id] = (first_quarter, split)
        self.sentences_of[survivor.document_id] = self.sentences_of.get(survivor.document_id, 0) + 1
        row = asdict(survivor) | {
            "num_masked": 0, "num_occurrences": unique.num_occurrences, "num_sites": unique.num_sites,
            "cluster_id": None, "first_quarter": first_quarter,
        }  # fmt: skip
        return row, split

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
            "split": document_side(document_id, self.plan.config.validation_share),
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
        table = carried_table(self.carry, self.kept)
        write_table(table, self.output / CARRY_FILE, rows_per_group=self.plan.config.rows_per_group)

    def _write_table(self, rows: list[dict[str, Any]], schema: pa.Schema, name: str) -> None:
        table = pa.Table.from_pylist(rows, schema=schema)
        write_table(table, self.output / name, rows_per_group=self.plan.config.rows_per_group)

    def _write_papers(self) -> None:
        """Statistics, dataset card, and last the manifest; none of them holds a time."""
        statistics = self.statistics.as_dict()
        inputs = {
            "snapshot": self.snapshot.content_sha256, "configuration": self.config_sha256,
            "erasures": None, "carry": self.carry.sha256,
        }  # fmt: skip
        identity = f"corpus-{self.plan.name}-{sha256_of_text(*(str(value) for value in inputs.values()))[:12]}"
        write_text(
            self.output / STATISTICS_NAME, json.dumps(statistics, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        )
        card = dataset_card(
            name=str(self.plan.name), quarter=self.quarter, identity=identity, statistics=statistics, inputs=inputs,
            follows=self.carry.follows, languages=self.plan.config.languages,
        )  # fmt: skip
        write_text(self.output / "README.md", card)
        files = file_entries(self.output, (path for path in self.output.rglob("*") if path.is_file()))
        write_manifest(
            self.output,
            {
                "kind": "corpus", "format_version": FORMAT_VERSION, "id": identity, "name": str(self.plan.name),
                "revision": 1, "inputs": inputs, "snapshot": self.snapshot.id, "follows": self.carry.follows,
                "content_sha256": sha256_of_text(*(f"{entry.path} {entry.sha256}" for entry in files)),
                "configuration": self.plan.config.model_dump(mode="json"), "software": _versions(),
                "counts": {
                    "documents": statistics["num_documents"], "train": self.statistics.sentences["train"],
                    "validation": self.statistics.sentences["validation"],
                },
                "files": [asdict(entry) for entry in files],
            },
        )  # fmt: skip


def _duplicates(unique: UniqueSentence) -> Iterator[dict[str, Any]]:
    for copy in unique.removed:
        yield {"level": "sentence", "reason": DropReason.DUPLICATE_SENTENCE.value, "site": copy.site,
               "url": copy.url, "text": copy.text}  # fmt: skip


def _duplicate_document(row: dict[str, Any]) -> dict[str, Any]:
    return {"level": "document", "reason": DropReason.DUPLICATE_DOCUMENT.value, "site": row["site"],
            "url": row["url"], "text": row["text"]}  # fmt: skip
