"""Words that say what kind of number follows.

In: what stands before a number. Out: the cues in it. The names of numbers are those that Danish public pages use.
"""

import re
from dataclasses import dataclass

# A placeholder such as "[telefon]" is no cue.
_NOT_IN_PLACEHOLDER = r"(?<!\[)"
CPR_WORDS = (
    r"c\.\s?p\.\s?r\b|cpr|pers(?:on)?[-. ]{0,2}(?:nr|nummer|numre|id\b)|"
    r"fødselsnummer|fødselsnr|"
    r"sygesikrings(?:nr|nummer|bevis|kort)|sundhedskort"
)
_NUMBER = r"[-. ]{0,2}(?:nr|nummer(?:et)?|numre|no|id)\b"
# Numbers that are no persons'. Words that may name a thing as well as a number ("sag", "reg") need "nr" behind them,
# or stand alone.
NUMBERED_THINGS = (
    rf"\bp{_NUMBER}|\bp-?enhed\w*|produktions(?:enhed\w*|nummer|nr)|\bse{_NUMBER}|\bcvr\w*|\bean\b|\bgln\b|\biban\b|\bbic\b|\bswift\b|"
    rf"konto(?:nr|nummer|nummeret|en|er|numre)?\b|\bkto\b|\bgiro\w*|\breg\b|\bregistrerings{_NUMBER}|"
    rf"sags?{_NUMBER}|\bjournal(?:{_NUMBER})?\b|\bj\.?\s?nr\b|\bfaktura(?:{_NUMBER}|en)?\b|\bregning(?:s{_NUMBER})?\b|"
    rf"\b(?:ind)?(?:købs)?ordre(?:{_NUMBER}|n)?\b|\brekvisitions?\w*|\bløbe{_NUMBER}|\bmatr(?:ikel)?\b\.?(?:{_NUMBER})?|"
    rf"\bmatrikel\w*|\bisbn\b|\bissn\b|\bdoi\b|\bid\b|[-_]id\b|(?:sags?|dok|dokument|node|bruger|page|side|event|item)id\b|"
    rf"\bdok(?:ument)?(?:{_NUMBER})?\b|\bbilag(?:s{_NUMBER})?\b|\bbfe\b|\bejendoms?{_NUMBER}|\bkunde{_NUMBER}|"
    rf"\bmedlems{_NUMBER}|\b(?:vare|artikel|serie|stel|måler|aftale|kontrakt|tilbuds|police|licens|kredit\w*|debitor|"
    rf"leverandør|bestillings|projekt|arkiv|akt|kort|stregkode|adresse|installations?){_NUMBER}|\bstregkode\b|"
    rf"\breference(?:{_NUMBER})?\b|\bref\b|\bbetalings(?:id|{_NUMBER})|\bpost{_NUMBER}|\bkommunekode\b|\bvejkode\b|"
    rf"\bkr\b|\bkroner\b|\bdkk\b|\bbeløb(?:et)?\b|\btidsstempel\b|\btimestamp\b|\bversion\b"
)
PHONE_WORDS = (
    r"\btlf\b|\btlf(?=[.\s]?nr)|\btel\b|telefon(?:er|en|nr|nummer|nummeret|numre)?\b|\bmob\b|"
    r"\bmobil(?:nr|nummer|nummeret|en|telefon)?\b|\btelefax\b|\bfax\b|\bsms\b|\bhotline\b|\bhovednummer\b|\bdirekte\b|"
    r"\blokalnummer\b|\bphone\b|\bmobile\b"
)
# These lead to a telephone number but may stand before anything.
CALL_WORDS = (
    r"\bring(?:e|er|es)?\b|\bopkald\b|\bkontakt(?:es|e)?\b|\btræffes\b|vagt(?:en)?\b|\bmobilepay\b|"
    r"[☎☏📞📱✆]|\b[TM](?=:|[.]?\s?\Z)|\bpå\s+(?:nummer(?:et)?|nr)\b"
)

# Any other compound of "nummer".
_COMPOUND = r"(?P<compound>(?:(?<=\w\w)|(?<=\w[-.]))(?:nr|nummer(?:et)?)\b)"
# Before it: a word that numbers persons or telephones, and was a cue itself or is none.
_OF_PERSON = re.compile(
    r"(?:cpr|c\.\s?p\.\s?r|pers|person|borger|barn|børn|elev|patient|ansøger|klient|beboer|fødsel|sygesikring|"
    r"tlf|tel|telefon|mobil|mob)\w{0,8}[-.]?\Z",
    re.IGNORECASE,
)
CPR_CUE = re.compile(_NOT_IN_PLACEHOLDER + f"(?:{CPR_WORDS})", re.IGNORECASE)
# For CPR numbers: telephone numbers are other numbers too.
CUE_OF_TEN_DIGITS = re.compile(
    f"{_NOT_IN_PLACEHOLDER}(?:(?P<cpr>{CPR_WORDS})|(?P<other>{NUMBERED_THINGS}|{PHONE_WORDS})|{_COMPOUND})",
    re.IGNORECASE,
)
# For telephone numbers.
CUE_OF_EIGHT_DIGITS = re.compile(
    rf"{_NOT_IN_PLACEHOLDER}(?:(?P<phone>{PHONE_WORDS}|{CALL_WORDS})|"
    rf"(?P<other>{NUMBERED_THINGS}|{CPR_WORDS}|\bkl\b|\buge\b|tid(?:en|er)?\b|\bår(?:ene)?\b|"
    rf"\bsider?\b|\blinjer?\b|\bruter?\b|\bbus(?:ser)?\b|\blotto\w*|\bvindertal\w*)|{_COMPOUND})",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Cue:
    """What a word before a number says of it: "cpr", "phone" or "other"."""

    kind: str
    start: int
    end: int


def cues_in(pattern: re.Pattern[str], label: str) -> list[Cue]:
    """All cues of a label, the nearest to the number last."""
    if not _LETTER.search(label):
        return []  # rows of figures
    cues = []
    for match in pattern.finditer(label):
        kind = match.lastgroup or ""
        if kind != "compound":
            cues.append(Cue(kind, match.start(), match.end()))
        elif cues and match.start() - cues[-1].end <= 1:
            cues[-1] = Cue(cues[-1].kind, cues[-1].start, match.end())  # "CVR-nr", "tlf.nr"
        elif not _OF_PERSON.search(label[max(match.start() - 30, 0) : match.start()]):
            cues.append(Cue("other", match.start(), match.end()))
    return cues
