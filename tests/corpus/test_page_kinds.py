"""Pages about persons are told from ordinary ones. All names are invented."""

from collections.abc import Sequence

import pytest

from corpus.extract import Block
from corpus.personal_data import private_kind
from corpus.privacy.people import is_name, people_of

HEADING, PARAGRAPH, LIST, TABLE = "heading", "paragraph", "list", "table"
ROOT = "https://www.kommuneby.test"
PROSE = "Kommunen behandler sagen, når vi har fået alle oplysninger, og du får svar i din digitale post."
NAMES = [
    "Anna Testesen", "Bo Eksempelsen", "Carla M. Prøvesen", "Dan-Erik Dummy", "Eva von Testesen", "Finn Åse Øvesen",
    "Gry Attrapsen", "Hans Mønstersen", "Ida Blanketsen", "Jens Formular", "Karen Udkast", "Lars Kladde",
]  # fmt: skip


def _blocks(*texts: str, kind: str = PARAGRAPH) -> list[Block]:
    return [Block(kind, text) for text in texts]


def _rows(names: Sequence[str], *cells: str) -> list[Block]:
    """A table: each cell is a block, as extraction gives them."""
    return [Block(TABLE, cell) for name in names for cell in (name, *cells)]


CASE_FIELDS = _blocks("Byggesag 2019-1234", "Sagsnr.: 2019-1234", "Matrikelnr.: 1a, Kommuneby", "Adresse: Testvej 1")
ANSWERS = _blocks(
    "Høringssvar nr. 1", PROSE, "Høringssvar nr. 2", PROSE, "Høringssvar fra Grundejerforeningen Testvej", PROSE
)

PRIVATE = [
    ("building_case", "https://public.filarkiv.test/visning?id=1234", "Dokument", _blocks(PROSE)),
    ("building_case", "https://weblager.test/sager/1234", None, _blocks("Bygningstegning")),
    ("building_case", f"{ROOT}/byggesagsarkiv/testvej-1", "Testvej 1", CASE_FIELDS),
    ("building_case", f"{ROOT}/borger/byggesagsarkivet?ejendom=1234", "Byggesagsarkiv", CASE_FIELDS),
    ("building_case", f"{ROOT}/node/1", "Byggesag 2019-1234", CASE_FIELDS),
    ("hearing_answer", f"{ROOT}/hoeringer/lokalplan-1/hoeringssvar/17", "Lokalplan 1", _blocks(PROSE)),
    ("hearing_answer", f"{ROOT}/h%C3%B8ringer/plan/h%C3%B8ringssvar/17", "Plan", _blocks(PROSE)),
    ("hearing_answer", f"{ROOT}/hoering?hoeringssvar-id=17", "Plan", _blocks(PROSE)),
    ("hearing_answer", f"{ROOT}/a", "Høringssvar fra Anna Testesen", _blocks(PROSE)),
    ("hearing_answer", f"{ROOT}/a", "Høringssvar nr. 4", _blocks(PROSE)),
    ("hearing_answer", f"{ROOT}/a", "Indsigelse fra Bo Eksempelsen", _blocks(PROSE)),
    ("hearing_answer", f"{ROOT}/hoering/1", "Høring om lokalplan 1", ANSWERS),
    ("people_list", f"{ROOT}/om/medarbejdere", "Medarbejdere", _rows(NAMES[:6], "Konsulent", "[telefon]")),
    ("people_list", f"{ROOT}/om/medarbejdere", "Medarbejdere", _rows(NAMES[:6], "Konsulent", "12 34 56 78")),
    ("people_list", f"{ROOT}/byraadet/medlemmer", "Byrådets medlemmer",
     [Block(LIST, f"{name} (A), [e-mail]") for name in NAMES[:7]]),
    ("people_list", f"{ROOT}/om/teknik", "Kontakt Teknik", _rows(NAMES, "Sagsbehandler", "[e-mail]", "[telefon]")),
    ("people_list", f"{ROOT}/om/afsnit", "Afsnittet",
     [Block(PARAGRAPH, f"{name}, sagsbehandler, tlf. 12 34 56 78") for name in NAMES]),
    ("people_list", f"{ROOT}/udvalgs-medlem/anna-testesen", "Anna Testesen", _blocks(PROSE)),
    ("people_list", f"{ROOT}/byraad/byraadsmedlemmer/bo", "Bo Eksempelsen (A) | Kommuneby", _blocks(PROSE)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "url", "title", "blocks"), PRIVATE)
def test_page_about_persons_is_known(kind: str, url: str, title: str | None, blocks: list[Block]) -> None:
    assert private_kind(url, title, blocks) == kind


CONTACTS = _rows(NAMES[:3], "Konsulent", "[telefon]", "[e-mail]")
SCHOOLS = [
    Block(TABLE, cell)
    for number, name in enumerate(NAMES[:10], start=1)
    for cell in (f"Skole nummer {number}", f"Testvej {number}, 9999 Kommuneby", f"Skoleleder: {name}", "[telefon]")
]
ORDINARY = [
    (f"{ROOT}/byg/byggesag", "Byggesag: søg om byggetilladelse", _blocks(PROSE, PROSE, "Adresse: Rådhustorvet 1")),
    (f"{ROOT}/byggesagsarkiv", "Byggesagsarkiv", _blocks("Find tegninger af din bolig i arkivet.", PROSE)),
    (f"{ROOT}/byggesagsarkiv/saadan-soeger-du", "Sådan søger du i arkivet", _blocks(PROSE)),
    (f"{ROOT}/byggesager/regler-2024", "Sådan er reglerne for byggesager i 2024", _blocks(PROSE)),
    (f"{ROOT}/byg/sagsbehandlingstid", "Byggesag: sagsbehandlingstid i 2024", _blocks(PROSE)),
    ("https://weblager.test/", "Weblager", _blocks(PROSE)),
    (f"{ROOT}/hoeringer", "Høringer", _blocks("Høring om lokalplan 1", PROSE, "Send dit høringssvar senest 1. maj.")),
    (f"{ROOT}/hoeringer/lokalplan-1", "Høring om lokalplan 1", _blocks(PROSE, "Der er kommet to høringssvar.", PROSE)),
    (f"{ROOT}/hoeringer/hoeringssvar", "Høringssvar", _blocks("Sådan sender du et høringssvar.", PROSE)),
    (f"{ROOT}/hoeringssvar/saadan-sender-du-et-hoeringssvar", "Sådan sender du et høringssvar", _blocks(PROSE)),
    (f"{ROOT}/a", "Send dit høringssvar", _blocks(PROSE)),
    (f"{ROOT}/a", "Høringssvar til lovforslag om byggeri", _blocks(PROSE)),
    (f"{ROOT}/a", "Bemærkninger fra borgere skal sendes inden 1. maj", _blocks(PROSE)),
    (f"{ROOT}/a", "Svar fra kommunen inden 14 dage", _blocks(PROSE)),
    (f"{ROOT}/a", "Høringssvar fra Kommuneby Kommune til lovforslag", _blocks(PROSE)),
    (f"{ROOT}/politik/hoeringssvar/2024", "Kommunens høringssvar i 2024", _blocks(PROSE)),
    (f"{ROOT}/om/kontakt", "Kontakt os", CONTACTS),
    (f"{ROOT}/om/medarbejdere", "Medarbejdere", [*CONTACTS, *_blocks(PROSE)]),
    (f"{ROOT}/job", "Bliv medarbejder i Kommuneby", _blocks(*[PROSE] * 5)),
    (f"{ROOT}/job/medarbejdere/sommerjob", "Sommerjob for unge", _blocks(PROSE)),
    (f"{ROOT}/skoler", "Skoler", SCHOOLS),
    (f"{ROOT}/nyhed", "Nyt udvalg", _blocks(*(f"{name}, formand, glæder sig. {PROSE} {PROSE}" for name in NAMES))),
    (f"{ROOT}/steder", "Steder", _rows(["Kommuneby Hallen", "Øster Skole", "Nordre Torv"] * 4, "[telefon]")),
    (f"{ROOT}/", None, []),
]  # fmt: skip


@pytest.mark.parametrize(("url", "title", "blocks"), ORDINARY)
def test_ordinary_page_stays(url: str, title: str | None, blocks: list[Block]) -> None:
    assert private_kind(url, title, blocks) is None


@pytest.mark.parametrize("text", NAMES)
def test_name_of_a_person_is_known(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize(
    "text",
    ["Kommuneby Kommune", "Øster Skole", "Anna", "Teknik Og Miljø", "Søg Nu", "ringe til os", "Ledende Konsulent"],
)
def test_name_of_an_office_or_place_is_none(text: str) -> None:
    assert not is_name(text)


def test_persons_are_counted_once_and_only_with_something_told_of_them() -> None:
    people = people_of(["Anna Testesen", "Konsulent", "Bo Eksempelsen", "Carla Prøvesen", "[e-mail]", "Anna Testesen",
                        "Konsulent"])  # fmt: skip
    assert people.num_persons == 2
    assert people_of([]).num_persons == 0


def test_kind_of_the_blocks_says_nothing() -> None:
    rows = [Block(HEADING, block.text) for block in _rows(NAMES, "Sagsbehandler", "[telefon]")]
    assert private_kind(ROOT, "Kontakt", rows) == "people_list"
