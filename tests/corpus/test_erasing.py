"""What must be forgotten is found wherever the corpus stage keeps it, goes from there, and the rest stays whole."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest

from corpus.addresses import address_key
from corpus.cache import cached_values
from corpus.carried_documents import CARRIED_DOCUMENTS_FILE
from corpus.carry import CARRY_FILE, read_carry
from corpus.dedup import document_id, sentence_id
from corpus.erased_caches import PAGE_CACHE, SIGNATURES, WORKING_FOLDER
from corpus.erasing import corpora_of, corpus_forms, erase_from_corpora, find_in_corpora, other_addresses
from corpus.schema import read_corpus_manifest
from corpus.stats import read_statistics
from corpus.verify import verify_corpus
from foundation.applied import missing_ids, stamp, stamped_ids
from foundation.erasures import Sought, Trace, add_erasure, set_done, text_words
from foundation.files import make_folder
from foundation.manifests import MANIFEST_NAME
from foundation.places import Places
from foundation.revisions import JOURNAL_NAME

ROOT = "http://www.nordby.kommuneby.test/"
ELSEWHERE = "http://www.oerholm.kommuneby.test/"
SECRET = "Naboen Jens Hansen har klaget over hegnet ved sin egen have."
SECOND = "Sagen om hegnet blev afgjort af udvalget uden at nogen af parterne mødte op."
SHARED = "Biblioteket udlåner også cykler, telte og symaskiner mod et lille depositum."
OTHERS = (
    "Kommunen har i år ledige pladser til børn i alle byens daginstitutioner.",
    "Ansøgningen om tilskud til medicin skal underskrives af din egen læge.",
    "Genbrugspladsen ved havnen holder åbent hver dag undtagen nytårsdag og juleaften.",
    "Byrådet drøfter næste års budget på et åbent møde i rådhusets store sal.",
)
SMALL = {"rows_per_shard": 2, "rows_per_group": 2, "validation_share": 0.3}


def url_of(*urls: str) -> Sought:
    return Sought(urls=frozenset(map(address_key, urls)))


BY_URL, BY_TEXT = url_of(f"{ROOT}sag"), Sought(texts=text_words(["klaget over HEGNET, ved sin"]))
BY_PREFIX, BY_SITE = Sought(prefixes=(address_key(f"{ROOT}sag"),)), Sought(sites=frozenset({"9001"}))


@pytest.fixture
def publish(house: Any, response: Any, page_of: Callable[..., bytes]) -> Callable[..., Any]:
    """A snapshot and a corpus of many small shards."""

    def publish(quarter: str, pages: dict[str, list[str]]) -> Any:
        house.snapshot(quarter, [response(url=url, body=page_of(*texts)) for url, texts in pages.items()])
        return house.build_with(quarter, **SMALL)

    return publish


@pytest.fixture
def town(house: Any, publish: Any) -> Any:
    """Two quarters; the page to be forgotten is in the first with both sentences, in the second with one."""
    rest = {f"{ROOT}{n}": [text] for n, text in enumerate(OTHERS)} | {ELSEWHERE: [SHARED, "Ring på 86 12 34 56 i dag."]}
    publish("2020Q1", {f"{ROOT}sag": [SECRET, SECOND, SHARED, "Kort.", "Skriv til a@b.dk om den sag."]} | rest)
    publish("2020Q2", {f"{ROOT}sag": [SECRET, SHARED]} | rest)
    return house


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def everything(house: Any) -> str:
    """All values of all tables, papers and cached pages as text."""
    parts = []
    for path in sorted(house.command.places.corpora.rglob("*")):
        if path.suffix == ".parquet":
            parts.append(str(pq.read_table(path).to_pylist()))
        elif path.is_file():
            parts.append(path.read_text())
    parts += [str(value) for path in house.command.places.cache.glob("pages/*.db") for _, value in cached_values(path)]
    return "\n".join(parts)


def erase(house: Any, sought: Any, identity: str = "e1", **options: Any) -> list[Trace]:
    return erase_from_corpora(house.command.places, sought, identity, **options)


def find(house: Any, sought: Any, **options: Any) -> list[Trace]:
    return find_in_corpora(house.command.places, sought, **options)


def kinds(traces: list[Trace]) -> dict[str, int]:
    found: dict[str, int] = {}
    for trace in traces:
        found[trace.kind] = found.get(trace.kind, 0) + trace.count
    return found


@pytest.mark.parametrize("sought", [BY_URL, BY_PREFIX, BY_SITE, BY_TEXT], ids=["url", "prefix", "site", "text"])
def test_what_is_found_is_what_is_erased_and_then_nothing_is_found(town: Any, sought: Sought) -> None:
    before = contents(town.data)
    found = find(town, sought)
    assert contents(town.data) == before
    assert {"sentence", "document", "dropped row", "carried id"} <= kinds(found).keys()
    assert erase(town, sought) == found
    assert find(town, sought) == []
    for quarter in ("2020Q1", "2020Q2"):
        assert verify_corpus(town.corpus(quarter)) == []


def test_a_corpus_named_from_where_one_is_loses_it_too(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(town.data.parent)
    places = Places(Path(town.data.name))
    assert erase_from_corpora(places, BY_URL, "e1")
    assert find(town, BY_URL) == []
    assert verify_corpus(town.corpus("2020Q1")) == []


@pytest.mark.parametrize("sought", [BY_URL, BY_PREFIX, BY_TEXT], ids=["url", "prefix", "text"])
def test_nothing_of_the_page_is_left_and_nothing_else_is_touched(town: Any, sentences: Any, sought: Sought) -> None:
    erase(town, sought)
    left = everything(town)
    for gone in (
        SECRET,
        SECOND,
        f"{ROOT}sag",
        sentence_id(SECRET),
        sentence_id(SECOND),
        document_id("9001", f"{ROOT}sag"),
    ):
        assert gone not in left
    for quarter in ("2020Q1", "2020Q2"):
        assert {row["text"] for row in sentences(town.corpus(quarter))} >= set(OTHERS)


def test_hashes_of_an_erasure_find_as_its_words_do(town: Any) -> None:
    for number, sought in enumerate((BY_URL, BY_PREFIX, BY_SITE, BY_TEXT)):
        hashed = add_erasure(town.command.places.erasures, f"e{number}", "2020-05-01", sought)
        assert find(town, hashed) == find(town, sought)


def test_counts_are_of_what_is_left(town: Any, house: Any, tmp_path: Path) -> None:
    """They are those of the rows that stand there; a table for each count."""
    erase(town, BY_URL)
    for quarter in ("2020Q1", "2020Q2"):
        statistics, manifest = read_statistics(town.corpus(quarter)), read_corpus_manifest(town.corpus(quarter))
        rows = {table: town.rows(quarter, table) for table in ("documents", "dropped", "sites", "personal_data")}
        split = {name: len(town.rows(quarter, f"sentences/{name}")) for name in ("train", "validation")}
        assert statistics["num_documents"] == len(rows["documents"]) == manifest.counts["documents"]
        assert statistics["num_sentences"] == split == {name: manifest.counts[name] for name in split}
        assert sum(sum(each.values()) for each in statistics["dropped"].values()) == len(rows["dropped"])
        assert sum(row["num_sentences"] for row in rows["sites"]) == sum(split.values())
        assert sum(statistics["personal_data"].values()) == sum(row["count"] for row in rows["personal_data"])
        gone = [row for row in rows["dropped"] if row["level"] in ("page", "document")]
        assert (
            statistics["num_pages"] == len(rows["documents"]) + len(gone) == sum(r["num_pages"] for r in rows["sites"])
        )
        assert 0 not in statistics["dropped"].get("sentence", {}).values()
        card = (town.corpus(quarter) / "README.md").read_text()
        assert f"From {len(rows['documents'])} documents" in card
        assert "This is revision 2" in card


def test_counts_are_those_of_a_corpus_built_without_the_page(town: Any, publish: Any, house: Any) -> None:
    """But for sentences that stood elsewhere too: a build takes them from there."""
    erase(town, BY_URL)
    erased = read_statistics(town.corpus("2020Q1"))
    shutil.rmtree(house.command.places.corpora)
    rest = {f"{ROOT}{n}": [text] for n, text in enumerate(OTHERS)} | {ELSEWHERE: [SHARED, "Ring på 86 12 34 56 i dag."]}
    publish("2020Q1", rest)
    built = read_statistics(house.corpus("2020Q1"))
    assert {key: built[key] for key in ("num_pages", "num_documents", "num_blocks", "personal_data")} == {
        key: erased[key] for key in ("num_pages", "num_documents", "num_blocks", "personal_data")
    }


def test_manifest_has_a_revision_more_and_still_knows_the_old_one(town: Any) -> None:
    before = read_corpus_manifest(town.corpus("2020Q1"))
    erase(town, BY_URL)
    after = read_corpus_manifest(town.corpus("2020Q1"))
    assert (after.id, after.revision, after.erasures) == (before.id, 2, ("e1",))
    assert after.superseded == (before.content_sha256,)
    assert after.content_sha256 != before.content_sha256
    values = json.loads((town.corpus("2020Q1") / MANIFEST_NAME).read_text())
    assert values["statistics_after_erasure"] is True
    assert values["superseded"][0]["erasure"] == "e1"


def test_corpus_without_the_page_only_notes_the_erasure(town: Any) -> None:
    before = read_corpus_manifest(town.corpus("2020Q1"))
    assert erase(town, url_of(f"{ROOT}findes/ikke")) == []
    after = read_corpus_manifest(town.corpus("2020Q1"))
    assert (after.revision, after.content_sha256, after.erasures) == (1, before.content_sha256, ("e1",))


def test_erasure_applied_twice_changes_nothing_more(town: Any) -> None:
    erase(town, BY_URL)
    before = contents(town.command.places.corpora)
    erase(town, BY_URL)
    assert contents(town.command.places.corpora) == before


def test_two_erasures_leave_the_same_bytes_each_time(town: Any, tmp_path: Path) -> None:
    shutil.copytree(town.data, tmp_path / "twin")
    twin = type(town)(type(town.command)(
        places=type(town.command.places)(tmp_path / "twin"), settings=town.command.settings, register=None
    ))  # fmt: skip
    for house in (town, twin):
        erase(house, BY_URL, "e1")
        erase(house, url_of(f"{ROOT}1"), "e2")
    assert contents(town.command.places.corpora) == contents(twin.command.places.corpora)
    assert read_corpus_manifest(town.corpus("2020Q1")).erasures == ("e1", "e2")
    assert verify_corpus(town.corpus("2020Q1")) == []


class KilledError(BaseException):
    """As kill -9: nothing is tidied up."""


@pytest.mark.parametrize(
    ("sought", "step"),
    [(BY_URL, 9), pytest.param(BY_URL, 1, marks=pytest.mark.slow), pytest.param(BY_SITE, 1, marks=pytest.mark.slow)],
    ids=["url, some", "url", "site"],
)
def test_kill_at_any_rename_and_the_same_again_gives_the_same_bytes(
    town: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sought: Sought, step: int
) -> None:
    start = tmp_path / "start"
    shutil.copytree(town.command.places.corpora, start)
    erase(town, sought)
    expected, replace, count = contents(town.command.places.corpora), Path.replace, 0
    for limit in range(1, 500, step):
        shutil.rmtree(town.command.places.corpora)
        shutil.copytree(start, town.command.places.corpora)
        count = 0

        def dying(self: Path, target: Path, limit: int = limit) -> Path:
            nonlocal count
            count += 1
            if count == limit:
                raise KilledError
            return replace(self, target)

        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", dying)
            try:
                erase(town, sought)
                break
            except KilledError:
                pass
        erase(town, sought)
        assert contents(town.command.places.corpora) == expected, limit
    assert limit > 20


def test_datasets_reads_what_is_left(town: Any, tmp_path: Path) -> None:
    erase(town, BY_URL)
    folder = str(town.corpus("2020Q1"))
    for configuration, count in (("sentences", None), ("documents", 5), ("sites", 2)):
        splits = datasets.load_dataset(folder, configuration, cache_dir=str(tmp_path / configuration))
        assert sum(len(split) for split in splits.values()) == (count or sum(len(split) for split in splits.values()))


def test_shard_without_rows_goes_and_the_others_are_numbered_anew(town: Any, tmp_path: Path) -> None:
    before = sorted(path.name for path in (town.corpus("2020Q1") / "documents").iterdir())
    erase(town, Sought(prefixes=(address_key(f"{ROOT}0"), address_key(f"{ROOT}1"), address_key(f"{ROOT}sag"))))
    after = sorted(path.name for path in (town.corpus("2020Q1") / "documents").iterdir())
    assert (len(before), len(after)) == (3, 2)
    assert after == ["documents-00000-of-00002.parquet", "documents-00001-of-00002.parquet"]
    assert verify_corpus(town.corpus("2020Q1")) == []
    assert {row["url"] for row in town.rows("2020Q1", "documents")} == {f"{ROOT}2", f"{ROOT}3", ELSEWHERE}


def test_shards_keep_schema_metadata_and_order(town: Any) -> None:
    def state() -> dict[str, Any]:
        return {
            path.parent.name: (pq.read_schema(path), pq.read_schema(path).metadata)
            for path in town.corpus("2020Q1").rglob("*.parquet")
        }

    before, rows = state(), town.rows("2020Q1", "sentences")
    erase(town, BY_URL)
    assert state() == before
    left = {row["sentence_id"] for row in town.rows("2020Q1", "sentences")}
    for old, new in zip(
        [row for row in rows if row["sentence_id"] in left], town.rows("2020Q1", "sentences"), strict=True
    ):
        assert old | {"cluster_id": None} == new | {"cluster_id": None}


def test_sentence_that_stays_elsewhere_stays_in_the_carry(town: Any, publish: Any) -> None:
    """The second quarter carries a sentence of the first that its own page no longer has."""
    erase(town, BY_URL)
    carried = set(pq.read_table(town.corpus("2020Q2") / CARRY_FILE)["sentence_id"].to_pylist())
    assert {sentence_id(text) for text in OTHERS} <= carried
    assert carried.isdisjoint({sentence_id(SECRET), sentence_id(SECOND)})
    documents = pq.read_table(town.corpus("2020Q2") / CARRIED_DOCUMENTS_FILE)["document_id"].to_pylist()
    assert document_id("9001", f"{ROOT}sag") not in documents


def test_next_quarter_follows_and_does_not_have_the_page(town: Any, publish: Any, sentences: Any) -> None:
    sought = BY_URL
    add_erasure(town.command.places.erasures, "e1", "2020-05-01", sought)
    erase(town, sought)
    publish("2020Q3", {f"{ROOT}sag": [SECRET]} | {f"{ROOT}{n}": [text] for n, text in enumerate(OTHERS)})
    assert read_carry(town.corpus("2020Q2")).follows == read_corpus_manifest(town.corpus("2020Q3")).follows
    assert {row["text"] for row in sentences(town.corpus("2020Q3"))} == set(OTHERS)
    assert {row["change"] for row in town.rows("2020Q3", "documents")} == {"none"}
    assert find(town, sought) == []


def test_page_that_moved_goes_under_all_its_addresses(house: Any, publish: Any, response: Any, page_of: Any) -> None:
    old, new, last = f"{ROOT}gammel", f"{ROOT}ny", f"{ROOT}nyest"
    publish("2020Q1", {old: [SECRET], ELSEWHERE: [SHARED]})
    for quarter, url in (("2020Q2", new), ("2020Q3", last)):
        house.snapshot(
            quarter, [response(url=each, body=page_of(text)) for each, text in ((url, SECRET), (ELSEWHERE, SHARED))]
        )
        house.change_captures(quarter, {url: {"first_url": old}})
        house.build_with(quarter, **SMALL)
    addresses = other_addresses(house.command.places, url_of(new))
    assert addresses == {address_key(url) for url in (old, new, last)}
    found = {trace.place.split("/")[1] for trace in find(house, url_of(new)) if trace.kind == "document"}
    assert found == {"2020Q1", "2020Q2", "2020Q3"}
    erase(house, Sought(urls=addresses))
    assert SECRET not in everything(house)


def test_capture_that_is_known_to_be_meant_counts_in_its_quarter(town: Any) -> None:
    """Or is known as a payload: what a page said in one quarter, it need not say in another."""
    (row,) = [row for row in town.rows("2020Q1", "documents") if row["url"] == f"{ROOT}0"]
    captures = {row["capture_id"]}
    by_hash = add_erasure(town.command.places.erasures, "e1", "2020-05-01", Sought(payloads=frozenset(captures)))
    for found in (find(town, Sought(), captures=captures), find(town, by_hash)):
        assert [trace.place.split("/")[1] for trace in found if trace.kind == "document"] == ["2020Q1"]
    erase(town, by_hash)
    assert f"{ROOT}0" not in {row["url"] for row in town.rows("2020Q1", "documents")}
    assert verify_corpus(town.corpus("2020Q1")) == []


def test_text_that_only_dropped_rows_have_is_found(town: Any) -> None:
    traces = find(town, Sought(texts=text_words(["Skriv til [e-mail] om den sag"])))
    assert {trace.kind for trace in traces} >= {"dropped row", "document"}


def test_forms_of_a_text_are_as_it_stands_and_as_corpora_have_it() -> None:
    assert corpus_forms(["Ring på 86 12 34 56 i dag.", "Ingen tal her."]) == [
        "Ring på 86 12 34 56 i dag.", "Ring på [telefon] i dag.", "Ingen tal her.",
    ]  # fmt: skip


def test_caches_of_the_sites_concerned_go_and_others_stay(town: Any) -> None:
    cache = town.command.places.cache
    assert {path.stem for path in cache.glob("pages/*.db")} == {"9001", "9002"}
    traces = {trace.kind: trace.place for trace in erase(town, BY_URL)}
    assert (traces[PAGE_CACHE], traces[SIGNATURES]) == ("cache/pages/9001.db", "cache/near")
    assert {path.stem for path in cache.glob("pages/*")} == {"9002"}
    assert not (cache / "near").exists()


def test_cached_text_is_found_where_no_corpus_has_it(town: Any) -> None:
    shutil.rmtree(town.command.places.corpora)
    found = find(town, BY_TEXT)
    assert {trace.place: trace.kind for trace in found} == {
        "cache/pages/9001.db": "cached page", "cache/near": SIGNATURES,
    }  # fmt: skip
    erase(town, BY_TEXT)
    assert find(town, BY_TEXT) == []


def test_cache_that_cannot_be_read_goes(town: Any) -> None:
    path = town.command.places.cache / "pages/9002.db"
    path.write_bytes(b"ingen database" * 99)
    erase(town, BY_TEXT)
    assert not path.exists()


def test_site_that_is_known_to_be_concerned_loses_its_cache(town: Any) -> None:
    erase(town, url_of(f"{ELSEWHERE}findes/ikke"), sites={"9002"})
    assert {path.stem for path in town.command.places.cache.glob("pages/*.db")} == {"9001"}


def test_working_folders_go(town: Any) -> None:
    work = make_folder(town.command.places.build_work("2020Q3"))
    (work / "tekst").write_text(SECRET)
    assert Trace(place="work/corpus/2020Q3", kind=WORKING_FOLDER, count=1) in erase(town, BY_URL)
    assert not work.exists()


def test_working_folder_goes_though_nothing_was_found(town: Any) -> None:
    work = make_folder(town.command.places.build_work("2020Q3"))
    assert find(town, url_of(f"{ROOT}findes/ikke")) == []
    assert [trace.kind for trace in erase(town, url_of(f"{ROOT}findes/ikke"))] == [WORKING_FOLDER]
    assert not work.exists()


def test_nothing_lacks_the_erasure_afterwards(town: Any) -> None:
    add_erasure(town.command.places.erasures, "e1", "2020-05-01", BY_URL)
    erase(town, BY_URL)
    stamp(town.command.places.cache, "e1")  # when training has looked too
    set_done(town.command.places.erasures, "e1")
    shutil.rmtree(town.command.places.snapshots)  # of them the crawl takes care
    assert missing_ids(town.command.places) == []


def test_cache_that_a_build_makes_obeys_and_one_that_came_back_is_looked_through(
    town: Any, response: Any, page_of: Any
) -> None:
    places = town.command.places
    add_erasure(places.erasures, "e1", "2020-05-01", BY_URL)
    set_done(places.erasures, "e1")
    town.snapshot("2020Q3", [response(url=ELSEWHERE, body=page_of(SHARED))])
    town.build_with("2020Q3-try", **SMALL)
    assert stamped_ids(places.cache) == []
    shutil.rmtree(places.cache)
    town.build("2020Q3")
    assert stamped_ids(places.cache) == ["e1"]


def test_folder_that_is_no_corpus_is_told(town: Any, caplog: pytest.LogCaptureFixture) -> None:
    make_folder(town.corpus("2020Q4"))
    find(town, BY_URL)
    assert "2020Q4: no corpus" in caplog.text


def test_corpora_that_lost_sentences_are_named(town: Any) -> None:
    assert corpora_of(find(town, Sought(texts=text_words([SECOND])))) == {"2020Q1"}
    assert corpora_of(find(town, url_of(f"{ROOT}findes/ikke"))) == frozenset()


def test_what_was_begun_and_killed_is_ended_before_anything_is_read(town: Any) -> None:
    (town.corpus("2020Q1") / JOURNAL_NAME).write_text(json.dumps({"remove": ["boilerplate.parquet"], "replace": []}))
    erase(town, url_of(f"{ROOT}findes/ikke"))
    assert not (town.corpus("2020Q1") / JOURNAL_NAME).exists()


def test_everything_may_go(town: Any) -> None:
    erase(town, Sought(sites=frozenset({"9001", "9002"})))
    for quarter in ("2020Q1", "2020Q2"):
        assert verify_corpus(town.corpus(quarter)) == []
        assert set(read_corpus_manifest(town.corpus(quarter)).counts.values()) == {0}
