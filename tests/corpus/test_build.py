"""What a corpus of Kommuneby holds, against what Kommuneby says."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.build import check_free
from corpus.schema import DOCUMENT_SCHEMA, SENTENCE_SCHEMA, SITE_SCHEMA, DropReason
from corpus.split import document_side
from demo.kommuneby import PageKind, Web
from demo.views import CPR_NUMBER
from foundation.errors import ConfigError

Sentences = Callable[[Path], list[dict[str, Any]]]


def test_every_danish_fact_stands_exactly_once(kommuneby: Any, web: Web, sentences: Sentences) -> None:
    texts = Counter(row["text"] for row in sentences(kommuneby.corpus("2020Q1")))
    expected = web.danish_facts()
    assert len(expected) > 100
    assert {fact: texts[fact] for fact in expected} == dict.fromkeys(expected, 1)


def test_no_foreign_fact_is_there(kommuneby: Any, web: Web, sentences: Sentences) -> None:
    texts = {row["text"] for row in sentences(kommuneby.corpus("2020Q1"))}
    assert web.foreign_facts()
    assert texts.isdisjoint(web.foreign_facts())


def test_english_and_german_pages_are_dropped_for_their_language(kommuneby: Any, web: Web) -> None:
    foreign = {url for url in web.content_urls() if web.pages[url].language in ("en", "de")}
    dropped = {row["url"]: row["reason"] for row in kommuneby.rows("2020Q1", "dropped") if row["level"] == "document"}
    assert foreign
    assert {url: dropped.get(url) for url in foreign} == dict.fromkeys(foreign, "document_other_language")


def test_page_with_a_cpr_number_is_out_whole(kommuneby: Any, web: Web) -> None:
    (page,) = [page for page in web.pages.values() if page.kind is PageKind.CPR]
    (row,) = [row for row in kommuneby.rows("2020Q1", "dropped") if row["url"] == page.url]
    assert (row["level"], row["reason"], row["text"]) == ("page", "cpr_on_page", None)
    assert kommuneby.rows("2020Q1", "personal_data") == [
        {"site": page.site, "url": page.url, "kind": "cpr", "count": 1}
    ]
    assert page.url not in {row["url"] for row in kommuneby.rows("2020Q1", "documents")}


def test_no_byte_of_the_corpus_holds_the_cpr_number(kommuneby: Any) -> None:
    """Every value of every table as text, nested ones too, and the papers beside them."""
    number = re.compile(CPR_NUMBER.replace("-", "[- ]?"))
    folder = kommuneby.corpus("2020Q1")
    for path in folder.rglob("*"):
        if path.suffix == ".parquet":
            assert not number.search(str(pq.read_table(path).to_pylist())), path
        elif path.is_file():
            assert not number.search(path.read_text()), path


def test_every_sentence_lies_in_a_document_that_is_there(kommuneby: Any, sentences: Sentences) -> None:
    documents = {row["document_id"]: row for row in kommuneby.rows("2020Q1", "documents")}
    for row in sentences(kommuneby.corpus("2020Q1")):
        document = documents[row["document_id"]]
        assert row["text"] in document["text"]
        assert (row["url"], row["site"], row["area"]) == (document["url"], document["site"], document["area"])


def test_number_of_sentences_of_documents_and_sites_add_up(kommuneby: Any, sentences: Sentences) -> None:
    number = len(sentences(kommuneby.corpus("2020Q1")))
    assert sum(row["num_sentences"] for row in kommuneby.rows("2020Q1", "documents")) == number
    assert sum(row["num_sentences"] for row in kommuneby.rows("2020Q1", "sites")) == number


def test_side_of_a_document_is_the_hash_of_its_id(kommuneby: Any) -> None:
    for row in kommuneby.rows("2020Q1", "documents"):
        assert row["split"] == document_side(row["document_id"], 0.02)


def test_same_text_at_two_urls_is_one_document(kommuneby: Any, web: Web) -> None:
    doubles = [page for page in web.pages.values() if page.kind is PageKind.DUPLICATE and page.is_reachable]
    documents = {row["url"] for row in kommuneby.rows("2020Q1", "documents")}
    dropped = {row["url"] for row in kommuneby.rows("2020Q1", "dropped") if row["reason"] == "duplicate_document"}
    assert doubles
    for page in doubles:
        assert page.duplicate_of is not None
        assert len(documents & {page.url, page.duplicate_of}) == 1
        assert len(dropped & {page.url, page.duplicate_of}) == 1


def test_area_of_kl_is_written_on_its_sentences_only(kommuneby: Any, web: Web, sentences: Sentences) -> None:
    names = {site.id: site.name for site in web.sites if site.id.startswith("kl-")}
    found = {(row["site"], row["area"]) for row in sentences(kommuneby.corpus("2020Q1"))}
    assert {site for site, _ in found} >= names.keys()
    assert all(area == names.get(site) for site, area in found)


def test_answers_without_a_page_have_their_reason(kommuneby: Any, web: Web) -> None:
    reasons = {row["url"]: row["reason"] for row in kommuneby.rows("2020Q1", "dropped") if row["level"] == "page"}
    for page in web.pages.values():
        if page.is_reachable and page.kind in (PageKind.REDIRECT, PageKind.MISSING):
            assert reasons[page.url] == "http_status"
        if page.is_reachable and page.kind is PageKind.FILE:
            assert reasons[page.url] == "not_html"


def test_every_page_is_kept_or_has_a_reason(kommuneby: Any) -> None:
    """Rule 5: nothing is thrown away silently."""
    dropped = kommuneby.rows("2020Q1", "dropped")
    no_pages = sum(row["reason"] == "http_status" for row in dropped)  # redirects and error pages
    gone = sum(row["level"] in ("page", "document") for row in dropped) - no_pages
    assert no_pages > 0
    kept = len(kommuneby.rows("2020Q1", "documents"))
    assert kept + gone == sum(row["num_pages"] for row in kommuneby.rows("2020Q1", "sites"))
    assert {row["reason"] for row in dropped} <= {reason.value for reason in DropReason}


def test_every_occurrence_is_kept_or_dropped_as_a_duplicate(kommuneby: Any, sentences: Sentences) -> None:
    kept = sentences(kommuneby.corpus("2020Q1"))
    duplicates = sum(row["reason"] == "duplicate_sentence" for row in kommuneby.rows("2020Q1", "dropped"))
    assert duplicates > 0
    assert sum(row["num_occurrences"] - 1 for row in kept) == duplicates


def test_tables_have_the_columns_of_the_schema(kommuneby: Any) -> None:
    folder = kommuneby.corpus("2020Q1")
    expected: dict[str, pa.Schema] = {
        "sentences/*": SENTENCE_SCHEMA, "documents/*": DOCUMENT_SCHEMA, "sites.parquet": SITE_SCHEMA
    }  # fmt: skip
    for pattern, schema in expected.items():
        paths = list(folder.glob(pattern))
        assert paths
        assert all(pq.read_schema(path).equals(schema) for path in paths)


def test_sentences_are_in_order_of_their_id(kommuneby: Any) -> None:
    ids = [row["sentence_id"] for row in kommuneby.rows("2020Q1", "sentences/train")]
    assert ids == sorted(set(ids))


def test_scores_are_rounded_to_thousandths(kommuneby: Any, sentences: Sentences) -> None:
    scores = [row["language_score"] for row in sentences(kommuneby.corpus("2020Q1"))]
    assert scores
    assert all(abs(score * 1000 - round(score * 1000)) < 1e-3 for score in scores)


def test_what_a_build_left_that_was_killed_at_its_very_end_is_cleared_away(tmp_path: Path) -> None:
    target, work = tmp_path / "corpora" / "2020Q1", tmp_path / "work"
    for path in (target / "manifest.json", work / "joined" / "document-texts"):
        path.parent.mkdir(parents=True)
        path.write_text("{}")
    with pytest.raises(ConfigError, match="is there already"):
        check_free(target, work)
    assert not work.exists() and target.exists()
