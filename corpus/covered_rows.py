"""Which rows of a published corpus an erasure means.

In: a corpus and what is sought. Out: the documents and pages that are meant, and for each file which of its rows go. A
page goes whole: its document, its sentences, what was dropped of it, what was counted on it. Addresses are asked for
once each, texts only where texts are sought. Changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.addresses import covers_address
from corpus.dedup import sentence_id
from corpus.rewriting import Cut, Mask, cut_of, groups_of, is_in, rows_gone, with_cleared
from corpus.schema import BOILERPLATE_NAME, PERSONAL_DATA_NAME, SPLITS, DropReason
from foundation.erasures import Matcher

SENTENCES, DOCUMENTS, DROPPED = "sentences", "documents", "dropped"
_BETWEEN = "\n"  # no site and no address holds one


@dataclass(frozen=True, kw_only=True)
class Covered:
    """What is meant in one corpus: ids of documents, pages (site and address in one), sites that are meant whole."""

    documents: pa.Array
    pages: pa.Array
    sites: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """What goes from one corpus, and the ids of it that nothing there has any more."""

    sentences: Sequence[Cut]
    documents: Sequence[Cut]
    dropped: Sequence[Cut]
    personal_data: Sequence[Cut]
    boilerplate: Sequence[Cut]
    gone_sentences: frozenset[str]
    gone_documents: frozenset[str]
    gone_boilerplate: frozenset[str] = field(default_factory=frozenset)  # site and key in one

    @property
    def all(self) -> Iterator[Cut]:
        for cuts in (self.sentences, self.documents, self.dropped, self.personal_data, self.boilerplate):
            yield from cuts


def table_files(corpus: Path, table: str) -> list[Path]:
    """The shards of a table, in order; of sentences those of both sides."""
    if table == SENTENCES:
        return [path for split in SPLITS for path in sorted((corpus / table).glob(f"{split}-*.parquet"))]
    return sorted((corpus / table).glob("*.parquet"))


def ids_by_address(corpus: Path, matcher: Matcher) -> Iterator[str]:
    """Ids of the documents that stand, or stood first, at an address that is meant."""
    columns = ["document_id", "site", "url", "first_url"]
    for table in _groups(corpus, DOCUMENTS, columns):
        for identity, *page in zip(*(table[name].to_pylist() for name in columns), strict=True):
            if covers_address(matcher, *page):
                yield identity


def addresses_of(corpus: Path, ids: pa.Array) -> Iterator[str]:
    """All addresses at which documents with these ids stand, or stood first."""
    for path in table_files(corpus, DOCUMENTS):
        for table in groups_of(path, ["document_id", "url", "first_url"]):
            found = table.filter(pc.is_in(table["document_id"], value_set=ids))
            yield from (url for name in ("url", "first_url") for url in found[name].to_pylist() if url)


def covered_in(corpus: Path, matcher: Matcher, ids: pa.Array, captures: frozenset[str]) -> Covered:
    """What is meant in a corpus.

    Args:
        ids: of documents that are meant by their address, in whatever corpus.
        captures: ids of captures that are meant; a matcher may know them as payloads too.
    """
    documents = {*ids.to_pylist(), *_documents_by_capture(corpus, matcher, captures)}
    pages: set[str] = set()
    if matcher.has_texts:
        documents.update(_documents_by_text(corpus, matcher))
        for table in _groups(corpus, DROPPED, ["site", "url", "text"]):
            covered = [bool(text) and matcher.covers_text(text) for text in table["text"].to_pylist()]
            pages.update(_page_keys(table.filter(pa.array(covered, pa.bool_()))).to_pylist())
    known = pa.array(sorted(documents), pa.string())
    for table in _groups(corpus, DOCUMENTS, ["document_id", "site", "url"]):
        pages.update(_page_keys(table.filter(pc.is_in(table["document_id"], value_set=known))).to_pylist())
    pages.update(_pages_by_address(corpus, matcher))
    pages = {each for each in pages if not each.endswith(_BETWEEN)}  # counts of what was erased before
    sites = {each.partition(_BETWEEN)[0] for each in pages}
    return Covered(
        documents=known, pages=pa.array(sorted(pages), pa.string()),
        sites=frozenset(site for site in sites if matcher.covers_url(site, "")),
    )  # fmt: skip


def cuts_of(corpus: Path, covered: Covered, matcher: Matcher) -> Cuts:
    documents = _cuts(corpus, DOCUMENTS, ["document_id"], lambda t: is_in(t["document_id"], covered.documents))
    sentences = _cuts(corpus, SENTENCES, ["document_id"], lambda t: is_in(t["document_id"], covered.documents))
    dropped = _cuts(corpus, DROPPED, ["site", "url"], lambda t: is_in(_page_keys(t), covered.pages))
    gone_documents = frozenset(_ids(documents, "document_id"))
    gone_sentences = frozenset(_left_nowhere(sentences, {*_ids(sentences, "sentence_id"), *_ids_of_dropped(dropped)}))
    if ids := pa.array(sorted(gone_sentences), pa.string()):
        sentences = [with_cleared(cut, "cluster_id", ids) for cut in sentences]
    if ids := pa.array(sorted(gone_documents), pa.string()):
        documents = [with_cleared(cut, "cluster_id", ids) for cut in documents]
    if ids := pa.array(sorted(gone_sentences | gone_documents), pa.string()):
        dropped = [with_cleared(cut, "kept_id", ids) for cut in dropped]
    boilerplate = _boilerplate_cuts(corpus, covered, matcher, num_pages(documents, dropped))
    return Cuts(
        sentences=sentences, documents=documents, dropped=dropped, boilerplate=boilerplate,
        personal_data=[
            cut_of(path, ["site", "url"], lambda t: is_in(_page_keys(t), covered.pages))
            for path in _there(corpus / PERSONAL_DATA_NAME)
        ],
        gone_sentences=gone_sentences, gone_documents=gone_documents,
        gone_boilerplate=frozenset(key for cut in boilerplate for rows in rows_gone(cut)
                                   for key in site_keys(rows).to_pylist()),
    )  # fmt: skip


def num_pages(documents: Sequence[Cut], dropped: Sequence[Cut]) -> Counter[str]:
    """How many pages of each site go."""
    found: Counter[str] = Counter()
    for cut in documents:
        for rows in rows_gone(cut):
            found.update(rows["site"].to_pylist())
    for cut in dropped:
        for rows in rows_gone(cut):
            found.update(pages_among(rows)["site"].to_pylist())
    return found


def pages_among(dropped: pa.Table) -> pa.Table:
    """The rows that stand for a page: dropped as page or as document; redirects and error pages are none."""
    is_page = pc.is_in(dropped["level"], value_set=pa.array(["page", "document"]))
    return dropped.filter(pc.and_(is_page, pc.not_equal(dropped["reason"], DropReason.HTTP_STATUS.value)))


def site_keys(table: pa.Table) -> pa.ChunkedArray:
    """Site and key of boilerplate in one."""
    return pc.binary_join_element_wise(table["site"], table["key"], _BETWEEN)


def _page_keys(table: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(table["site"], table["url"], _BETWEEN)


def _documents_by_capture(corpus: Path, matcher: Matcher, captures: frozenset[str]) -> Iterator[str]:
    for table in _groups(corpus, DOCUMENTS, ["document_id", "capture_id"]):
        for identity, capture in zip(table["document_id"].to_pylist(), table["capture_id"].to_pylist(), strict=True):
            if capture in captures or matcher.covers_payload(capture):
                yield identity


def _documents_by_text(corpus: Path, matcher: Matcher) -> Iterator[str]:
    """A sentence may be masked where its document is not: both are read."""
    for table, columns in ((DOCUMENTS, ["document_id", "text", "title"]), (SENTENCES, ["document_id", "text"])):
        for rows in _groups(corpus, table, columns):
            for identity, *texts in zip(*(rows[name].to_pylist() for name in columns), strict=True):
                if any(text and matcher.covers_text(text) for text in texts):
                    yield identity


def _pages_by_address(corpus: Path, matcher: Matcher) -> Iterator[str]:
    """Among what was dropped or counted; documents are known by their ids."""
    for path in (*table_files(corpus, DROPPED), *_there(corpus / PERSONAL_DATA_NAME)):
        for table in groups_of(path, ["site", "url"]):
            different = table.group_by(["site", "url"]).aggregate([])
            for site, url in zip(different["site"].to_pylist(), different["url"].to_pylist(), strict=True):
                if covers_address(matcher, site, url):
                    yield f"{site}{_BETWEEN}{url}"


def _boilerplate_cuts(corpus: Path, covered: Covered, matcher: Matcher, gone: Counter[str]) -> list[Cut]:
    """A block goes that is meant, and one that may have stood on no other pages than those that go."""

    def is_gone(table: pa.Table) -> Mask:
        columns = (table[name].to_pylist() for name in ("site", "text", "num_pages"))
        return np.array(
            [site in covered.sites or number <= gone[site] or matcher.covers_text(text)
             for site, text, number in zip(*columns, strict=True)], dtype=bool,
        )  # fmt: skip

    return [cut_of(path, ["site", "text", "num_pages"], is_gone) for path in _there(corpus / BOILERPLATE_NAME)]


def _ids(cuts: Sequence[Cut], column: str) -> Iterator[str]:
    for cut in cuts:
        for rows in rows_gone(cut):
            yield from rows[column].to_pylist()


def _ids_of_dropped(cuts: Sequence[Cut]) -> Iterator[str]:
    for cut in cuts:
        for rows in rows_gone(cut):
            sentences = rows.filter(pc.equal(rows["level"], "sentence"))["text"].drop_null()
            yield from (sentence_id(text) for text in sentences.to_pylist())


def _left_nowhere(sentences: Sequence[Cut], ids: set[str]) -> set[str]:
    """Those of these ids that no sentence has that stays."""
    return ids - still_there(sentences, ids)


def still_there(sentences: Sequence[Cut], ids: set[str] | frozenset[str]) -> set[str]:
    """Those of these ids that a sentence has that stays."""
    known, found = pa.array(sorted(ids), pa.string()), set[str]()
    for cut in sentences if ids else ():
        for table, gone in zip(groups_of(cut.path, ["sentence_id"]), cut.gone, strict=True):
            column = table["sentence_id"]
            found.update(column.filter(pa.array(is_in(column, known) & ~gone)).to_pylist())
    return found


def _cuts(corpus: Path, table: str, columns: Sequence[str], is_gone: Callable[[pa.Table], Mask]) -> list[Cut]:
    return [cut_of(path, columns, is_gone) for path in table_files(corpus, table)]


def _groups(corpus: Path, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    for path in table_files(corpus, table):
        yield from groups_of(path, columns)


def _there(path: Path) -> list[Path]:
    return [path] if path.is_file() else []
