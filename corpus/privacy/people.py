"""Lists of persons on a page: names with job titles, parties, telephone numbers or e-mail addresses beside them.

In: the texts of a page's blocks. Out: how many persons the page lists so, and how much of the page they are.
Knows no names: a name is what is written like one and holds no word of an office, a place or a building.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus.privacy.emails import find_emails
from corpus.privacy.masking import PLACEHOLDERS
from corpus.privacy.phones import find_phones

MAX_CELL_CHARS = 80  # a name, a title or a number; what is longer is prose
_CELL_ENDS = re.compile(r"[\n\t|•·;]|,\s|:\s|\s[–—-]\s|\s\((?=[A-ZÆØÅ]{1,2}\))")
_NAME_WORD = r"[A-ZÆØÅÉÖÄÜ](?:[a-zæøåéèöäüóáíß]+|\.)(?:[-'’][A-ZÆØÅ]?[a-zæøåé]+)*"
_NAME = re.compile(rf"{_NAME_WORD}(?:\s(?:{_NAME_WORD}|af|von|van|der|de|el|al|bin)){{1,4}}")
# Words and endings of offices, places, buildings and web pages: "Kommuneby Skole" is no person.
_NO_NAME = re.compile(
    r"\b(?:\w*(?:kommune|skole|skolen|center|centret|centeret|forvaltning|forvaltningen|afdeling|afdelingen|udvalg|"
    r"udvalget|rådet|bibliotek|biblioteket|museum|museet|børnehave|børnehaven|vuggestue|dagpleje|plejehjem|hjemmet|"
    r"huset|hallen|parken|pladsen|service|sekretariat|sekretariatet|styrelsen|ministeriet|forening|foreningen|klub|"
    r"klubben|politi|kirke|region|teamet|vej|gade|gaden|allé|stræde|torv|plan|politik|tilbud|adresse)|"
    r"råd|by|hus|hal|team|plads|plads|stab|drift|teknik|miljø|kultur|fritid|økonomi|borger|job|ældre|børn|unge|social|"
    r"kontakt|telefon|mobil|mail|tlf|læs|se|søg|skriv|ring|send|find|download|mandag|tirsdag|onsdag|torsdag|fredag|"
    r"lørdag|søndag|dansk|danmark|nordisk|røde|frelsens|a/s|aps)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\b(?:\w*(?:konsulent|sagsbehandler|leder|chef|direktør|pædagog|lærer|sekretær|rådgiver|specialist|medarbejder|"
    r"koordinator|sygeplejerske|borgmester|medlem|formand|assistent|terapeut|ingeniør|arkitekt|jurist|planlægger|vejleder|"
    r"psykolog|læge|inspektør|bibliotekar|tandlæge|tandplejer|hjælper|fuldmægtig|controller|økonom|biolog|geolog|"
    r"landinspektør|tekniker|betjent|pedel|forvalter|administrator|udvikler|analytiker|redaktør|dagplejer|elev|student)"
    r"(?:en)?|socialdemokratiet|venstre|konservative|dansk folkeparti|enhedslisten|radikale venstre|radikale|liberal "
    r"alliance|sf|socialistisk folkeparti|moderaterne|danmarksdemokraterne|alternativet|løsgænger|borgerlisten)\b",
    re.IGNORECASE,
)
_PARTY_LETTER = re.compile(r"[A-ZÆØÅ]{1,2}\)")
_CONTACTS = (PLACEHOLDERS["phone"], PLACEHOLDERS["email"])
_SPAN = 4  # cells behind a name that can be of the same person: title, office, telephone, e-mail


@dataclass(frozen=True, kw_only=True)
class People:
    """How many persons a page lists, and the share of its characters that stands in their cells."""

    num_persons: int
    share: float


def people_of(texts: Iterable[str]) -> People:
    """Count names that a title, a party or contact data follows within a few cells, before the next name."""
    cells = list(_cells(texts))
    persons: set[str] = set()
    taken: set[int] = set()
    for place, cell in enumerate(cells):
        if not is_name(cell):
            continue
        last = place
        for behind in range(place + 1, min(place + 1 + _SPAN, len(cells))):
            if is_name(cells[behind]):
                break
            if _tells_of_person(cells[behind]):
                last = behind
        if last > place:
            persons.add(cell)
            taken.update(range(place, last + 1))
    num_chars = sum(map(len, cells)) or 1
    return People(num_persons=len(persons), share=round(sum(len(cells[place]) for place in taken) / num_chars, 3))


def is_name(text: str) -> bool:
    """Two to five capitalised words, none of an office or place, none a job title."""
    return bool(_NAME.fullmatch(text)) and not _NO_NAME.search(text) and not _TITLE.search(text)


def _tells_of_person(cell: str) -> bool:
    if len(cell) > MAX_CELL_CHARS:
        return False
    return bool(
        _TITLE.search(cell) or _PARTY_LETTER.fullmatch(cell) or any(each in cell for each in _CONTACTS)
        or find_emails(cell) or find_phones(f"tlf. {cell}")
    )  # fmt: skip


def _cells(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        if len(text) > 4 * MAX_CELL_CHARS and "\n" not in text and "|" not in text:
            yield text  # a paragraph: nobody is listed in it
            continue
        yield from filter(None, (part.strip(" .:") for part in _CELL_ENDS.split(text)))
