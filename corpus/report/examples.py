"""Examples of what a corpus kept and left out, for the pages of the sites.

In: a connection with the views of one corpus. Out: a few texts with their addresses, by site, and by site and reason;
the same ones each time, from different pages. What is personal data has no text, and so no example.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import duckdb

MAX_EXAMPLES = 3
MAX_REASONS = 10  # of a site, the commonest
MAX_BLOCKS = 8
MAX_CHARS = 160
_KEPT_QUERY = f"""
with chosen as (
    select unnest(min(sentence_id, {MAX_EXAMPLES})) as sentence_id
    from sentences where num_words between 8 and 30 and num_masked = 0 group by site
)
select site, text, url from sentences semi join chosen using (sentence_id) order by site, sentence_id
"""
# by a hash of the address, so that they are of different pages
_DROPPED_QUERY = f"""
select site, level, reason, count(*) as number,
    min({{'order': hash(url), 'url': url, 'text': left(text, {MAX_CHARS + 1})}}, {MAX_EXAMPLES})
        filter (text is not null)
from dropped group by site, level, reason order by site, number desc, level, reason
"""
_BOILERPLATE_QUERY = f"""
select site, left(text, {MAX_CHARS + 1}), num_pages from boilerplate where not is_kept
qualify row_number() over (partition by site order by num_pages desc, key) <= {MAX_BLOCKS}
order by site, num_pages desc, key
"""
_BySite = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Examples:
    """By site: texts that were kept, texts by the reason that took them, blocks that were boilerplate."""

    kept: _BySite
    dropped: _BySite
    boilerplate: _BySite


def read_examples(connection: duckdb.DuckDBPyConnection) -> Examples:
    return Examples(kept=_kept(connection), dropped=_dropped(connection), boilerplate=_boilerplate(connection))


def _kept(connection: duckdb.DuckDBPyConnection) -> _BySite:
    found: _BySite = defaultdict(list)
    for site, text, url in connection.execute(_KEPT_QUERY).fetchall():
        found[site].append({"text": _cut(text), "url": url})
    return found


def _dropped(connection: duckdb.DuckDBPyConnection) -> _BySite:
    found: _BySite = defaultdict(list)
    for site, level, reason, _, rows in connection.execute(_DROPPED_QUERY).fetchall():
        if rows and len(found[site]) < MAX_REASONS:
            texts = [{"text": _cut(row["text"]), "url": row["url"]} for row in rows]
            found[site].append({"level": level, "reason": reason, "texts": texts})
    return found


def _boilerplate(connection: duckdb.DuckDBPyConnection) -> _BySite:
    found: _BySite = defaultdict(list)
    for site, text, num_pages in connection.execute(_BOILERPLATE_QUERY).fetchall():
        found[site].append({"text": _cut(text), "num_pages": num_pages})
    return found


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CHARS else f"{text[:MAX_CHARS]}…"
