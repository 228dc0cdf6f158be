"""Traps that list pages known from elsewhere over and over: calendar, facets, tags, paging, search, notice board.

In: a site's plan. Out: a `Feature` that answers URLs without end. None of their pages holds a text of its own.
"""

import datetime
import re
import urllib.parse
from dataclasses import replace

from demo.chance import chance
from demo.cms import Link, View
from demo.extras import Feature, known_teasers, list_view, made_page
from demo.grammar import MONTHS
from demo.places import house_name, slug
from demo.truth import PageKind, TruePage
from demo.views import FIRST_DAY, SitePlan

NUM_FACETS = 20  # independent of one another: 2 to the power of 20 URLs
NUM_TAGS = 1152  # as many as there are names of houses
LAST_PAGE = 3
WORDS = ("skole", "byggeri", "affald", "pas", "bolig", "ferie", "pleje", "vej", "sport", "budget", "natur", "kultur")


def calendar_by_query(plan: SitePlan) -> Feature:
    return _calendar(plan, "T1", "/kalender", "/kalender?maaned={year:04}-{month:02}")


def calendar_by_path(plan: SitePlan) -> Feature:
    return _calendar(plan, "T1", "/kalender/", "/kalender/{year:04}/{month:02}/")


def _calendar(plan: SitePlan, case: str, entry: str, form: str) -> Feature:
    pattern = re.compile(re.escape(form).replace(r"\{year:04\}", r"(\d{4,6})").replace(r"\{month:02\}", r"(\d\d)"))

    def answer(target: str) -> TruePage | None:
        if target == entry:
            return made_page(plan, PageKind.SECTION, target, _month(plan, form, FIRST_DAY.year, FIRST_DAY.month))
        match = pattern.fullmatch(target)
        if not match or not 1 <= int(match[2]) <= 12:
            return None
        return made_page(plan, PageKind.TRAP, target, _month(plan, form, int(match[1]), int(match[2])))

    return Feature(id=case, doors=(Link(label="Kalender", href=entry),), answer=answer)


def _month(plan: SitePlan, form: str, year: int, month: int) -> View:
    """Links to the months before and after, and to the same month of the years before and after."""
    links = []
    for label, step in (("Forrige måned", -1), ("Næste måned", 1), ("Forrige år", -12), ("Næste år", 12)):
        other = year * 12 + month - 1 + step
        links.append(Link(label=label, href=form.format(year=other // 12, month=other % 12 + 1)))
    name = f"{MONTHS[month - 1]} {year}"
    lines = (f"Kalenderen viser, hvad der sker i {name}.", "Der er endnu ingen arrangementer i denne måned.")
    return list_view(plan, form.format(year=year, month=month), f"Kalender for {name}", lines, links)


def faceted_search(plan: SitePlan) -> Feature:
    """Each of the facets is switched on or off by itself."""

    def answer(target: str) -> TruePage | None:
        path, _, query = target.partition("?")
        chosen = {key for key, _ in urllib.parse.parse_qsl(query)}
        if path != "/find" or not chosen <= {f"f{number}" for number in range(NUM_FACETS)}:
            return None
        numbers = sorted(int(key[1:]) for key in chosen)
        return made_page(plan, PageKind.TRAP if chosen else PageKind.SECTION, target, _facets(plan, target, numbers))

    return Feature(id="T2", doors=(Link(label="Find tilbud", href="/find"),), answer=answer)


def _facets(plan: SitePlan, target: str, chosen: list[int]) -> View:
    links = []
    for number in range(NUM_FACETS):
        others = sorted({*chosen} ^ {number})
        query = "&".join(f"f{other}=1" for other in others)
        links.append(Link(label=f"Emne {number + 1}", href=f"/find?{query}" if query else "/find"))
    names = ", ".join(f"emne {number + 1}" for number in chosen) or "ingen"
    view = list_view(plan, target, "Find tilbud", (f"Du har valgt: {names}.",), links)
    return replace(view, teasers=known_teasers(plan, f"facets {chosen}"))


def tag_cloud(plan: SitePlan) -> Feature:
    names = [house_name(number, plan.seed, plan.site.id, "tags") for number in range(NUM_TAGS)]
    tags = {slug(name): name for name in names}

    def answer(target: str) -> TruePage | None:
        tag = target.removeprefix("/tags/").removesuffix("/")
        if target != "/tags/" and (not target.startswith("/tags/") or tag not in tags):
            return None
        near = chance("tags", plan.seed, plan.site.id, tag).sample(sorted(tags), 24)
        links = [Link(label=f"#{tags[other]}", href=f"/tags/{other}/") for other in near]
        view = list_view(plan, target, f"Emneord: {tags.get(tag, 'alle')}", ("Sider med dette emneord.",), links)
        view = replace(view, teasers=known_teasers(plan, f"tag {tag}"))
        return made_page(plan, PageKind.TRAP if target != "/tags/" else PageKind.SECTION, target, view)

    return Feature(id="T6", doors=(Link(label="Emneord", href="/tags/"),), answer=answer)


def paging(plan: SitePlan) -> Feature:
    """Every page after the last one shows the last one, and links to the next."""
    entry = "/pressemeddelelser/"

    def answer(target: str) -> TruePage | None:
        match = re.fullmatch(re.escape(entry) + r"(?:\?side=([1-9]\d{0,17}))?", target)
        if not match:
            return None
        number = int(match[1] or 1)
        links = [Link(label="Næste side", href=f"{entry}?side={number + 1}")]
        view = list_view(plan, target, "Pressemeddelelser", ("Alle meddelelser fra kommunen.",), links)
        view = replace(view, teasers=known_teasers(plan, f"press {min(number, LAST_PAGE)}"))
        return made_page(plan, PageKind.SECTION if number <= LAST_PAGE else PageKind.TRAP, target, view)

    return Feature(id="T7", doors=(Link(label="Presse", href=entry),), answer=answer)


def notice_board(plan: SitePlan) -> Feature:
    """One text under ever new times, in the URL and in the text."""
    entry = "/tavle/"

    def answer(target: str) -> TruePage | None:
        match = re.fullmatch(re.escape(entry) + r"(?:\?t=(\d{14}))?", target)
        if not match:
            return None
        try:
            shown = datetime.datetime.strptime(match[1] or "20260101080000", "%Y%m%d%H%M%S")
            later = [shown + datetime.timedelta(**step) for step in ({"minutes": 1}, {"hours": 1}, {"days": 1})]
        except (ValueError, OverflowError):
            return None
        links = [Link(label=f"Kl. {time:%H.%M}", href=f"{entry}?t={time:%Y%m%d%H%M%S}") for time in later]
        lines = (
            f"Tavlen er hentet den {shown:%d.%m.%Y} kl. {shown:%H.%M.%S}.",
            f"Velkommen til {plan.site.name}. Rådhuset holder åbent for alle, og her på tavlen kan du se, hvem der "
            "har vagt, hvilke lokaler der er ledige, og hvornår der er rundvisning for nye borgere og for skoler.",
            "Spørg i receptionen, hvis du har brug for hjælp. Vi svarer også på telefon og på mail hver dag.",
        )
        view = list_view(plan, target, "Dagens tavle", lines, links)
        return made_page(plan, PageKind.TRAP if match[1] else PageKind.SECTION, target, view)

    return Feature(id="T12", doors=(Link(label="Dagens tavle", href=entry),), answer=answer)


def site_search(plan: SitePlan) -> Feature:
    def answer(target: str) -> TruePage | None:
        path, _, query = target.partition("?")
        if path != "/soeg":
            return None
        wanted = dict(urllib.parse.parse_qsl(query))
        asked, number = wanted.get("q", ""), wanted.get("side", "1")
        next_number = int(number) + 1 if number.isascii() and number.isdigit() and len(number) < 9 else 2
        links = [Link(label=f"Søg: {word}", href=f"/soeg?q={'+'.join([*asked.split(), word])}") for word in WORDS]
        links.append(Link(label="Flere resultater", href=f"/soeg?q={'+'.join(asked.split())}&side={next_number}"))
        view = list_view(plan, target, f"Søgning: {asked}", (f"Du søgte efter {asked}, side {number}.",), links)
        view = replace(view, teasers=known_teasers(plan, f"search {asked} {number}"))
        return made_page(plan, PageKind.TRAP if query else PageKind.SECTION, target, view)

    return Feature(id="T13", doors=(Link(label="Søg", href="/soeg"),), answer=answer)
