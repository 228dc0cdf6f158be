"""Finds and erases in the corpora, and in what the corpus stage keeps beside them.

In: the data folder and what is sought. Out: how much of it stands where; and the same without it, every corpus as a
revision of its own. Corpora are changed from the newest to the oldest, so that what one says of its carried ids is
still there when the ones that follow it are changed: the same erasure applied again after a kill gives the same bytes.
Knows no snapshot and no model.
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from corpus.addresses import address_key
from corpus.carried_documents import CARRIED_DOCUMENTS_FILE
from corpus.carry import BOILERPLATE_FILE, CARRY_FILE
from corpus.config import CorpusConfig
from corpus.corpus_revision import revise_corpus
from corpus.covered_rows import (
    Cuts,
    addresses_of,
    covered_in,
    cuts_of,
    ids_by_address,
    site_keys,
    still_there,
)  # fmt: skip
from corpus.erased_caches import find_derived, remove_derived, working_folders
from corpus.personal_data import masked
from corpus.rewriting import Cut, cut_of, groups_of, is_in
from corpus.schema import BOILERPLATE_NAME, PERSONAL_DATA_NAME
from foundation.erasures import Matcher, Trace
from foundation.manifests import is_complete
from foundation.places import Places, complete_names
from foundation.progress import Meter
from foundation.quarters import QuarterName
from foundation.revisions import finish_replacement, sweep_asides

log = logging.getLogger(__name__)
_KINDS = {
    "sentences": "sentence", "documents": "document", "dropped": "dropped row", "carry": "carried id",
    PERSONAL_DATA_NAME: "personal data row", BOILERPLATE_NAME: "boilerplate row",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Corpus:
    """A corpus and what goes from it; `carry` is what goes from the lists that it hands on."""

    name: QuarterName
    folder: Path
    cuts: Cuts
    sites: frozenset[str]
    carry: Sequence[Cut] = ()

    @property
    def all_cuts(self) -> list[Cut]:
        return [*self.cuts.all, *self.carry]


def find_in_corpora(
    places: Places, matcher: Matcher, meter: Meter | None = None, *, sites: Collection[str] = (),
    captures: Collection[str] = (),
) -> list[Trace]:  # fmt: skip
    """Everywhere the corpus stage keeps it; changes nothing.

    Args:
        sites: sites that are known to be concerned, whose cached pages go too.
        captures: ids of captures that are known to be meant.

    Raises:
        BrokenRunError: a corpus cannot be read.
    """
    for path in sorted(places.corpora.glob("*")):
        if path.is_dir() and not is_complete(path):
            log.warning("%s: no corpus (it has no manifest), so it is not searched; look there yourself", path)
    corpora = _examined(places, matcher, frozenset(captures), meter)
    return [*_traces(places, corpora), *_derived(places, matcher, corpora, sites)]


def erase_from_corpora(
    places: Places, matcher: Matcher, erasure_id: str, meter: Meter | None = None, *, sites: Collection[str] = (),
    captures: Collection[str] = (),
) -> list[Trace]:  # fmt: skip
    """Take it away; gives what there was. Arguments and errors as find_in_corpora.

    Whoever calls this sees to it that nothing is built meanwhile.
    """
    for name in complete_names(places.corpora):
        finish_replacement(places.corpus(str(name)))
        sweep_asides(places.corpus(str(name)))
    corpora = _examined(places, matcher, frozenset(captures), meter)
    derived = list(dict.fromkeys([*_derived(places, matcher, corpora, sites), *working_folders(places)]))
    traces = [*_traces(places, corpora), *derived]
    remove_derived(places, derived)  # first: after a kill the tables still tell which it was
    for corpus in reversed(corpora):
        if meter is not None:
            meter.advance(0, f"corpus {corpus.name}")
        revise_corpus(corpus.folder, erasure_id, corpus.cuts, corpus.carry)
    return traces


def other_addresses(places: Places, matcher: Matcher) -> frozenset[str]:
    """Keys of all addresses that documents had, in whatever quarter, which stand at one that is meant."""
    folders = [places.corpus(str(name)) for name in complete_names(places.corpora)]
    ids = {identity for folder in folders for identity in ids_by_address(folder, matcher)}
    known = pa.array(sorted(ids), pa.string())
    return frozenset(address_key(url) for folder in folders for url in addresses_of(folder, known))


def corpora_of(traces: Iterable[Trace]) -> frozenset[str]:
    """Names of the corpora of which sentences were found."""
    return frozenset(Path(trace.place).parts[1] for trace in traces if trace.kind == _KINDS["sentences"])


def corpus_forms(texts: Sequence[str]) -> list[str]:
    """Each text as it stands and, where that is another one, as corpora have it: without contact data."""
    forms = ((text, masked(text, CorpusConfig()).text) for text in texts)
    return list(dict.fromkeys(form for both in forms for form in both))


def _examined(places: Places, matcher: Matcher, captures: frozenset[str], meter: Meter | None) -> list[_Corpus]:
    """The corpora from the oldest to the newest, and what goes from each."""
    names = complete_names(places.corpora)
    ids = {identity for name in names for identity in ids_by_address(places.corpus(str(name)), matcher)}
    known, found = pa.array(sorted(ids), pa.string()), []
    for name in names:
        folder = places.corpus(str(name))
        if meter is not None:
            meter.advance(0, f"corpus {name}")
        covered = covered_in(folder, matcher, known, captures)
        sites = frozenset(each.partition("\n")[0] for each in covered.pages.to_pylist())
        found.append(_Corpus(name=name, folder=folder, cuts=cuts_of(folder, covered, matcher), sites=sites))
    return [_with_carry(corpus, found) for corpus in found]


def _with_carry(corpus: _Corpus, corpora: Sequence[_Corpus]) -> _Corpus:
    """What a corpus hands on comes from itself and those before it; what any corpus still has of it stays."""
    before = [each for each in corpora if each is corpus or each.name.base < corpus.name.base]
    sentences = frozenset[str]().union(*(each.cuts.gone_sentences for each in before))
    for each in corpora:
        sentences -= still_there(each.cuts.sentences, sentences)
    documents = frozenset[str]().union(*(each.cuts.gone_documents for each in before))
    documents -= _still_there(corpus.cuts.documents, "document_id", documents)
    keys = frozenset[str]().union(*(each.cuts.gone_boilerplate for each in before))
    ids = {CARRY_FILE: sentences, CARRIED_DOCUMENTS_FILE: documents, BOILERPLATE_FILE: keys}
    return replace(corpus, carry=[
        _carry_cut(corpus.folder / name, gone) for name, gone in ids.items() if (corpus.folder / name).is_file()
    ])  # fmt: skip


def _carry_cut(path: Path, gone: frozenset[str]) -> Cut:
    known = pa.array(sorted(gone), pa.string())
    if path.name == Path(BOILERPLATE_FILE).name:
        return cut_of(path, ["site", "key"], lambda table: is_in(site_keys(table), known))
    column = "sentence_id" if path.name == Path(CARRY_FILE).name else "document_id"
    return cut_of(path, [column], lambda table: is_in(table[column], known))


def _still_there(cuts: Sequence[Cut], column: str, ids: frozenset[str]) -> set[str]:
    known, found = pa.array(sorted(ids), pa.string()), set[str]()
    for cut in cuts if ids else ():
        for table, gone in zip(groups_of(cut.path, [column]), cut.gone, strict=True):
            stays = table.filter(pc.and_(pc.is_in(table[column], value_set=known), pa.array(~gone)))
            found.update(stays[column].to_pylist())
    return found


def _traces(places: Places, corpora: Sequence[_Corpus]) -> list[Trace]:
    return [
        Trace(place=cut.path.relative_to(places.data).as_posix(), kind=_kind(corpus.folder, cut), count=cut.num_gone)
        for corpus in corpora for cut in corpus.all_cuts if cut.num_gone
    ]  # fmt: skip


def _kind(corpus: Path, cut: Cut) -> str:
    return _KINDS[cut.path.relative_to(corpus).parts[0]]


def _derived(
    places: Places, matcher: Matcher, corpora: Sequence[_Corpus], sites: Collection[str]
) -> list[Trace]:  # fmt: skip
    concerned = frozenset(sites).union(*(corpus.sites for corpus in corpora))
    is_concerned = any(cut.changes for corpus in corpora for cut in corpus.all_cuts)
    return find_derived(places, matcher, concerned, is_concerned=is_concerned)
