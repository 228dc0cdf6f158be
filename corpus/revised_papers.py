"""What stands beside the tables of a corpus after an erasure: counts, card and sites of what is left.

In: the rows that went, and the papers as they were. Out: the papers anew. What is counted by row is counted less by the
rows that went; a page that went is not counted as dropped, for nobody should learn which it was.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.card import dataset_card
from corpus.covered_rows import pages_among
from corpus.papers import statistics_text
from corpus.schema import SITES_NAME
from corpus.shards import PARQUET_OPTIONS
from corpus.stats import STATISTICS_NAME, Statistics
from foundation.quarters import parse_quarter
from foundation.revisions import Revision

CARD_NAME = "README.md"
_ALWAYS = frozenset({"train", "validation", "long", "short"})


class Removed:
    """Counts the rows that go from one corpus."""

    def __init__(self) -> None:
        self.statistics = Statistics()

    def sentences(self, rows: pa.Table, split: str) -> None:
        self.statistics.count_sentences(rows, split)

    def documents(self, rows: pa.Table) -> None:
        for site in pc.unique(rows["site"]).to_pylist():
            of_site = rows.filter(pc.equal(rows["site"], site))
            self.statistics.count_documents(of_site, site)
            self.statistics.pages[site] += of_site.num_rows

    def dropped(self, rows: pa.Table) -> None:
        self.statistics.count_dropped(rows)
        self.statistics.pages.update(pages_among(rows)["site"].to_pylist())

    def counts(self) -> dict[str, int]:
        """As the manifest has them."""
        statistics = self.statistics
        return {"documents": sum(statistics.documents.values()), **statistics.sentences}


def write_revised_papers(revision: Revision, values: dict[str, Any], removed: Removed) -> None:
    """Write the papers that there are; `values` is the manifest as it was."""
    folder = revision.folder
    if (folder / SITES_NAME).is_file():
        with revision.replacing(SITES_NAME) as aside:
            _write_sites(folder / SITES_NAME, aside, removed.statistics)
    if not (folder / STATISTICS_NAME).is_file():
        return
    counted = less(json.loads((folder / STATISTICS_NAME).read_text()), removed.statistics.as_dict())
    with revision.replacing(STATISTICS_NAME) as aside:
        aside.write_text(statistics_text(counted))
    with revision.replacing(CARD_NAME) as aside:
        quarter = str(parse_quarter(values["name"]).base)
        # of the tables it reads only what an erasure does not change: columns, and names and kinds of sites
        aside.write_text(dataset_card(folder, values | {"revision": values["revision"] + 1}, counted, quarter))


def less(old: dict[str, Any], gone: dict[str, Any]) -> dict[str, Any]:
    """Counts without those of the rows that went; a name that counts nothing any more is left out."""
    found: dict[str, Any] = {}
    for name, value in old.items():
        if isinstance(value, dict):
            found[name] = less(value, gone.get(name, {}))
        elif isinstance(value, int):
            left = value - gone.get(name, 0)
            if left or not value or name.startswith("num_") or name in _ALWAYS:
                found[name] = left
        else:
            found[name] = value
    return found


def _write_sites(path: Path, aside: Path, removed: Statistics) -> None:
    with pq.ParquetFile(path) as file, pq.ParquetWriter(aside, file.schema_arrow, **PARQUET_OPTIONS) as writer:
        for number in range(file.num_row_groups):
            table = file.read_row_group(number)
            for name, gone in (("num_pages", removed.pages), ("num_sentences", removed.site_sentences)):
                table = _less_of_sites(table, name, gone)
            writer.write_table(table, row_group_size=table.num_rows)


def _less_of_sites(table: pa.Table, name: str, gone: Counter[str]) -> pa.Table:
    numbers = [
        number - gone[site] for site, number in zip(table["site"].to_pylist(), table[name].to_pylist(), strict=True)
    ]
    place = table.schema.get_field_index(name)
    field = table.schema.field(place)
    return table.set_column(place, field, pa.array(numbers, field.type))
