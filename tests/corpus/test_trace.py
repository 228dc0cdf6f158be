"""A sentence is traced to its page, and one that went to the one that stays, however it is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from corpus.dedup import sentence_id
from corpus.trace import trace_lines
from foundation.errors import ConfigError

STAYS = "Kommunen har i år tolv ledige pladser til børn i alle daginstitutionerne i byen."
GOES = "Kommunen har i år tolv ledige pladser til børn i alle daginstitutionerne i bye."
SHORT = "Vi har åbent for borgere i dag."
PHONE = "Ring til kommunens borgerservice på telefon {} hvis du har spørgsmål til din sag."


@pytest.fixture
def corpus(house: Any, response: Any, page_of: Callable[..., bytes]) -> Path:
    texts = {"a": [STAYS, PHONE.format("00 00 00 00")], "b": [GOES, SHORT]}
    answers = [
        response(url=f"http://www.nordby.kommuneby.test/{name}", body=page_of(*each)) for name, each in texts.items()
    ]
    house.snapshot("2020Q1", answers)
    house.build("2020Q1")
    return Path(house.corpus("2020Q1"))


def traced(corpus: Path, text_or_id: str) -> str:
    return "\n".join(trace_lines(corpus, text_or_id))


@pytest.mark.parametrize("text_or_id", [STAYS, STAYS.upper(), sentence_id(STAYS)])
def test_kept_sentence_names_its_page_and_what_went_for_it(corpus: Path, text_or_id: str) -> None:
    said = traced(corpus, text_or_id)
    assert "http://www.nordby.kommuneby.test/a" in said
    assert GOES in said


@pytest.mark.parametrize("text_or_id", [GOES, GOES.upper(), sentence_id(GOES)])
def test_near_duplicate_names_the_one_that_stays(corpus: Path, text_or_id: str) -> None:
    said = traced(corpus, text_or_id)
    assert said.startswith("left out as near_duplicate_sentence")
    assert STAYS in said


def test_sentence_as_it_stands_on_its_page_is_found_masked(corpus: Path) -> None:
    assert PHONE.format("[telefon]") in traced(corpus, PHONE.format("00 00 00 00"))


def test_sentence_that_a_rule_removed_has_its_reason(corpus: Path) -> None:
    assert traced(corpus, SHORT).startswith("left out as few_words")


def test_boilerplate_is_named_with_its_key(house: Any, response: Any, page_of: Callable[..., bytes]) -> None:
    notice = "Kommunen passer godt på dine oplysninger, og du kan altid bede om at få dem at se."
    topics = ["skole", "vej", "affald", "pleje", "kultur", "idræt", "miljø", "byggeri", "valg", "børn"]
    texts = [f"Siden om {topic} fortæller om alt det, som borgerne her kan få hjælp til." for topic in topics]
    url = "http://www.nordby.kommuneby.test/{}"
    house.snapshot("2020Q1", [response(url=url.format(n), body=page_of(text, notice)) for n, text in enumerate(texts)])
    house.build("2020Q1")
    corpus = Path(house.corpus("2020Q1"))
    said = traced(corpus, notice)
    with pytest.raises(ConfigError, match="neither has nor dropped"):
        traced(corpus, "passer godt på")
    key = pq.read_table(house.corpus("2020Q1") / "boilerplate.parquet")["key"][0].as_py()
    assert said.startswith("left out as boilerplate of 9001, on 10 pages") and key in said


def test_sentence_of_a_corpus_of_format_1_is_traced(corpus: Path) -> None:
    for path in (corpus / "dropped").glob("*.parquet"):
        pq.write_table(pq.read_table(path).drop_columns(["kept_id", "similarity"]), path)
    assert "http://www.nordby.kommuneby.test/a" in traced(corpus, STAYS)
    assert traced(corpus, GOES).startswith("left out as near_duplicate_sentence")


def test_what_is_not_there_is_a_clear_sentence(corpus: Path) -> None:
    with pytest.raises(ConfigError, match="neither has nor dropped"):
        traced(corpus, "Denne sætning står ikke på nogen side.")
