"""Which pages something leads to from the front page or a sitemap, on a refresh.

In: where links stand, as they are read. Out: marks in the frontier. Pages of last quarter are visited whether or not
anything leads to them, and may link to one another: what stands on a page counts only once something led to it.
On a first crawl every page was reached by links, so nothing is marked.
"""

from collections.abc import Iterable, Sequence

from crawler import frontier as states
from crawler.frontier import Found, Frontier
from crawler.pages.urls import url_key

MAX_AT_HAND = 2_000  # keys of a site's menus, which stand on every page


class Reach:
    """The marks of one site."""

    def __init__(self, frontier: Frontier) -> None:
        self._db = frontier.db
        self._is_on = bool(self._db.execute("select exists (select 1 from known)").fetchone()[0])
        self._marked: set[str] = set()

    def leads(self, urls: Sequence[str], found: Found) -> None:
        """Links of a page, what a sitemap lists, or seeds; to be called when the URLs were added."""
        if not self._is_on:
            return
        keys = [key for key in map(url_key, urls) if key not in self._marked]
        if found.priority < states.PRIORITY_KNOWN or found.via is None or self._is_reached(found.via):
            self._mark(keys)
        else:
            self._db.executemany("insert or ignore into link values (?, ?)", [(found.via, key) for key in keys])

    def _is_reached(self, row_id: int) -> bool:
        found = self._db.execute("select is_reached from url where id = ?", (row_id,)).fetchone()
        return bool(found and found[0])

    def _mark(self, keys: Iterable[str]) -> None:
        """These, and what stands on their pages where those were read before."""
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            row = self._db.execute(
                "update url set is_reached = 1 where key = ? and is_reached = 0 returning id", (key,)
            ).fetchone()
            if row is not None:
                if len(self._marked) < MAX_AT_HAND:
                    self._marked.add(key)
                links = self._db.execute("select key from link where from_id = ?", row).fetchall()
                self._db.execute("delete from link where from_id = ?", row)
                waiting += [link for (link,) in links]
