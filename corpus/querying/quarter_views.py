"""The published tables of all quarters as views with a column `quarter`, and views that answer what is often asked.

In: a connection, corpora and snapshots. Out: views in it. Each quarter has a schema of its own (`"2026Q4".sentences`);
the views over all of them are unions with the quarter as a constant, so that a query that names a quarter reads no
other. docs/reference/views.md describes every view and column.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.inspection.database import TABLES, add_views, check_files, duckdb_type, quoted, select
from corpus.schema import DropReason
from crawler.snapshot import (
    CAPTURES_NAME,
    OUTCOMES_NAME,
    REQUESTS_NAME,
    SITES_FOLDER,
    capture_schema,
    outcome_schema,
    read_snapshot_manifest,
)
from foundation.errors import BrokenRunError
from foundation.places import Places
from foundation.quarters import QuarterName

_CAPTURES, _OUTCOMES, _REQUESTS = "captures", "outcomes", "requests"
# view -> (file in the folder of a site, its columns); the columns of the ledger are those that its files have
SNAPSHOT_TABLES: dict[str, tuple[str, Callable[[], Any]]] = {
    _CAPTURES: (CAPTURES_NAME, capture_schema),
    _OUTCOMES: (OUTCOMES_NAME, outcome_schema),
    _REQUESTS: (REQUESTS_NAME, lambda: pa.schema([])),
}
# What each view has a row for; docs/reference/views.md says more.
MEANINGS = {
    "sentences": "a sentence of a corpus",
    "documents": "a document of a corpus",
    "dropped": "a page, block, document or sentence that was left out, with its reason",
    "sites": "a site of a corpus",
    "personal_data": "a page on which personal data was met, by kind",
    "boilerplate": "a block that stands on many pages of a site",
    "captures": "a fetch of an address, with its place in the archive",
    "outcomes": "an address, with what became of it since the quarter before",
    "requests": "a request that was sent",
    "losses": "a reason for which something of a site was left out, with how often",
    "totals": "a site, with its pages, documents, sentences and words",
    "page_history": "an address in a quarter: what became of it, and the document that it gave",
    "near_duplicates": "a text that went because it is nearly the same as one that stays, with both",
    "lost_sentences": "a sentence that the corpus before had and this one has not, with the reason",
}


def _listed(*reasons: DropReason) -> str:
    return ", ".join(quoted(reason) for reason in reasons)


_TWINS = _listed(
    DropReason.DUPLICATE_SENTENCE, DropReason.NEAR_DUPLICATE_SENTENCE, DropReason.NEAR_DUPLICATE_ACROSS_SPLIT
)
_NEAR = _listed(
    DropReason.NEAR_DUPLICATE_SENTENCE, DropReason.NEAR_DUPLICATE_ACROSS_SPLIT, DropReason.NEAR_DUPLICATE_DOCUMENT
)
_LOSSES = "select site, level, reason, count(*) as number from {now}.dropped group by all"
# The same figures as those of `corpus stats`. An address that answered with an error or a redirect is no page.
_TOTALS = f"""
select s.site, s.name, s.kind, s.region, if(s.kind = 'area', s.name, null) as area, s.terminal_state,
    coalesce(d.documents, 0) + coalesce(g.pages, 0) as pages, coalesce(d.documents, 0) as documents,
    coalesce(t.sentences, 0) as sentences, coalesce(t.train, 0) as train, coalesce(t.validation, 0) as validation,
    coalesce(t.words, 0) as words, coalesce(t.sentences, 0) + coalesce(g.duplicates, 0) as occurrences,
    round(coalesce(t.sentences, 0) / nullif(coalesce(t.sentences, 0) + coalesce(g.duplicates, 0), 0), 4)
        as unique_share
from {{now}}.sites s
left join (select site, count(*) as documents from {{now}}.documents group by all) d using (site)
left join (
    select site, count(*) as sentences, count(*) filter (split = 'train') as train,
        count(*) filter (split = 'validation') as validation, sum(num_words)::bigint as words
    from {{now}}.sentences group by all
) t using (site)
left join (
    select site, count(*) filter (reason in ({_TWINS})) as duplicates,
        count(*) filter (level = 'document' or (level = 'page' and reason <> '{DropReason.HTTP_STATUS}')) as pages
    from {{now}}.dropped group by all
) g using (site)
"""
# A corpus has no outcomes where its snapshot is a trial's or gone, was made elsewhere, or is of format 1.
_PAGE_HISTORY = """
select coalesce(o.site, d.site) as site, coalesce(o.first_url, o.url, d.first_url, d.url) as first_url,
    coalesce(o.url, d.url) as url, o.outcome, o.reason as outcome_reason, o.since, o.moved_to,
    d.document_id, d.title, d.change, d.last_changed, d.num_sentences, g.reason as drop_reason
from {now}.outcomes o
full join {now}.documents d on o.site = d.site and o.capture_id = d.capture_id
left join (
    select site, url, min(reason) as reason from {now}.dropped where level in ('page', 'document') group by all
) g on d.document_id is null and g.site = o.site and g.url = o.url
"""
_NEAR_DUPLICATES = f"""
select g.level, g.reason, g.site, g.url, g.text, g.kept_id, coalesce(s.site, d.site) as kept_site,
    coalesce(s.url, d.url) as kept_url, coalesce(s.text, d.text) as kept_text, g.similarity,
    coalesce(s.site, d.site) <> g.site as is_across_sites
from {{now}}.dropped g
left join {{now}}.sentences s on g.level = 'sentence' and s.sentence_id = g.kept_id
left join {{now}}.documents d on g.level = 'document' and d.document_id = g.kept_id
where g.reason in ({_NEAR})
"""
# What was said of the sentence itself goes before what became of its page. Of equal ones only that which was to stay
# says why none did.
_LOST_SENTENCES = f"""
select '{{name_before}}' as quarter_before, b.site,
    coalesce(g.reason, f.fate, 'gone') as reason, b.sentence_id, b.text, b.url, b.num_words
from {{before}}.sentences b
anti join {{now}}.sentences n on n.sentence_id = b.sentence_id
left join (
    select text, min(reason) as reason from {{now}}.dropped
    where level = 'sentence' and reason <> '{DropReason.DUPLICATE_SENTENCE}' group by all
) g on g.text = b.text
left join (
    select was.document_id,
        case when bool_or(now.document_id is not null) then 'text_changed'
            else coalesce(
                min(now.outcome) filter (now.outcome in ('gone', 'excluded')), min(now.drop_reason), min(now.outcome)
            ) end as fate
    from {{before}}.page_history was
    left join {{now}}.page_history now on now.site = was.site and now.first_url = was.first_url
    where was.document_id is not null
    group by all
) f on f.document_id = b.document_id
"""
_ASKED_OFTEN = {
    "losses": _LOSSES, "totals": _TOTALS, "page_history": _PAGE_HISTORY, "near_duplicates": _NEAR_DUPLICATES,
}  # fmt: skip
_LOST = "lost_sentences"
_EMPTY = "empty"  # a quarter without rows, which gives every view its columns


@dataclass(frozen=True, kw_only=True)
class View:
    """A view over all quarters: what it has a row for, and its columns with their types."""

    name: str
    meaning: str
    columns: Mapping[str, str]


def add_quarter_views(
    connection: duckdb.DuckDBPyConnection, places: Places, corpora: Sequence[QuarterName],
    snapshots: Sequence[QuarterName],
) -> None:  # fmt: skip
    """All views over these corpora and snapshots; over none, all the same, and with no rows.

    Raises:
        BrokenRunError: a corpus is not complete, or a table cannot be read.
    """
    _add_quarter(connection, _EMPTY, None, None)
    _add_lost(connection, _EMPTY, _EMPTY)
    names = sorted({*corpora, *snapshots})
    for name in names:
        corpus = places.corpus(str(name)) if name in corpora else None
        snapshot = _whole_snapshot(places.snapshot(str(name))) if name in snapshots else None
        _add_quarter(connection, str(name), corpus, snapshot)
    published = [name for name in corpora if not name.is_trial]
    for before, now in pairwise(published):
        _add_lost(connection, str(now), str(before))
    connection.execute("use main")
    for view in MEANINGS:
        with_rows = published[1:] if view == _LOST else names
        parts = [f"select {quoted(str(name))} as quarter, * from {_schema(str(name))}.{view}" for name in with_rows]
        columns = f"select ''::varchar as quarter, * from {_schema(_EMPTY)}.{view} where false"
        connection.execute(f"create view {view} as {' union all by name '.join([columns, *parts])}")


def described_views(connection: duckdb.DuckDBPyConnection) -> Iterator[View]:
    """Every view over all quarters."""
    for name, meaning in MEANINGS.items():
        rows = connection.execute(f"describe {name}").fetchall()
        yield View(name=name, meaning=meaning, columns={row[0]: row[1].lower() for row in rows})


def _whole_snapshot(folder: Path) -> Path:
    check_files(folder, read_snapshot_manifest(folder).files, f"tvaerkom snapshot verify {folder.name}")
    return folder


def _schema(quarter: str) -> str:
    return f'"{quarter}"'


def _add_quarter(
    connection: duckdb.DuckDBPyConnection, name: str, corpus: Path | None, snapshot: Path | None
) -> None:  # fmt: skip
    """The schema of a quarter with all its views, but of what it lost."""
    schema = _schema(name)
    connection.execute(f"create schema {schema}")
    connection.execute(f"use {schema}")  # what is made without a schema is made in this one
    if corpus is not None:
        add_views(connection, corpus)
    else:
        for table, (_, columns) in TABLES.items():
            connection.execute(f"create view {table} as {select([], table, columns)}")
    for table, (file, schema_of) in SNAPSHOT_TABLES.items():
        paths = sorted((snapshot / SITES_FOLDER).glob(f"*/{file}")) if snapshot is not None else []
        try:
            connection.execute(f"create view {table} as {_site_rows(paths, schema_of())}")
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise BrokenRunError(
                f"a table {file} of snapshot {name} cannot be read ({str(error).splitlines()[0]}); "
                f"see: tvaerkom snapshot verify {name}"
            ) from None
    for view, query in _ASKED_OFTEN.items():
        connection.execute(f"create view {view} as {query.format(now=schema)}")


def _site_rows(paths: Sequence[Path], schema: pa.Schema) -> str:
    """The rows of a table of all sites with the site in front; what older files do not have is null."""
    there = pq.read_schema(paths[0]).names if paths else []
    kinds = {field.name: duckdb_type(field.type) for field in schema} or dict.fromkeys(there, "")
    columns = [name if name in there else f"cast(null as {kind}) as {name}" for name, kind in kinds.items()]
    if not paths:
        return f"select {', '.join(['cast(null as varchar) as site', *columns])} where false"
    files = ", ".join(quoted(str(path)) for path in paths)
    site = "split_part(filename, '/', -2) as site"
    return f"select {', '.join([site, *columns])} from read_parquet([{files}], filename = true)"


def _add_lost(connection: duckdb.DuckDBPyConnection, now: str, before: str) -> None:
    query = _LOST_SENTENCES.format(now=_schema(now), before=_schema(before), name_before=before)
    connection.execute(f"create view {_schema(now)}.{_LOST} as {query}")
