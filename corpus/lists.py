"""The lists beside the shards of a corpus: sites, findings of personal data, boilerplate; and what is handed on.

In: what is joined of all sites, statistics. Out: a parquet file each. A list without rows has no file, because datasets
cannot read a parquet file of no rows.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.carried_documents import CARRIED_DOCUMENTS_FILE, next_documents
from corpus.carry import BOILERPLATE_FILE, CARRY_FILE, carry_table, next_carry
from corpus.joined import Joined, repeated
from corpus.schema import (
    BOILERPLATE_NAME,
    BOILERPLATE_SCHEMA,
    CARRY_BOILERPLATE_SCHEMA,
    CARRY_SCHEMA,
    PERSONAL_DATA_NAME,
    PERSONAL_DATA_SCHEMA,
    SITE_SCHEMA,
    SITES_NAME,
)  # fmt: skip
from corpus.shards import with_metadata, write_table, write_tables
from corpus.site_tables import BOILERPLATE, PERSONAL_DATA, read_table
from corpus.stats import Statistics
from crawler.snapshot import SiteSummary
from foundation.files import make_folder


def write_sites(joined: Joined, output: Path, statistics: Statistics) -> None:
    for site in joined.sites:
        statistics.outcomes[site.site].update(site.outcomes)
    rows = [_site_row(site, statistics) for site in joined.sites]
    _write(joined, pa.Table.from_pylist(rows, schema=SITE_SCHEMA), output / SITES_NAME)


def write_personal_data(joined: Joined, output: Path, statistics: Statistics) -> None:
    whole = _of_all_sites(joined, PERSONAL_DATA, PERSONAL_DATA_SCHEMA)
    statistics.count_personal_data(whole)
    _write(joined, whole, output / PERSONAL_DATA_NAME)


def write_boilerplate(joined: Joined, output: Path, statistics: Statistics) -> None:
    whole = _of_all_sites(joined, BOILERPLATE, BOILERPLATE_SCHEMA)
    statistics.count_boilerplate(whole)
    _write(joined, whole, output / BOILERPLATE_NAME)


def write_carry(joined: Joined, output: Path, documents: Sequence[pa.Table]) -> None:
    """`documents` are those that stay, as CARRY_DOCUMENT_SCHEMA has them."""
    verdicts = joined.verdicts
    make_folder((output / CARRY_FILE).parent)
    sentences, quarters, sides = next_carry(joined.carry, verdicts.sentences, verdicts.quarters, verdicts.next_sides)
    schema, rows_per_group = with_metadata(CARRY_SCHEMA, joined.config_sha256), joined.config.rows_per_group
    # a group at a time: all ids as text would take more memory than anything before
    groups = (slice(first, first + rows_per_group) for first in range(0, len(sentences), rows_per_group))
    tables = (
        carry_table(sentences[group], quarters[group], sides[group], joined.quarter_names).cast(schema)
        for group in groups
    )
    write_tables(tables, schema, output / CARRY_FILE, rows_per_group=rows_per_group)
    _write(joined, next_documents(joined.carry.documents, documents), output / CARRIED_DOCUMENTS_FILE)
    rows = pa.Table.from_pylist(_carried_boilerplate(joined), schema=CARRY_BOILERPLATE_SCHEMA)
    _write(joined, rows, output / BOILERPLATE_FILE)


def _site_row(site: SiteSummary, statistics: Statistics) -> dict[str, Any]:
    date = None if site.robots_date is None else pa.scalar(site.robots_date)
    return {
        "site": site.site, "name": site.name, "region": site.region, "kind": site.kind, "crawled": True,
        "terminal_state": site.state, "num_pages": statistics.pages[site.site],
        "num_sentences": statistics.site_sentences[site.site], "robots_verdict": site.robots_verdict,
        "robots_date": None if date is None else date.cast(SITE_SCHEMA.field("robots_date").type).as_py(),
    }  # fmt: skip


def _of_all_sites(joined: Joined, table: str, schema: pa.Schema) -> pa.Table:
    """One site after the other; in Arrow's columns, a row for each page is 100 bytes."""
    parts = []
    for site, task in zip(joined.sites, joined.tasks, strict=True):
        rows = read_table(task.folder, table)
        parts.append(rows.append_column("site", repeated(site.site, rows)).select(schema.names).cast(schema))
    return pa.concat_tables(parts).combine_chunks()


def _carried_boilerplate(joined: Joined) -> Sequence[dict[str, str]]:
    """What is boilerplate now; what is none any more is not carried on. That of a site that is not there is."""
    there = {site.site for site in joined.sites}
    rows = [
        {"site": site, "key": f"{key:016x}", "first_quarter": quarter}
        for site, keys in joined.carry.boilerplate.items() if site not in there
        for key, quarter in keys.items()
    ]  # fmt: skip
    for site, task in zip(joined.sites, joined.tasks, strict=True):
        for row in read_table(task.folder, BOILERPLATE, ["key", "first_quarter"]).to_pylist():
            rows.append({"site": site.site} | row)
    return sorted(rows, key=lambda row: (row["site"], row["key"]))


def _write(joined: Joined, rows: pa.Table, path: Path) -> None:
    if rows.num_rows:
        table = rows.cast(with_metadata(rows.schema, joined.config_sha256))
        write_table(table, path, rows_per_group=joined.config.rows_per_group)
