"""A build leaves out what must be forgotten: by address, by bytes, by text; and its cache forgets it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from corpus.addresses import address_key
from corpus.build import site_tasks
from corpus.cache import EXTRACTIONS, TEXTS, cached_values
from corpus.carry import Carry
from corpus.plan import plan_build, plan_preview
from corpus.preview import preview
from corpus.site_task import end, is_done
from corpus.verify import verify_corpus
from crawler.pages.urls import url_key
from crawler.snapshot import read_captures, read_snapshot_manifest
from foundation.erasures import Sought, add_erasure, read_erasures, text_words
from foundation.files import make_folder

ROOT = "http://www.nordby.kommuneby.test/"
SECRET = "Naboen Jens Hansen har klaget over hegnet ved sin egen have."
OTHER = "Biblioteket udlåner også cykler, telte og symaskiner mod et lille depositum."
THIRD = "Byrådet drøfter næste års budget på et åbent møde i rådhusets store sal."


@pytest.fixture
def forget(house: Any) -> Callable[..., None]:
    def forget(**sought: Any) -> None:
        add_erasure(house.command.places.erasures, "e1", "2020-05-01", Sought(**sought))

    return forget


@pytest.fixture
def snapshot(house: Any, response: Any, page_of: Any) -> Path:
    pages = {f"{ROOT}a": [SECRET, OTHER], f"{ROOT}b": [THIRD]}
    path: Path = house.snapshot("2020Q1", [response(url=url, body=page_of(*texts)) for url, texts in pages.items()])
    return path


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def texts_in(house: Any, name: str = "2020Q1") -> set[str]:
    return {row["text"] for row in house.rows(name, "sentences")}


def payload_of_a(snapshot: Path) -> str:
    return next(each.body_sha256 for each in read_captures(snapshot, "9001") if each.url.endswith("/a"))


@pytest.mark.parametrize(
    "sought",
    [
        {"urls": frozenset({address_key(f"{ROOT}a")})},
        {"prefixes": (address_key(f"{ROOT}a"),)},
        {"texts": text_words(["klaget over HEGNET, ved sin"])},
        {"payloads": None},
    ],
    ids=["address", "beginning", "text", "bytes"],
)
def test_page_that_must_be_forgotten_leaves_nothing_but_a_count(
    house: Any, snapshot: Path, forget: Any, sought: dict[str, Any]
) -> None:
    forget(**({"payloads": frozenset({payload_of_a(snapshot)})} if "payloads" in sought else sought))
    manifest = house.build("2020Q1")
    assert texts_in(house) == {THIRD}
    (row,) = [row for row in house.rows("2020Q1", "dropped") if row["level"] == "page"]
    assert (row["reason"], row["site"], row["url"], row["text"]) == ("erased", "9001", "", None)
    assert manifest.erasures == ("e1",)
    assert manifest.inputs["erasures"] == read_erasures(house.command.places.erasures).sha256
    assert f"{ROOT}a" not in str([house.rows("2020Q1", name) for name in ("documents", "dropped", "sentences")])
    assert verify_corpus(house.corpus("2020Q1")) == []


def test_old_address_of_a_page_that_moved_counts(house: Any, snapshot: Path, forget: Any) -> None:
    house.change_captures("2020Q1", {f"{ROOT}b": {"first_url": f"{ROOT}for/laengst"}})
    forget(urls=frozenset({address_key(f"{ROOT}for/laengst")}))
    house.build("2020Q1")
    assert texts_in(house) == {SECRET, OTHER}


def test_site_that_must_be_forgotten_is_gone_whole(house: Any, response: Any, page_of: Any, forget: Any) -> None:
    pages = {f"{ROOT}a": SECRET, "http://www.oerholm.kommuneby.test/": THIRD}
    house.snapshot("2020Q1", [response(url=url, body=page_of(text)) for url, text in pages.items()])
    forget(sites=frozenset({"9001"}))
    house.build("2020Q1")
    assert texts_in(house) == {THIRD}


def test_masked_text_is_recognised_as_the_corpus_has_it(house: Any, response: Any, page_of: Any, forget: Any) -> None:
    call = "Ring til formanden for grundejerforeningen på 86 12 34 56 efter klokken ti."
    pages = {f"{ROOT}a": call, f"{ROOT}b": THIRD}
    house.snapshot("2020Q1", [response(url=url, body=page_of(text)) for url, text in pages.items()])
    forget(texts=text_words([call.replace("86 12 34 56", "[telefon]")]))
    house.build("2020Q1")
    assert texts_in(house) == {THIRD}
    assert cached_texts(house) == []


def cached_texts(house: Any) -> list[Any]:
    """Cached values that hold a word of the page that is to be forgotten."""
    found = []
    for path in (house.command.places.cache / "pages").glob("*.db"):
        found += [value for _, value in cached_values(path) if "grundejer" in str(value) or "Hansen" in str(value)]
    return found


@pytest.mark.parametrize("words", ["Naboen Jens Hansen har klaget", "hegnet ved sin egen"])
def test_cache_of_an_earlier_build_forgets_the_text(house: Any, snapshot: Path, forget: Any, words: str) -> None:
    house.build("2020Q1-try")
    assert len(cached_texts(house)) == 2
    forget(texts=text_words([words]))
    house.build("2020Q1")
    assert texts_in(house) == {THIRD}
    assert cached_texts(house) == []
    assert SECRET.encode() not in bytes_of(house.command.places.cache)


def test_page_that_is_erased_is_no_evidence_of_boilerplate(
    house: Any, response: Any, page_of: Any, forget: Any
) -> None:
    """Else what is boilerplate would depend on pages that nobody has any more."""
    common = "Denne tekst står på mange af kommunens sider og siger ikke noget særligt."
    numbers = ("en", "to", "tre", "fire", "fem", "seks", "syv", "otte", "ni", "ti")
    pages = {f"{ROOT}{n}": [common, f"Side {word} handler om {word[::-1]} og om {word * 3} i byen."]
             for n, word in enumerate(numbers)}  # fmt: skip
    house.snapshot("2020Q1", [response(url=url, body=page_of(*texts)) for url, texts in pages.items()])
    house.build_with("2020Q1", boilerplate_min_pages=10)
    assert common not in texts_in(house)
    forget(urls=frozenset({address_key(f"{ROOT}0")}))
    house.snapshot("2020Q2", [response(url=url, body=page_of(*texts)) for url, texts in list(pages.items())[:10]])
    house.corpus("2020Q1").rename(house.data / "away")
    house.build_with("2020Q2", boilerplate_min_pages=10)
    assert common in texts_in(house, "2020Q2")


def test_task_that_was_done_before_an_erasure_is_done_again(house: Any, snapshot: Path, forget: Any) -> None:
    def task() -> Any:
        plan = plan_build(house.command, "2020Q1", workers=1)
        return site_tasks(plan, read_snapshot_manifest(plan.snapshot), Carry())[0]

    before = task()
    make_folder(before.folder)
    end(before, 2)
    assert is_done(task())
    forget(urls=frozenset({address_key(f"{ROOT}a")}))
    assert not is_done(task())


@pytest.mark.parametrize("sought", [{"urls": frozenset({address_key(f"{ROOT}a")})}, {"texts": text_words([SECRET])}])
def test_preview_shows_nothing_of_it(house: Any, snapshot: Path, forget: Any, sought: dict[str, Any]) -> None:
    forget(**sought)
    plan = plan_preview(house.command, "2020Q1", config=None, overrides=["min_words=15"])
    found = preview(plan.snapshot, plan.manifest, plan.corpus, plan.before, plan.after, 10, plan.erasures)
    assert {change.text for change in found.examples_removed} == {THIRD}


def test_same_erasures_give_the_same_bytes_with_cache_and_without(house: Any, snapshot: Path, forget: Any) -> None:
    house.build("2020Q1-try")
    forget(texts=text_words([SECRET]))
    house.build("2020Q1")
    warm = bytes_of(house.corpus("2020Q1"))
    house.corpus("2020Q1").rename(house.data / "warm")
    for path in (house.command.places.cache / "pages").iterdir():
        path.unlink()
    house.build("2020Q1", workers=2)
    assert bytes_of(house.corpus("2020Q1")) == warm


GUID = "3F2504E0-4F89-11D3-9A0C-0305E82C3301"


@hypothesis.given(st.text(alphabet="aB-/?=%7Bw.x0", max_size=20), st.sampled_from(["", "www.", "www.www."]))
@hypothesis.example(GUID, "www.")
@hypothesis.example(f"%7B{GUID}%7D?a={GUID.lower()}", "")
def test_key_of_an_address_is_that_of_the_crawl(rest: str, www: str) -> None:
    for scheme in ("http", "https"):
        url = f"{scheme}://{www}nordby.test/{rest}"
        assert address_key(url) == url_key(url)


def test_damaged_value_of_the_cache_is_passed_over(house: Any, snapshot: Path) -> None:
    house.build("2020Q1")
    (path,) = (house.command.places.cache / "pages").glob("*.db")
    before = len(list(cached_values(path)))
    with sqlite3.connect(path) as database:
        assert database.execute(f"UPDATE {TEXTS} SET value = x'00'").rowcount == 2
    database.close()
    values = [value for _, value in cached_values(path)]
    assert (len(values), values.count(None)) == (before, 2)
    assert {table for table, _ in cached_values(path)} == {EXTRACTIONS, TEXTS}
