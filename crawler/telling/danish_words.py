"""What a crawl says of a site, in Danish, for the owner of the site.

In: states, verdicts of robots.txt, and the kinds under which visits.py counts what was left alone. Out: short Danish
phrases. A kind that is not known becomes "anden grund": what it is called may come from the web.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from crawler.judgement import UNREAD
from crawler.pages.references import NotFollowed
from crawler.rules.challenges import Wall
from crawler.rules.reservations import ReservationKind
from crawler.rules.robots import RobotsVerdict
from crawler.scope import NotTaken
from crawler.snapshot import TerminalState
from crawler.warc.records import ERASED

OTHER = "anden grund"
STATE_WORDS: Mapping[TerminalState, str] = {
    TerminalState.COMPLETE: "gennemført",
    TerminalState.UNFINISHED: "ikke færdigt",
    TerminalState.PARTIAL: "afbrudt, før alt var hentet",
    TerminalState.DEAD: "webstedet svarede ikke",
    TerminalState.ROBOTS_CLOSED: "lukket af robots.txt, eller robots.txt kunne ikke hentes",
    TerminalState.EMPTY: "ingen sider fundet",
    TerminalState.NOT_VISITED: "ikke besøgt",
    TerminalState.BLOCKED: "afvist: robotprøve, login eller spærring",
}
VERDICT_WORDS: Mapping[RobotsVerdict, str] = {
    RobotsVerdict.RULES: "læst og fulgt",
    RobotsVerdict.NO_RULES: "fandtes ikke, så alt måtte hentes",
    RobotsVerdict.UNREACHABLE: "kunne ikke hentes, så intet måtte hentes",
}
KIND_WORDS: Mapping[str, str] = {
    # pages of which no text was kept
    ReservationKind.NOINDEX: "forbeholdet noindex",
    ReservationKind.NOAI: "forbeholdet noai",
    ReservationKind.TDM: "forbeholdet TDMRep",
    ReservationKind.CONTENT_USAGE: "forbeholdet Content-Usage eller Content-Signal",
    Wall.CHALLENGE: "robotprøve i stedet for siden",
    Wall.LOGIN: "login i stedet for siden",
    UNREAD: "siden kunne ikke læses",
    "soft 404": "fejlside, der var sendt som en almindelig side",
    ERASED: "slettet efter anmodning",
    # addresses that were passed over, and links that were not taken
    "robots.txt": "robots.txt siger nej",
    "nothing new": "sagde intet nyt (kalendere, filtre)",
    NotTaken.OTHER_HOST: "uden for jeres værtsnavne",
    NotTaken.OTHER_AREA: "i en anden del af webstedet",
    NotTaken.EXCLUDED: "holdt udenfor på forhånd",
    NotTaken.SEARCH: "søgeresultater",
    NotTaken.TOO_DEEP: "for langt fra forsiden",
    NotTaken.REPEATING: "adresse, der gentager sig selv",
    NotTaken.ODD_PORT: "usædvanlig port",
    NotFollowed.NEEDS_JAVASCRIPT: "kræver JavaScript",
    NotFollowed.MAIL_OR_PHONE: "mail- eller telefonlink",
    NotFollowed.NOFOLLOW: "mærket nofollow",
    NotFollowed.TOO_MANY: "flere links på en side, end der læses",
    NotFollowed.OTHER_SCHEME: "ikke en webadresse",
    NotFollowed.NO_URL: "ugyldig adresse",
    "pdf": "PDF-fil",
    "docx": "tekstdokument",
    "spreadsheet": "regneark",
    "slides": "præsentation",
    "image": "billede",
    "media": "lyd eller video",
    "archive": "pakket fil",
    "style": "stilark",
    "script": "script",
    "calendar": "kalenderfil",
    "data": "datafil",
    "font": "skrifttype",
    "other file": "anden fil",
    "no reason given": "uden angivet grund",
}
_IDLE_PARAMETER = re.compile(r"the parameter .* makes no difference", re.DOTALL)
_ROBOTS = re.compile(rf"(?:(?P<origin>\S+): )?(?P<verdict>{'|'.join(RobotsVerdict)}), read .*")


def counts_by_words(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by kind as counts by Danish phrase; commonest first."""
    found: Counter[str] = Counter()
    for kind, number in counts.items():
        found[_words_of(kind)] += number
    return dict(found.most_common())


def robots_words(told: Sequence[str]) -> list[str]:
    """What visits.py tells of the robots.txt of each scheme and host; these are named where they differ."""
    verdicts: dict[str, list[str]] = {}
    for match in filter(None, map(_ROBOTS.fullmatch, told)):
        verdicts.setdefault(match["verdict"], []).append(match["origin"] or "")
    words = {VERDICT_WORDS[RobotsVerdict(verdict)]: origins for verdict, origins in verdicts.items()}
    return [phrase if len(words) == 1 else f"{', '.join(origins)}: {phrase}" for phrase, origins in words.items()]


def state_words(state: str) -> str:
    return STATE_WORDS[TerminalState(state)]


def _words_of(kind: str) -> str:
    return "samme side under en anden adresse" if _IDLE_PARAMETER.fullmatch(kind) else KIND_WORDS.get(kind, OTHER)
