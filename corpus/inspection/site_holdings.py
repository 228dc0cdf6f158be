"""What the finished corpora hold of one site.

In: the data folder and the id of a site. Out: a `SiteHolding` for each corpus that has anything of it, oldest first:
how many documents and sentences, what was left out, what personal data was looked for, and where it was met. Gives no
text and no value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from corpus.config import config_of
from corpus.inspection.connection import connected
from corpus.inspection.database import add_views, quoted, readable
from corpus.schema import read_corpus_manifest
from foundation.places import Places, complete_names

_PAGE_LEVELS, _SENTENCE_LEVELS = ("page", "document"), ("block", "sentence")
_TO_ACT_ON = ("cpr", "bare_cpr")  # by the site's owner, so they come first


@dataclass(frozen=True, kw_only=True)
class PersonalDataFinding:
    """Values of one kind on one page; of an address that holds one itself, a placeholder stands for it."""

    url: str
    kind: str
    count: int


@dataclass(frozen=True, kw_only=True)
class SiteHolding:
    """One corpus.

    Attributes:
        is_imported: whether it was built from WARC files of others (`--warc`), which may be a part of the site.
        includes_reserved: whether its configuration takes sites that are reserved.
        treatments: what its configuration does with each kind of contact data: "mask", "drop" or "keep"; what is kept
            was not looked for.
        dropped_pages, dropped_sentences: what was left out, by `DropReason`, commonest first; in the first whole pages
            and documents, in the second blocks and sentences.
    """

    corpus: str
    id: str
    revision: int
    is_imported: bool
    includes_reserved: bool
    treatments: Mapping[str, str]
    num_documents: int
    num_sentences: int
    dropped_pages: Mapping[str, int]
    dropped_sentences: Mapping[str, int]
    personal_data: tuple[PersonalDataFinding, ...]

    @property
    def is_nothing(self) -> bool:
        kept = self.num_documents or self.num_sentences
        return not (kept or self.dropped_pages or self.dropped_sentences or self.personal_data)


def site_holdings(places: Places, site: str) -> list[SiteHolding]:
    """Each complete corpus that has a row about the site.

    Raises:
        BrokenRunError: a corpus cannot be read.
    """
    holdings = [_holding(places, places.corpus(str(name)), site) for name in complete_names(places.corpora)]
    return [each for each in holdings if not each.is_nothing]


def _holding(places: Places, corpus: Path, site: str) -> SiteHolding:
    manifest = read_corpus_manifest(corpus)
    config = config_of(manifest.configuration)
    with connected(places.spilled) as tables, readable(corpus):
        add_views(tables, corpus)
        here = f"where site = {quoted(site)}"
        return SiteHolding(
            corpus=corpus.name, id=manifest.id, revision=manifest.revision,
            is_imported=(manifest.snapshot or "").startswith("imported-"),
            includes_reserved=config.include_reserved_sites,
            treatments={"email": config.emails, "phone": config.phones, "account": config.accounts},
            num_documents=_number(tables, f"documents {here}"), num_sentences=_number(tables, f"sentences {here}"),
            dropped_pages=_dropped(tables, here, _PAGE_LEVELS),
            dropped_sentences=_dropped(tables, here, _SENTENCE_LEVELS), personal_data=_personal_data(tables, here),
        )  # fmt: skip


def _number(tables: duckdb.DuckDBPyConnection, rows: str) -> int:
    found = tables.execute(f"select count(*) from {rows}").fetchone()
    return int(found[0]) if found else 0


def _dropped(tables: duckdb.DuckDBPyConnection, here: str, levels: tuple[str, ...]) -> dict[str, int]:
    levels_there = ", ".join(map(quoted, levels))
    return dict(
        tables.execute(
            f"select reason, count(*) from dropped {here} and level in ({levels_there})"
            " group by reason order by count(*) desc, reason"
        ).fetchall()
    )


def _personal_data(tables: duckdb.DuckDBPyConnection, here: str) -> tuple[PersonalDataFinding, ...]:
    rows = tables.execute(
        f"select url, kind, cast(sum(count) as bigint) from personal_data {here} group by url, kind order by url, kind"
    ).fetchall()
    found = [PersonalDataFinding(url=url, kind=kind, count=count) for url, kind, count in rows]
    return tuple(sorted(found, key=lambda each: (each.kind not in _TO_ACT_ON, each.kind == "bare_cpr")))
