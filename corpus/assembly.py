"""The joined tables become one corpus: shards, lists, carry.

In: the finished site tasks of a build, the documents and verdicts over all of them, the carry. Out: every table of the
corpus, in a working folder; papers.py adds statistics, card and manifest, build.py gives it its name. Total order
everywhere, a part at a time, so that the same tables give the same bytes and memory is that of one part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpus.carry import BOILERPLATE_FILE, CARRY_FILE, Carry, carry_table, next_carry
from corpus.config import CorpusConfig
from corpus.dedup import ids_of
from corpus.documents import GOES, STAYS, Documents
from corpus.schema import (
    BOILERPLATE_SCHEMA,
    CARRY_BOILERPLATE_SCHEMA,
    CARRY_SCHEMA,
    DOCUMENT_SCHEMA,
    DROPPED_SCHEMA,
    PERSONAL_DATA_SCHEMA,
    SENTENCE_SCHEMA,
    SITE_SCHEMA,
    SPLITS,
    DropReason,
)  # fmt: skip
from corpus.sentence_parts import read_removed, read_unique
from corpus.shards import ShardWriter, with_metadata, write_table
from corpus.site_tables import BLOCK_KINDS, BOILERPLATE, DOCUMENTS, DROPPED, PERSONAL_DATA, read_batches, read_table
from corpus.site_task import SiteTask, num_pages_of
from corpus.split import SIDES
from corpus.stats import Statistics
from corpus.text_steps import THOUSANDTHS
from corpus.verdicts import REASONS, Verdicts
from corpus.verdicts import STAYS as SENTENCE_STAYS
from crawler.snapshot import SiteSummary
from foundation.files import make_folder
from foundation.progress import progress

SITES_NAME, BOILERPLATE_NAME, PERSONAL_DATA_NAME = "sites.parquet", "boilerplate.parquet", "personal_data.parquet"


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What is known of all sites together; `sites`, `areas` and `tasks` are in one order."""

    name: str
    config: CorpusConfig
    config_sha256: str
    sites: tuple[SiteSummary, ...]
    tasks: tuple[SiteTask, ...]
    carry: Carry
    quarter_names: tuple[str, ...]
    documents: Documents
    verdicts: Verdicts
    work: Path


class Assembly:
    """Writes the tables of one corpus into `output`, an empty folder."""

    def __init__(self, joined: Joined, output: Path) -> None:
        self.joined, self.output = joined, output
        self.statistics = Statistics()
        self._site_ids = pa.array([site.site for site in joined.sites], type=pa.string())
        self._areas = pa.array([site.area for site in joined.sites], type=pa.string())
        self._order = np.argsort(joined.documents.numbers)  # of documents, to find them by number
        self._urls = pa.chunked_array(
            [batch["url"] for task in joined.tasks for batch in read_batches(task.folder, DOCUMENTS, ["url"])],
            type=pa.string(),
        ).combine_chunks()
        self._kept_sentences = self._sentences_by_document()
        standing = joined.documents.standing
        self._stays = (standing == STAYS) | ((standing != GOES) & (self._kept_sentences > 0))

    def write(self) -> None:
        with self._writer("dropped", "dropped", DROPPED_SCHEMA) as dropped:
            self._drop_as_sites_did(dropped)
            self._write_sentences(dropped)
            self._write_documents(dropped)
        self._write_sites()
        self._write_list(PERSONAL_DATA, PERSONAL_DATA_SCHEMA, PERSONAL_DATA_NAME)
        self._write_list(BOILERPLATE, BOILERPLATE_SCHEMA, BOILERPLATE_NAME)
        self._write_carry()

    def _writer(self, folder: str, stem: str, schema: pa.Schema) -> ShardWriter:
        config = self.joined.config
        return ShardWriter(
            self.output / folder, stem, schema, config_sha256=self.joined.config_sha256,
            rows_per_shard=config.rows_per_shard, rows_per_group=config.rows_per_group,
        )  # fmt: skip

    def _sentences_by_document(self) -> NDArray[np.int64]:
        """(D,) how many sentences that stay are taken from each document."""
        verdicts, found = self.joined.verdicts, np.zeros(len(self._order), dtype=np.int64)
        for number, (first, last) in enumerate(_ranges(verdicts.starts)):
            documents = read_unique(self.joined.work, number, ["document"])["document"].to_numpy()
            kept = documents[verdicts.verdict[first:last] == SENTENCE_STAYS]
            found += np.bincount(self._places(kept), minlength=len(found))
        return found

    def _places(self, numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The places of documents by their numbers."""
        found: NDArray[np.int64] = self._order[
            np.searchsorted(self.joined.documents.numbers, numbers, sorter=self._order)
        ]
        return found

    def _drop(self, writer: ShardWriter, table: pa.Table) -> None:
        if table.num_rows:
            self.statistics.count_dropped(table)
            writer.write(table)

    def _drop_as_sites_did(self, dropped: ShardWriter) -> None:
        for site, task in zip(self.joined.sites, self.joined.tasks, strict=True):
            for batch in read_batches(task.folder, DROPPED):
                columns = {name: batch[name] for name in batch.schema.names} | {"site": _repeated(site.site, batch)}
                self._drop(dropped, _with_nulls(columns, DROPPED_SCHEMA))

    def _write_sentences(self, dropped: ShardWriter) -> None:
        """In order of sentence_id, a hash: training reads a shuffled corpus, and a diff of two quarters is local."""
        writers = [self._writer("sentences", split, SENTENCE_SCHEMA) for split in SPLITS]
        ranges = _ranges(self.joined.verdicts.starts)
        with progress(f"corpus {self.joined.name}: writing", unit="parts", total=len(ranges)) as meter:
            for number, (first, last) in enumerate(ranges):
                unique = read_unique(self.joined.work, number)
                verdict = self.joined.verdicts.verdict[first:last]
                rows = self._sentence_rows(unique, first, last)
                for side, writer in enumerate(writers):
                    is_wanted = (verdict == SENTENCE_STAYS) & (self.joined.verdicts.sides[first:last] == side)
                    kept = rows.filter(pa.array(is_wanted))
                    self.statistics.count_sentences(kept, writer.stem)
                    writer.write(kept)
                self._drop(dropped, self._duplicates(number))
                self._drop(dropped, self._near_duplicates(rows, verdict, first, last))
                meter.advance()
        for writer in writers:
            writer.close()

    def _sentence_rows(self, unique: pa.Table, first: int, last: int) -> pa.Table:
        verdicts = self.joined.verdicts
        sites, kinds = unique["site"], pa.array(BLOCK_KINDS)
        cluster = verdicts.cluster[first:last]
        columns = {name: unique[name] for name in
                   ("text", "position", "num_words", "num_masked", "num_occurrences", "num_sites")}  # fmt: skip
        columns |= {
            "sentence_id": ids_of(verdicts.sentences[first:last]),
            "document_id": ids_of(unique["document"].to_numpy()),
            "block": kinds.take(unique["kind"]), "site": self._site_ids.take(sites), "area": self._areas.take(sites),
            "url": self._urls.take(pa.array(self._places(unique["document"].to_numpy()))),
            "language_score": unique["score"].to_numpy() / THOUSANDTHS,
            "num_near_duplicates": verdicts.num_near[first:last],
            "cluster_id": _ids_or_null(verdicts.sentences, cluster),
            "first_quarter": pa.array(self.joined.quarter_names).take(unique["quarter"]),
        }  # fmt: skip
        return pa.table(columns)

    def _duplicates(self, number: int) -> pa.Table:
        """Occurrences of which another is the survivor; where that one goes itself, the one for which it goes."""
        removed, verdicts = read_removed(self.joined.work, number), self.joined.verdicts
        places = np.searchsorted(verdicts.sentences, removed["sentence"].to_numpy())
        return _with_nulls(
            {
                "level": _repeated("sentence", removed),
                "reason": _repeated(DropReason.DUPLICATE_SENTENCE, removed),
                "site": self._site_ids.take(removed["site"]),
                "url": self._urls.take(pa.array(self._places(removed["document"].to_numpy()))),
                "text": removed["text"],
                "kept_id": _ids_or_null(verdicts.sentences, verdicts.kept[places]),
                "similarity": verdicts.similarity[places] / THOUSANDTHS,
            },
            DROPPED_SCHEMA,
        )  # fmt: skip

    def _near_duplicates(self, rows: pa.Table, verdict: NDArray[np.int8], first: int, last: int) -> pa.Table:
        verdicts, gone = self.joined.verdicts, np.flatnonzero(verdict != SENTENCE_STAYS)
        some = rows.take(pa.array(gone))
        return _with_nulls(
            {
                "level": _repeated("sentence", some), "reason": pa.array([REASONS[each] for each in verdict[gone]]),
                "site": some["site"], "url": some["url"], "text": some["text"],
                "kept_id": _ids_or_null(verdicts.sentences, verdicts.kept[first:last][gone]),
                "similarity": verdicts.similarity[first:last][gone] / THOUSANDTHS,
            },
            DROPPED_SCHEMA,
        )  # fmt: skip

    def _write_documents(self, dropped: ShardWriter) -> None:
        """In order of (site, address). A near duplicate stays where a sentence is taken from it."""
        place, stays = 0, self._stays
        with self._writer("documents", "documents", DOCUMENT_SCHEMA) as writer:
            for number, (site, task) in enumerate(zip(self.joined.sites, self.joined.tasks, strict=True)):
                self.statistics.pages[site.site] = num_pages_of(task.folder)
                for batch in read_batches(task.folder, DOCUMENTS):
                    places = np.arange(place, place + batch.num_rows)
                    place += batch.num_rows
                    rows = self._document_rows(batch, places, number)
                    kept = rows.filter(pa.array(stays[places]))
                    self.statistics.documents[site.site] += kept.num_rows
                    writer.write(kept)
                    self._drop(dropped, self._dropped_documents(rows, places[~stays[places]], int(places[0])))

    def _document_rows(self, batch: pa.RecordBatch, places: NDArray[np.int64], site: int) -> pa.Table:
        documents = self.joined.documents
        kept = {name: batch[name] for name in DOCUMENT_SCHEMA.names if name in batch.schema.names}
        return pa.table(
            kept
            | {
                "document_id": ids_of(batch["document"].to_numpy()),
                "site": _repeated(self._site_ids[site].as_py(), batch),
                "area": pa.array([self._areas[site].as_py()] * batch.num_rows, type=pa.string()),
                "cluster_id": _ids_or_null(documents.numbers, documents.cluster[places]),
                "split": pa.array(SIDES).take(pa.array(documents.is_validation[places].astype(np.int8))),
                "num_sentences": self._kept_sentences[places].astype(np.int32),
            }
        )

    def _dropped_documents(self, rows: pa.Table, gone: NDArray[np.int64], first: int) -> pa.Table:
        documents = self.joined.documents
        some = rows.take(pa.array(gone - first))
        # where the one that stays for it goes itself, the one for which that goes
        kept = documents.kept[gone]
        is_gone = ~self._stays[kept]
        kept = np.where(is_gone, documents.kept[kept], kept)
        similarity = np.where(is_gone, documents.similarity[documents.kept[gone]], documents.similarity[gone])
        same, near = DropReason.DUPLICATE_DOCUMENT, DropReason.NEAR_DUPLICATE_DOCUMENT
        return _with_nulls(
            {
                "level": _repeated("document", some),
                "reason": pa.array([same if each == GOES else near for each in documents.standing[gone]], pa.string()),
                "site": some["site"], "url": some["url"], "text": some["text"],
                "kept_id": _ids_or_null(documents.numbers, kept), "similarity": similarity / THOUSANDTHS,
            },
            DROPPED_SCHEMA,
        )  # fmt: skip

    def _write_sites(self) -> None:
        self._write_rows([self._site_row(site) for site in self.joined.sites], SITE_SCHEMA, SITES_NAME)

    def _site_row(self, site: SiteSummary) -> dict[str, Any]:
        date = None if site.robots_date is None else pa.scalar(site.robots_date)
        return {
            "site": site.site, "name": site.name, "region": site.region, "kind": site.kind, "crawled": True,
            "terminal_state": site.state, "num_pages": self.statistics.pages[site.site],
            "num_sentences": self.statistics.site_sentences[site.site], "robots_verdict": site.robots_verdict,
            "robots_date": None if date is None else date.cast(SITE_SCHEMA.field("robots_date").type).as_py(),
        }  # fmt: skip

    def _write_list(self, table: str, schema: pa.Schema, name: str) -> None:
        """A list of all sites, one after the other; in Arrow's columns, a row for each page is 100 bytes."""
        parts = []
        for site, task in zip(self.joined.sites, self.joined.tasks, strict=True):
            rows = read_table(task.folder, table)
            parts.append(rows.append_column("site", _repeated(site.site, rows)).select(schema.names).cast(schema))
        whole = pa.concat_tables(parts).combine_chunks()
        if table == PERSONAL_DATA:
            self.statistics.count_personal_data(whole)
        else:
            self.statistics.count_boilerplate(whole)
        if whole.num_rows:  # as with shards: datasets cannot read a parquet file of no rows
            self._write_table(whole.cast(with_metadata(schema, self.joined.config_sha256)), name)

    def _write_carry(self) -> None:
        joined, verdicts = self.joined, self.joined.verdicts
        make_folder((self.output / CARRY_FILE).parent)
        arrays = next_carry(joined.carry, verdicts.sentences, verdicts.quarters, verdicts.next_sides)
        table = carry_table(*arrays, joined.quarter_names)
        schema = with_metadata(CARRY_SCHEMA, joined.config_sha256)
        write_table(table.cast(schema), self.output / CARRY_FILE, rows_per_group=joined.config.rows_per_group)
        if rows := self._carried_boilerplate():
            self._write_rows(rows, CARRY_BOILERPLATE_SCHEMA, BOILERPLATE_FILE)

    def _carried_boilerplate(self) -> list[dict[str, str]]:
        """What is boilerplate now; what is none any more is not carried on. That of a site that is not there is."""
        there = {site.site for site in self.joined.sites}
        rows = [
            {"site": site, "key": f"{key:016x}", "first_quarter": quarter}
            for site, keys in self.joined.carry.boilerplate.items() if site not in there
            for key, quarter in keys.items()
        ]  # fmt: skip
        for site, task in zip(self.joined.sites, self.joined.tasks, strict=True):
            for row in read_table(task.folder, BOILERPLATE, ["key", "first_quarter"]).to_pylist():
                rows.append({"site": site.site} | row)
        return sorted(rows, key=lambda row: (row["site"], row["key"]))

    def _write_rows(self, rows: Sequence[dict[str, Any]], schema: pa.Schema, name: str) -> None:
        self._write_table(
            pa.Table.from_pylist(list(rows), schema=with_metadata(schema, self.joined.config_sha256)), name
        )

    def _write_table(self, table: pa.Table, name: str) -> None:
        write_table(table, self.output / name, rows_per_group=self.joined.config.rows_per_group)


def _ranges(starts: NDArray[np.int64]) -> list[tuple[int, int]]:
    return list(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))


def _repeated(value: str, rows: pa.Table | pa.RecordBatch) -> pa.Array:
    return pa.repeat(pa.scalar(str(value)), rows.num_rows)


def _with_nulls(columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    """A table of that schema; columns that are not given are null."""
    num_rows = len(columns["level"])
    filled = {field.name: columns.get(field.name, pa.nulls(num_rows, field.type)) for field in schema}
    return pa.table(filled)


def _ids_or_null(numbers: NDArray[np.uint64], places: NDArray[Any]) -> pa.Array:
    """The ids at these places; null for -1."""
    is_none = places < 0
    ids = ids_of(numbers[np.where(is_none, 0, places)]) if len(numbers) else pa.nulls(len(places), pa.string())
    return pc.if_else(pa.array(is_none), pa.scalar(None, pa.string()), ids)
