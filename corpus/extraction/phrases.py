"""What lines and labels of a page say about themselves.

In: a text. Out: questions answered from its words alone: a button's label, a line that leads elsewhere, a line with
date and author. Lists are short and in the languages of Danish municipal sites.
"""

import re

_BUTTON_LABELS = re.compile(
    r"(?:del|print|udskriv|menu|s(?:ø|oe)g|luk|ok|accepter|afvis|tilmeld|send|ja|nej|vis(?: \w+)?|skjul(?: \w+)?|"
    r"l(?:æ|ae)s mere|l(?:æ|ae)s op|vis (?:alle?|flere|mere)|(?:å|aa)bn(?: alle?)?|fold alle?.*|luk alle?|se mere|"
    r"del (?:siden|p(?:å|aa).*)|kopi[eé]r.*|til toppen|read more|share|close|search|open|show (?:more|all)|"
    r"expand all|collapse all|dansk|english|deutsch)"
)
_TEMPLATE_MARK = re.compile(r"^(?:©|&copy;|Copyright ©)|\{\{|\}\}|<%|%>|\$\{|\[%")
# "Læs også: ..." and its like in the languages of Danish sites.
_LEADS_ELSEWHERE = re.compile(
    r"(?:l(?:æ|ae)s (?:også|mere)|se også|read (?:more|also)|see also|lesen sie auch|weiterlesen|siehe auch|les også|"
    r"läs (?:också|mer)|à lire aussi|lee también)\b", re.I
)  # fmt: skip
_HEADS_LINKS = re.compile(
    r"(?:relatere(?:t|de)|relevante|l(?:æ|ae)s (?:også|mere)|se også|genveje|links|fandt du|fik du|"
    r"del (?:siden|denne)|var (?:siden|denne)|related|see also|read (?:also|more)|siehe auch|(?:mehr )?zum|das könnte|"
    r"weitere|neueste|seneste|flere|populære|mest læste|you (?:may|might)|more (?:from|on))\b.*",
    re.IGNORECASE,
)
# Surer words than those above: what stands under them leads elsewhere even where a script makes the links.
_HEADS_OTHER_PAGES = re.compile(
    r"(?:relatere(?:t|de)\b.*|(?:læs|se) også\b.*|det sker også\b.*|mest læste\b.*|"
    r"(?:flere|seneste|nyeste|andre|aktuelle|øvrige) (?:nyheder|nyt|artikler|historier|arrangementer|begivenheder|"
    r"opslag|(?:ledige )?(?:job|stillinger))\b.*|"
    r"(?:latest|more|related|other) (?:news|events|stories|articles|jobs)\b.*)",
    re.IGNORECASE,
)
_FEEDBACK = re.compile(
    r"(?:fandt du (?:det|hvad)\b|fik du svar\b|(?:hjalp|hjælper) (?:denne )?(?:siden?|teksten|indholdet|det)\b|"
    r"(?:var|er) (?:denne |dette )?(?:siden?|teksten|indholde?t?|informationen|oplysningerne)(?: her)? "
    r"(?:nyttig|brugbar|hjælpsom|til hjælp|let|god)|"
    r"kunne du bruge (?:denne )?(?:siden?|teksten|indholdet|informationen|oplysningerne)|"
    r"hvor tilfreds er du med (?:denne )?(?:siden?|teksten|indholdet|informationen|hjemmesiden)|"
    r"(?:was|did) this (?:page|information|content|article)\b)[^.!?]*\?", re.I
)  # fmt: skip
_DATE = r"(?:\d{1,2}[. /-]+\w{1,9}\.?[. /-]+\d{2,4}|\d{4}-\d{2}-\d{2})"
# What a content system adds by itself; the date is read from it as the page's, and nobody wrote it as a sentence.
_BYLINE = re.compile(
    r"(?:(?:senest|sidst|last)\s)?(?:opdateret|redigeret|ændret|revideret|publiceret|offentliggjort|udgivet|oprettet|"
    rf"updated|modified|published|posted)\b:?(?: (?:den|d\.|on))? ?{_DATE}.{{0,60}}(?<![.!?])|"
    r"(?:senest|sidst) (?:opdateret|redigeret|ændret|revideret) af .{2,60}|"
    rf"(?:af|tekst|skrevet af|by)(?::| )[^.!?]{{2,60}}[,|·–-] ?(?:den )?{_DATE}|"
    r"(?:ansvarlig|redaktør|sideansvarlig)(?: for (?:siden|denne side|sidens indhold))?: .{2,60}", re.I
)  # fmt: skip
_BARE_DATE = re.compile(r"(?:\d{1,2}[. /-]+\w{1,9}[. /-]+\d{4}|\d{4}-\d{2}-\d{2}).{0,15}")
# "Forside > Borger > Affald": the first step names the front page, and marks part the steps.
_TRAIL = re.compile(r"(?:du er her:? ?)?(?:for(?:side|siden)|hjem|home|start(?:side)?)\s*[:>›»/|→].*", re.I)
_SKIPS = re.compile(
    r"(?:gå|spring|hop|videre|direkte|skip|zum)\b.{0,20}\b(?:til|over|to|inhalt|indhold\w*|navigation\w*)\b.*", re.I
)
_ADDRESS = re.compile(
    r"\b\d{4} [A-ZÆØÅ]\w+.*\b(?:[Tt]lf|[Tt]elefon\w*|[Oo]mstilling|[Hh]ovednummer|CVR|cvr)\b|\b(?:CVR|cvr)\b.{0,6}\d"
)
_SHORT = 60  # an invitation to read on, without its link


def is_button_label(text: str) -> bool:
    """What a button says that opens no text of the page: share, print, menu, show all."""
    return _BUTTON_LABELS.fullmatch(text.strip(" .:+-»>").lower()) is not None


def is_no_content(text: str, share_of_links: float) -> bool:
    """A line that is never the text of a page: a template's mark, a way elsewhere, a byline, a question about the
    page itself."""
    if not any(char.isalnum() for char in text):
        return True
    is_short = len(text) < _SHORT
    if _TEMPLATE_MARK.search(text) or ((share_of_links > 0 or is_short) and _LEADS_ELSEWHERE.match(text)):
        return True
    if share_of_links > 0 and _TRAIL.fullmatch(text):
        return True
    return len(text) <= 2 * _SHORT and (_BYLINE.fullmatch(text) or _FEEDBACK.fullmatch(text)) is not None


def is_address(text: str) -> bool:
    """A line with a place and a way to reach it, as in a footer."""
    return _ADDRESS.search(text) is not None


def heads_links(heading: str) -> bool:
    """Whether links under a heading lead to other pages."""
    return _HEADS_LINKS.fullmatch(heading) is not None


def heads_other_pages(heading: str) -> bool:
    """Whether all that stands under a heading is about other pages."""
    return _HEADS_OTHER_PAGES.fullmatch(heading) is not None


def is_bare_date(text: str) -> bool:
    return _BARE_DATE.fullmatch(text) is not None


def says_skip(text: str) -> bool:
    """A link past the menu, to the text of the same page."""
    return _SKIPS.fullmatch(text) is not None
