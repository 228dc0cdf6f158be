"""Which pages changed between two corpora, and who changed them.

In: a connection with the views of both corpora (`a_` before, `b_` after), and their snapshots where they are there.
Out: the table `pages` (document_id, status, cause), and counts by site. Reads no text of pages.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import duckdb

from corpus.comparison.changes import Cause, PageChanges
from corpus.inspection.database import quoted, select
from corpus.schema import DropReason
from crawler.snapshot import capture_schema, captures_paths

_ERASED = f"""
select site, count(*) from b_dropped where reason = '{DropReason.ERASED}' and level = 'page' group by all order by all
"""
KEPT, NEW, GONE, CHANGED = "kept", "new", "gone", "changed"
_CAPTURES = """
create view {prefix}captures as select capture_id, coalesce(first_url, url) as address, body_sha256
from ({rows}) where kind = 'page' and body_sha256 <> ''
"""
# Not crawled then: a site that its corpus does not know, or of which the snapshot has nothing.
_ABSENT = """
create temp table {prefix}absent as
select site from (select site from a_sites union select site from b_sites)
where site not in (select site from {prefix}sites) or site in (select unnest(?::varchar[]))
"""
# What a site says of a page whose bytes may be the same.
LEFT = (DropReason.RESERVED_SITE, DropReason.RESERVED_PAGE, DropReason.WALL, DropReason.SOFT_404)
_TWINS = ", ".join(quoted(each) for each in (DropReason.DUPLICATE_DOCUMENT, DropReason.NEAR_DUPLICATE_DOCUMENT))
# A page that only one corpus has was there for both where the other snapshot has its address with the same bytes.
_PAGES = f"""
create temp table pages as
with a as (select d.*, c.address, c.body_sha256 from a_documents d left join a_captures c using (capture_id)),
    b as (select d.*, c.address, c.body_sha256 from b_documents d left join b_captures c using (capture_id)),
    a_left as (select distinct site, url from a_dropped where level = 'page' and reason in ({{left}})),
    b_left as (select distinct site, url from b_dropped where level = 'page' and reason in ({{left}})),
    a_twins as (select distinct site, url from a_dropped where level = 'document' and reason in ({_TWINS})),
    b_twins as (select distinct site, url from b_dropped where level = 'document' and reason in ({_TWINS})),
    a_pages as (select distinct address, body_sha256 from a_captures),
    b_pages as (select distinct address, body_sha256 from b_captures),
    joined as (
        select coalesce(b.document_id, a.document_id) as document_id, coalesce(b.site, a.site) as site,
            a.document_id is not null as was, b.document_id is not null as is_now,
            a.text_sha256 = b.text_sha256 as has_same_text, a.body_sha256 = b.body_sha256 as has_same_bytes,
            a.url as url_before, b.url as url_after, coalesce(b.address, a.address) as address,
            coalesce(b.body_sha256, a.body_sha256) as body_sha256
        from a full join b using (document_id)
    )
select j.document_id, j.site, j.url_before, j.url_after,
    case when was and is_now then if(has_same_text, '{KEPT}', '{CHANGED}')
        when is_now then '{NEW}' else '{GONE}' end as status,
    case
        when was and is_now then if(coalesce(has_same_bytes, false), '{Cause.OURS}', '{Cause.SITE}')
        when is_now and j.site in (from a_absent) or was and j.site in (from b_absent) then '{Cause.ABSENT}'
        when is_now and (page_a.address is null or left_a.url is not null) then '{Cause.SITE}'
        when is_now then if(twin_a.url is not null, '{Cause.ELSEWHERE}', '{Cause.OURS}')
        when page_b.address is null or left_b.url is not null then '{Cause.SITE}'
        else if(twin_b.url is not null, '{Cause.ELSEWHERE}', '{Cause.OURS}')
    end as cause
from joined j
left join a_pages page_a on not was and page_a.address = j.address and page_a.body_sha256 = j.body_sha256
left join b_pages page_b on not is_now and page_b.address = j.address and page_b.body_sha256 = j.body_sha256
left join a_left left_a on not was and left_a.site = j.site and left_a.url = j.url_after
left join b_left left_b on not is_now and left_b.site = j.site and left_b.url = j.url_before
left join a_twins twin_a on not was and twin_a.site = j.site and twin_a.url = j.url_after
left join b_twins twin_b on not is_now and twin_b.site = j.site and twin_b.url = j.url_before
"""


def add_captures(connection: duckdb.DuckDBPyConnection, prefix: str, snapshot: Path | None) -> None:
    """The view of all captures of pages of a snapshot; without one, with no rows."""
    rows = select(captures_paths(snapshot) if snapshot else [], "captures", capture_schema())
    connection.execute(_CAPTURES.format(prefix=prefix, rows=rows))


def add_absent(connection: duckdb.DuckDBPyConnection, prefix: str, sites: Sequence[str]) -> None:
    """The sites that could not be fetched on this side: those that the snapshot says, and those it does not know."""
    connection.execute(_ABSENT.format(prefix=prefix), [list(sites)])


def count_pages(
    connection: duckdb.DuckDBPyConnection, *, are_reserved_sites_ours: bool
) -> dict[str, PageChanges]:  # fmt: skip
    """Make the table `pages`; gives the counts by site.

    Args:
        are_reserved_sites_ours: whether the settings differ in what becomes of sites that reserve themselves.
    """
    left = [each for each in LEFT if not (are_reserved_sites_ours and each is DropReason.RESERVED_SITE)]
    connection.execute(_PAGES.format(left=", ".join(map(quoted, left))))
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    query = "select site, status, cause, count(*) from pages group by all order by all"
    for site, status, cause, number in connection.execute(query).fetchall():
        found[site][status if status == KEPT or cause == Cause.SITE else cause] += number
    for site, number in connection.execute(_ERASED).fetchall():
        found[site]["erased"] += number
    return {site: PageChanges(**counts) for site, counts in found.items()}
