"""The joined tables become one corpus: shards, lists, carry.

In: what is joined of all sites. Out: every table of the corpus, in a working folder; papers.py adds statistics, card
and manifest, build.py gives it its name. Total order everywhere, a part at a time, so that the same tables give the
same bytes and memory is that of one part.
"""

from pathlib import Path

import pyarrow as pa

from corpus.document_rows import write_documents
from corpus.joined import Joined, repeated, with_nulls
from corpus.lists import write_boilerplate, write_carry, write_personal_data, write_sites
from corpus.schema import DROPPED_SCHEMA
from corpus.sentence_rows import SentenceRows
from corpus.shards import ShardWriter
from corpus.site_tables import DROPPED, read_batches
from corpus.stats import Statistics


class Assembly:
    """Writes the tables of one corpus into `output`, an empty folder, and counts what it writes."""

    def __init__(self, joined: Joined, output: Path) -> None:
        self.joined, self.output = joined, output
        self.statistics = Statistics()

    def write(self) -> None:
        with self.joined.shard_writer(self.output / "dropped", "dropped", DROPPED_SCHEMA) as writer:

            def drop(rows: pa.Table) -> None:
                self._drop(writer, rows)

            self._drop_as_sites_did(writer)
            SentenceRows(self.joined).write(self.output / "sentences", self.statistics, drop)
            documents = write_documents(self.joined, self.output / "documents", self.statistics, drop)
        write_sites(self.joined, self.output, self.statistics)
        write_personal_data(self.joined, self.output, self.statistics)
        write_boilerplate(self.joined, self.output, self.statistics)
        write_carry(self.joined, self.output, documents)

    def _drop_as_sites_did(self, writer: ShardWriter) -> None:
        for site, task in zip(self.joined.sites, self.joined.tasks, strict=True):
            for batch in read_batches(task.folder, DROPPED):
                columns = {name: batch[name] for name in batch.schema.names} | {"site": repeated(site.site, batch)}
                self._drop(writer, with_nulls(columns, DROPPED_SCHEMA))

    def _drop(self, writer: ShardWriter, rows: pa.Table) -> None:
        if rows.num_rows:
            self.statistics.count_dropped(rows)
            writer.write(rows)
