import sqlite3
import time
from collections.abc import Iterator

import pytest

from crawler.novelty import MAX_NEW_PAIRS, SiteTexts, hash64, normalised

MENU = ["Forside", "Børn og unge", "Job og uddannelse", "Kontakt os"]


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    opened.executescript("create table block (hash integer primary key); create table pair (hash integer primary key);")
    yield opened
    opened.close()


def test_sentence_of_its_own_is_novel_and_its_copy_is_not(db: sqlite3.Connection) -> None:
    texts = SiteTexts(db)
    page = [*MENU, "Plejehjemmet har fået en ny have med bænke og blomster."]
    assert texts.learn(page).is_novel
    again = texts.learn(page)
    assert (again.num_new_pairs, again.seen_share) == (0, 1.0)
    other = texts.learn([*MENU, "Biblioteket holder lukket, mens gulvet bliver lagt om."])
    assert other.is_novel
    assert other.seen_share == 0.8


def test_memory_is_in_the_database_not_in_the_process(db: sqlite3.Connection) -> None:
    page = [*MENU, "Plejehjemmet har fået en ny have med bænke og blomster."]
    first, second = SiteTexts(db), SiteTexts(db)
    known = first.learn(page)
    again = second.learn(page)
    assert again.num_new_pairs == 0
    assert known.text_digest == again.text_digest


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Kalender for maj 2031", "Kalender for juni 2032"),
        ("Mandag den 3. februar", "Tirsdag den 14. marts"),
        ("Genereret kl. 12:03:11, besøg a8f3c1", "Genereret kl. 9:59:02, besøg 77b2aa"),
        ("Side 3 af 400", "Side 4 af 400"),
    ],
)
def test_what_varies_from_leaf_to_leaf_says_nothing_new(first: str, second: str, db: sqlite3.Connection) -> None:
    texts = SiteTexts(db)
    one = texts.learn([*MENU, first])
    other = texts.learn([*MENU, second])
    assert (other.num_new_pairs, other.text_digest) == (0, one.text_digest)


def test_echo_of_chosen_filters_is_soon_exhausted(db: sqlite3.Connection) -> None:
    texts = SiteTexts(db)
    names = ["børn", "skole", "kultur", "vej", "natur", "job", "ældre", "bolig"]
    novel = []
    for number in range(1, 200):
        chosen = [name for place, name in enumerate(names) if number >> place & 1]
        novel.append(texts.learn([*MENU, "Du har valgt " + " ".join(chosen)]).is_novel)
    assert sum(novel[:60]) < 30
    assert not any(novel[100:])


def test_counting_stops_where_it_is_enough(db: sqlite3.Connection) -> None:
    words = " ".join(f"ord{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(600))
    assert SiteTexts(db).learn([words]).num_new_pairs == MAX_NEW_PAIRS
    assert db.execute("select count(*) from pair").fetchone() == (MAX_NEW_PAIRS,)


def test_page_without_text_is_no_stranger(db: sqlite3.Connection) -> None:
    empty = SiteTexts(db).learn([])
    assert (empty.is_novel, empty.seen_share) == (False, 1.0)


def test_hash_is_the_same_on_every_machine_and_fits_a_column() -> None:
    assert hash64("Nordby") == -908475082958548318
    assert normalised("Maj 2031, fil8a") == "0 0, 0"


def test_time_grows_with_length_only(db: sqlite3.Connection) -> None:
    texts = ["a" * 5_000_000, "a1" * 1_000_000, "a " * 1_000_000]
    started = time.process_time()
    SiteTexts(db).learn(texts)
    assert time.process_time() - started < 0.5
