"""Pages that are about persons as a whole: building cases, answers to hearings, lists of staff and councillors.

In: URL, title and blocks of a page. Out: the kind, or None. Each kind needs a strong sign in the URL or title and,
where an ordinary page could carry it too, signs in the text besides; a page that only tells of such things stays:

- building case: a host of a case archive, or a path of one with a case below it, or a page titled as a case that
  carries at least three of the fields of a case file;
- answer to a hearing: a path of answers with a number below it, a title "Høringssvar fra ...", or three answers with
  senders on one page; never a page that says how to send one;
- list of people: five persons under a URL or title of staff or councillors, eight and most of the page elsewhere, or
  a page titled with one name under such a URL.
"""

import re
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import unquote, urlsplit

from corpus.config import PrivateKind
from corpus.privacy.people import is_name, people_of


class TextBlock(Protocol):
    """What of a block is needed here."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


# Hosts that hold scanned building cases for many municipalities, and a municipality's own.
_CASE_HOST = re.compile(r"(?:^|\.)(?:weblager|filarkiv|byggesagsarkiv|bygningsarkiv|byggesager)\.")
_CASE_PATH = re.compile(
    r"/(?:\w+-)*(?:byggesagsarkiv|bygningsarkiv|byggesagsarkivet|byggesager|byggearkiv|filarkiv|weblager)(?:-\w+)*"
)
# Below it: a number, or an address with a house number. Or a parameter that names a case or property.
_CASE_BELOW = re.compile(
    r"/[^/?]*\d[^/?]*(?:[/?]|$)|[?&](?:sag|sagid|sagsid|case|caseid|ejendom|bfe|matrikel|adresse|dokid|id)=\w*\d"
)
_CASE_TITLE = re.compile(r"\bbygge(?:sag|tilladelse)\w*\b.*\d|\bbygnings?sag\w*\b.*\d", re.IGNORECASE)
_CASE_FIELDS = re.compile(
    r"^(sagsn(?:r|ummer)|matrikel(?:n(?:r|ummer))?|matr\.?\s?nr|ejendomsn(?:r|ummer)|bfe(?:-?n(?:r|ummer))?|ansøger|bygherre|"
    r"ejer|dokumenttype|byggeår|bygningsn(?:r|ummer)|sagstype|adresse|ejendomsadresse|ibrugtaget|dokumentdato|arkivdato)"
    r"\b\.?[^\S\n]{0,3}(?::|$)",
    re.IGNORECASE | re.MULTILINE,
)
_MIN_CASE_FIELDS = 3

_ANSWER_WORD = r"h(?:ø|oe|o)rings?-?svar"
_ANSWER_PATH = re.compile(
    rf"/[^/?]*{_ANSWER_WORD}(?:ene|et)?(?:/|[?&])(?P<below>.+)$|[?&](?:{_ANSWER_WORD}|svar)-?id=\w+", re.IGNORECASE
)
# A number below it, but no year: a municipality lists its own answers to the state by year.
_ANSWER_NUMBER = re.compile(
    r"(?:^|[/=-])(?!(?:19|20)\d\d/?$)(?:\d{1,9}|[0-9a-f]{8}-[0-9a-f-]{20,})/?$|(?:^|/)fra-|svar-?id=", re.IGNORECASE
)
# The municipality's own answer is none.
_ANSWER_TITLE = re.compile(
    r"^[^\w\n]{0,5}(?:[Hh]øringssvar|[Ii]ndsigelse|[Bb]emærkninger)(?:\s+(?:nr\.?|nummer)?\s*\d{1,3}\b|"
    r"\s+(?:af|fra)\s+[A-ZÆØÅ]|\s*[:–-]\s*[A-ZÆØÅ])(?!.*\b[Kk]ommune)"
)
_ANSWER_START = re.compile(
    r"^[^\w\n]{0,5}(?:(?:Høringssvar|HØRINGSSVAR|Svar|Indsigelse)\s+(?:(?:nr\.?|nummer)\s*\d+|\d+\b|(?:af|fra)\s+[A-ZÆØÅ])|"
    r"(?:Indsendt af|Indsender|Afsender|Svarperson)\s*:?\s*[A-ZÆØÅ])",
    re.MULTILINE,
)
_MIN_ANSWERS = 3
# A page that tells how to answer, or that gathers what the hearing is about.
_HOW_TO = re.compile(
    r"\b(?:sådan|saadan|hvordan|send|sende|indsend|afgiv|afgive|giv|skriv|vejledning|frist|regler|spørgsmål|deltag)\b",
    re.IGNORECASE,
)

_PEOPLE_SIGN = re.compile(
    r"medarbejder(?:e|ne|liste|oversigt)?(?![^\W\d_])|\bansatte\b|\bpersonale(?:t|liste)?\b|\btelefonliste|"
    r"\bkontakt(?:personer|liste)\b|b(?:y|ye)r(?:å|aa|a)d(?:ets|s)?[-_ ]?medlem|"
    r"kommunalbestyrelses?(?:ns|ens)?[-_ ]?medlem|udvalgs?[-_ ]?medlem|\bpolitikere\b|\bmedlemmer(?:ne)?\b|\bstaff\b|"
    r"\bemployees\b|\bledelsen\b|\bdirektion(?:en)?\b",
    re.IGNORECASE,
)
_MIN_PERSONS_WITH_SIGN = 5  # an ordinary page names three or four contacts
_MIN_SHARE_WITH_SIGN = 0.3
_MIN_PERSONS = 8
_MIN_SHARE = 0.5
_TITLE_ENDS = re.compile(r"\s[|–—-]\s|,\s|\s\(")


def private_kind(url: str, title: str | None, blocks: Sequence[TextBlock]) -> PrivateKind | None:
    """Which kind of private page this is, if any."""
    address = unquote(url)
    heading = (title or "").strip()
    texts = [block.text for block in blocks]
    if _is_building_case(address, heading, texts):
        return "building_case"
    if _is_hearing_answer(address, heading, texts):
        return "hearing_answer"
    return "people_list" if _is_people_list(address, heading, texts) else None


def _is_building_case(address: str, title: str, texts: Sequence[str]) -> bool:
    parts = urlsplit(address)
    below = f"{parts.path}?{parts.query}" if parts.query else parts.path
    num_fields = len({field.lower() for field in _CASE_FIELDS.findall("\n".join(texts))})
    if _CASE_HOST.search(parts.hostname or "") and below.strip("/"):
        return bool(_CASE_BELOW.search(below)) or num_fields >= _MIN_CASE_FIELDS
    if (path := _CASE_PATH.search(parts.path)) and _CASE_BELOW.search(below[path.end() :]):
        return num_fields > 0 or not _HOW_TO.search(title)
    return bool(path or _CASE_TITLE.search(title)) and num_fields >= _MIN_CASE_FIELDS


def _is_hearing_answer(address: str, title: str, texts: Sequence[str]) -> bool:
    num_answers = len(_ANSWER_START.findall("\n".join(texts)))
    if num_answers >= _MIN_ANSWERS:
        return True
    path = address[len("https://") :]
    if _HOW_TO.search(title) or _HOW_TO.search(path.rpartition("/")[2].replace("-", " ")):
        return False
    if _ANSWER_TITLE.search(title):
        return True
    found = _ANSWER_PATH.search(path)
    return bool(found and (found["below"] is None or _ANSWER_NUMBER.search(found["below"])))


def _is_people_list(address: str, title: str, texts: Sequence[str]) -> bool:
    path = urlsplit(address).path
    has_sign = bool(
        _PEOPLE_SIGN.search(path.replace("-", " ")) or _PEOPLE_SIGN.search(path) or _PEOPLE_SIGN.search(title)
    )
    if has_sign and _is_page_of_person(path, title):
        return True
    people = people_of(texts)
    if has_sign:
        return people.num_persons >= _MIN_PERSONS_WITH_SIGN and people.share >= _MIN_SHARE_WITH_SIGN
    return people.num_persons >= _MIN_PERSONS and people.share >= _MIN_SHARE


def _is_page_of_person(path: str, title: str) -> bool:
    """A folder of people with one page below it that is titled with a name."""
    folder = path.rstrip("/").rpartition("/")[0]
    return bool(_PEOPLE_SIGN.search(folder) or _PEOPLE_SIGN.search(folder.replace("-", " "))) and is_name(
        _TITLE_ENDS.split(title)[0].strip()
    )
