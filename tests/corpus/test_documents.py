"""Documents that are the same or nearly: which stays, and what the others are dropped for."""

from typing import Any

import pytest

NORDBY, OERHOLM = "http://www.nordby.kommuneby.test/", "http://www.oerholm.kommuneby.test/"
LONG = (
    "Kommunen har i år ledige pladser til børn i alle byens daginstitutioner.",
    "Ansøgningen om tilskud til medicin skal underskrives af din egen læge.",
    "Genbrugspladsen ved havnen holder åbent hver dag undtagen nytårsdag og juleaften.",
    "Biblioteket udlåner også cykler, telte og symaskiner mod et lille depositum.",
    "Byrådet drøfter næste års budget på et åbent møde i rådhusets store sal.",
    "Hunden skal føres i snor på alle strande i den varme del af året.",
    "Du kan låne en trailer gratis, hvis du selv henter og afleverer den.",
    "Svømmehallen lukker for vedligehold i tre uger efter skolernes sommerferie.",
)
OWN = "Her må man fiske fra molen med gyldigt fisketegn."
SHORTER = LONG[:-1]
CHANGED = (*LONG[:-1], OWN)


def build(house: Any, response: Any, page_of: Any, pages: dict[str, tuple[str, ...]]) -> None:
    house.snapshot("2020Q1", [response(url=url, body=page_of(*texts)) for url, texts in pages.items()])
    house.build("2020Q1")


@pytest.fixture
def documents(house: Any, response: Any, page_of: Any) -> Any:
    """Build pages (address -> paragraphs): the documents there are, and the dropped ones, by address."""

    def documents(pages: dict[str, tuple[str, ...]]) -> tuple[dict[str, Any], dict[str, Any]]:
        build(house, response, page_of, pages)
        gone = [row for row in house.rows("2020Q1", "dropped") if row["level"] == "document"]
        return {row["url"]: row for row in house.rows("2020Q1", "documents")}, {row["url"]: row for row in gone}

    return documents


def test_same_text_at_addresses_and_sites_is_one_document(documents: Any, house: Any) -> None:
    """The least of (site, document) stays; the others name it."""
    pages = {f"{NORDBY}a": LONG[:3], f"{NORDBY}b": LONG[:3], f"{OERHOLM}a": LONG[:3], f"{OERHOLM}b": LONG[3:6]}
    kept, gone = documents(pages)
    (stays,) = kept.keys() - {f"{OERHOLM}b"}
    assert stays in (f"{NORDBY}a", f"{NORDBY}b")
    assert gone.keys() == pages.keys() - kept.keys()
    for row in gone.values():
        assert (row["reason"], row["kept_id"], row["similarity"]) == (
            "duplicate_document", kept[stays]["document_id"], 1.0
        )  # fmt: skip
        assert row["text"] == kept[stays]["text"]
    rows = [row for row in house.rows("2020Q1", "sentences") if row["url"] == stays]
    assert [(row["num_occurrences"], row["num_sites"]) for row in rows] == [(3, 2)] * 3


def test_duplicate_sentences_name_the_sentence_that_stays(documents: Any, house: Any) -> None:
    documents({f"{NORDBY}a": LONG[:3], f"{NORDBY}b": (LONG[0].upper().capitalize(), *LONG[4:7])})
    ids = {row["text"]: row["sentence_id"] for row in house.rows("2020Q1", "sentences")}
    (row,) = [row for row in house.rows("2020Q1", "dropped") if row["reason"] == "duplicate_sentence"]
    assert (row["level"], row["kept_id"], row["similarity"]) == ("sentence", ids[LONG[0]], 1.0)


def test_near_duplicate_without_a_sentence_of_its_own_goes(documents: Any) -> None:
    kept, gone = documents({f"{NORDBY}a": SHORTER, f"{OERHOLM}a": LONG})
    (long,), (short,) = kept.values(), gone.values()
    assert (long["url"], short["url"]) == (f"{OERHOLM}a", f"{NORDBY}a")
    assert (short["level"], short["reason"]) == ("document", "near_duplicate_document")
    assert short["kept_id"] == long["cluster_id"] == long["document_id"]
    assert 0.8 <= short["similarity"] < 1
    assert short["text"].splitlines()[1:] == list(SHORTER)
    assert long["num_sentences"] == len(LONG)


def test_near_duplicate_with_a_sentence_of_its_own_stays(documents: Any, house: Any) -> None:
    """It says something that is said nowhere else; what both say is taken from the one that stands for them."""
    kept, gone = documents({f"{NORDBY}a": CHANGED, f"{OERHOLM}a": LONG})
    assert gone == {}
    long, changed = kept[f"{OERHOLM}a"], kept[f"{NORDBY}a"]
    assert long["cluster_id"] == changed["cluster_id"] == long["document_id"]
    assert (long["num_sentences"], changed["num_sentences"]) == (len(LONG), 1)
    (own,) = [row for row in house.rows("2020Q1", "sentences") if row["document_id"] == changed["document_id"]]
    assert (own["text"], own["position"]) == (OWN, len(CHANGED) + 1)  # behind the heading


def test_documents_that_are_not_alike_have_no_cluster(documents: Any) -> None:
    kept, gone = documents({f"{NORDBY}a": LONG[:4], f"{NORDBY}b": LONG[4:]})
    assert (len(kept), gone) == (2, {})
    assert {row["cluster_id"] for row in kept.values()} == {None}


def test_every_kept_id_is_a_document_that_is_there(documents: Any) -> None:
    """Two copies of a near duplicate that goes: both go for the document that stays."""
    kept, gone = documents({f"{NORDBY}a": SHORTER, f"{NORDBY}b": SHORTER, f"{OERHOLM}a": LONG})
    assert kept.keys() == {f"{OERHOLM}a"}
    assert {row["kept_id"] for row in gone.values()} == {kept[f"{OERHOLM}a"]["document_id"]}


def test_every_kept_id_is_a_sentence_that_is_there(documents: Any, house: Any) -> None:
    """Two copies of a near duplicate that goes: the second, too, goes for the sentence that stays."""
    other = LONG[0].replace("alle byens", "byens fem")
    pages = {f"{NORDBY}{name}": (LONG[0], text) for name, text in zip("abc", LONG[1:4], strict=True)}
    documents(pages | {f"{NORDBY}{name}": (other, text) for name, text in zip("de", LONG[4:6], strict=True)})
    ids = {row["sentence_id"] for row in house.rows("2020Q1", "sentences")}
    dropped = [row for row in house.rows("2020Q1", "dropped") if row["kept_id"] and row["level"] == "sentence"]
    assert sorted(row["reason"] for row in dropped) == ["duplicate_sentence"] * 3 + ["near_duplicate_sentence"]
    assert {row["kept_id"] for row in dropped} <= ids


def test_sides_of_all_copies_decide_though_one_stays(house: Any, urls: dict[str, list[str]]) -> None:
    """A copy on the training side makes the text's sentences training, whichever copy stays."""
    for number, url in enumerate(urls["validation"][:4]):
        quarter = f"202{number}Q1"
        house.build_pages(quarter, {url: LONG[number : number + 1], urls["train"][number]: LONG[number : number + 1]})
        assert not house.rows(quarter, "sentences/validation")
