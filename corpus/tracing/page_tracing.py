"""From an address forward: the document, its sentences, and what was dropped from it and why.

In: a corpus and an address. Out: `TracedPage`. What must be forgotten is told as little as what was never there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from corpus.addresses import covers_address
from corpus.schema import PERSONAL_DATA_NAME
from corpus.tracing.lookups import Rows, rows_with
from corpus.tracing.lost_sentences import LOST_COLUMNS
from corpus.tracing.opened_page import read_from_archive
from corpus.tracing.origins import Origin, first_address, origins
from corpus.tracing.page_history import QuarterState, history
from corpus.tracing.page_sentences import PageSentence, page_sentences
from corpus.tracing.shown_page import ArchivedPage, NotShown
from corpus.tracing.snapshot_rows import snapshot_rows
from corpus.tracing.traced_boilerplate import BoilerplateBlock
from corpus.tracing.traced_corpus import TracedCorpus
from crawler.snapshot import OUTCOMES_NAME

_WHOLE = ("page", "document")


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Why a page is left out whole; `kept_url` is the address of the document for which it went."""

    reason: str
    similarity: float | None
    kept_id: str | None
    kept_url: str | None


@dataclass(frozen=True, kw_only=True)
class TracedPage:
    """What a corpus knows of a page.

    Attributes:
        url: as the corpus shows it.
        origin: its document; None where the corpus has none of it.
        num_withheld: blocks that went because they may hold CPR numbers.
        boilerplate: blocks that went because they stand on many pages of the site; None where the archive of the page
            is not there to tell.
        archived: the page as it is in the archive, or why it is not shown.
        personal_data: how many values of each kind were met.
    """

    corpus: str
    site: str
    url: str
    origin: Origin | None
    left_out: LeftOut | None
    sentences: tuple[PageSentence, ...]
    num_withheld: int
    boilerplate: tuple[BoilerplateBlock, ...] | None
    archived: ArchivedPage | NotShown = field(repr=False)
    personal_data: dict[str, int]
    history: tuple[QuarterState, ...]


def trace_url(corpus: TracedCorpus, url: str) -> TracedPage | None:
    """The page at this address, or with it at first sight; None: nothing is known of it."""
    addresses = _variants(corpus, url)
    if found := origins(corpus, "url", addresses) or origins(corpus, "first_url", addresses):
        return trace_document(corpus, min(found, key=lambda each: _rank(addresses, each.url, each.first_url)))
    lost = rows_with(corpus.files("dropped"), "url", addresses, LOST_COLUMNS)
    places = [(row["site"], row["url"]) for row in lost] or _places_of(corpus, addresses)
    if not places:
        return None
    site, address = min(places, key=lambda each: addresses.index(each[1]))
    identity = first_address(corpus, site, address)
    if covers_address(corpus.erasures, site, address, identity):
        return None
    return _traced(corpus, site, address, identity, [row for row in lost if row["url"] == address], None)


def trace_document(corpus: TracedCorpus, origin: Origin) -> TracedPage | None:
    """The page of a document."""
    if covers_address(corpus.erasures, origin.site, origin.url, origin.first_url, origin.identity):
        return None
    lost = rows_with(corpus.files("dropped"), "url", [origin.url], LOST_COLUMNS)
    return _traced(corpus, origin.site, origin.url, origin.identity, lost, origin)


def _variants(corpus: TracedCorpus, url: str) -> list[str]:
    """The address as it was typed, and what a browser would take for the same, in the form that the corpus shows."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:  # "http://[": no address
        return [url]
    scheme, host = parts.scheme.lower(), parts.netloc.lower()
    rest = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    rests = [rest] if parts.query else [rest, rest.rstrip("/") if rest != "/" and rest.endswith("/") else f"{rest}/"]
    hosts = [host, host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"]
    schemes = [scheme, "http" if scheme == "https" else "https"]
    typed = [f"{one}://{two}{three}" for one in schemes for two in hosts for three in rests if three != "//"]
    return list(dict.fromkeys(corpus.shown_url(each) for each in (url.strip(), *typed)))


def _rank(addresses: Sequence[str], *urls: str | None) -> int:
    return min(addresses.index(url) for url in urls if url in addresses)


def _places_of(corpus: TracedCorpus, addresses: Sequence[str]) -> list[tuple[str, str]]:
    """Site and address of what the snapshot knows, whether or not there is a page of it."""
    if corpus.snapshot is None:
        return []
    folder, sites = corpus.snapshot.folder, corpus.snapshot.manifest.sites
    return [
        (site.site, row["url"]) for site in sites
        for row in snapshot_rows(folder, site.site, OUTCOMES_NAME, "url", addresses, ["url"])
    ]  # fmt: skip


def _traced(
    corpus: TracedCorpus, site: str, url: str, identity: str, lost: Rows, origin: Origin | None
) -> TracedPage:  # fmt: skip
    lost = [row for row in lost if row["site"] == site]
    whole = next((row for row in lost if row["level"] in _WHOLE), None) if origin is None else None
    archived = read_from_archive(corpus, site, url, origin)
    removed = None
    if isinstance(archived, ArchivedPage):
        removed = tuple(block.boilerplate for block in archived.blocks if block.boilerplate)
    counts = rows_with(_there(corpus), "url", [url], ["site", "kind", "count"])
    return TracedPage(
        corpus=corpus.name, site=site, url=url, origin=origin, left_out=_left_out(corpus, whole),
        sentences=page_sentences(corpus, origin, lost), num_withheld=sum(row["level"] == "block" for row in lost),
        boilerplate=removed, archived=archived,
        personal_data={row["kind"]: row["count"] for row in counts if row["site"] == site},
        history=history(corpus, site, identity, document=origin.document_id if origin else None),
    )  # fmt: skip


def _there(corpus: TracedCorpus) -> list[Path]:
    path = corpus.folder / PERSONAL_DATA_NAME
    return [path] if path.is_file() else []


def _left_out(corpus: TracedCorpus, row: dict[str, Any] | None) -> LeftOut | None:
    if row is None:
        return None
    kept = origins(corpus, "document_id", [row["kept_id"]]) if row["kept_id"] else []
    return LeftOut(
        reason=row["reason"], similarity=row["similarity"], kept_id=row["kept_id"],
        kept_url=kept[0].url if kept else None,
    )  # fmt: skip
