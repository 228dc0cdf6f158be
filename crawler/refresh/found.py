"""What this quarter's crawl found at each address of a site, as one value for each.

In: the frontier of a crawl that has ended. Out: `FoundUrl` by key. Writes nothing.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from crawler.frontier import DONE, PRIORITY_SEED
from crawler.net.answers import REDIRECTS
from crawler.pages.urls import url_key

_REDIRECT = "redirects to "
_QUERY = """
select u.key, coalesce(c.url, u.url), u.state, u.status, u.reason, u.is_reached, u.depth, u.priority, l.lastmod, c.id,
       c.status, c.withheld, c.revisit, c.body_sha256, c.fetched_at, c.content_type, c.warc_file, c.warc_offset
from url u left join listed l on l.key = u.key
left join (select url_id, max(id) as last from capture where kind = 'page' group by url_id) m on m.url_id = u.id
left join capture c on c.id = m.last
where u.kind = 'page' and (u.state in ('done', 'failed') or u.key in (select key from known)) order by u.id
"""  # what only waits or was passed over, and was not there last quarter, has no outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundUrl:
    """A page's address, and the last answer to it; from `capture` on, None where nothing is archived of it.

    Attributes:
        capture: row of the frontier's table.
        revisit: the answer said, or showed, that the page is as it was.
        is_orphan: nothing leads to it any more, on a refresh.
    """

    key: str
    url: str
    state: str
    status: int | None
    reason: str | None
    is_orphan: bool
    is_seed: bool
    depth: int
    lastmod: str | None
    capture: int | None = None
    withheld: str | None = None
    revisit: str | None = None
    body_sha256: str = ""
    fetched_at: str = ""
    content_type: str | None = None
    warc_file: str = ""
    warc_offset: int = 0

    @property
    def is_redirect(self) -> bool:
        return self.state == DONE and self.status in REDIRECTS

    @property
    def redirects_to(self) -> str | None:
        """The address to which it leads, where that is one that can be asked for."""
        reason = self.reason or ""
        return reason.removeprefix(_REDIRECT) if self.is_redirect and reason.startswith(_REDIRECT) else None

    @property
    def redirect_key(self) -> str | None:
        return url_key(self.redirects_to) if self.redirects_to else None


def found_urls(db: sqlite3.Connection) -> dict[str, FoundUrl]:
    """What was asked for, or was there last quarter, in the order in which it was found."""
    is_refresh = bool(db.execute("select exists (select 1 from known)").fetchone()[0])
    return {row[0]: _found(row, is_refresh=is_refresh) for row in db.execute(_QUERY)}


def _found(row: tuple[object, ...], *, is_refresh: bool) -> FoundUrl:
    (key, url, state, status, reason, is_reached, depth, priority, lastmod, capture, capture_status, withheld, revisit,
     body_sha256, fetched_at, content_type, warc_file, warc_offset) = row  # fmt: skip
    values = {
        "key": key, "url": url, "state": state, "status": capture_status if status is None else status,
        "reason": reason, "is_orphan": is_refresh and not is_reached, "is_seed": priority == PRIORITY_SEED,
        "depth": depth, "lastmod": lastmod, "capture": capture,
    }  # fmt: skip
    if capture is not None:
        values |= {
            "withheld": withheld, "revisit": revisit, "body_sha256": body_sha256, "fetched_at": fetched_at,
            "content_type": content_type, "warc_file": warc_file, "warc_offset": warc_offset,
        }  # fmt: skip
    return FoundUrl(**values)  # type: ignore[arg-type]


def end_of(found: FoundUrl, all_found: Mapping[str, FoundUrl]) -> FoundUrl | None:
    """Where a chain of redirects ends, within the site; None where it leads out of it, or in a circle."""
    seen = {found.key}
    at: FoundUrl | None = found
    while at is not None and at.is_redirect:
        at = all_found.get(at.redirect_key or "")
        if at is None or at.key in seen:
            return None
        seen.add(at.key)
    return at
