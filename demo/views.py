"""From specs to views: what each page of a site says and links to.

In: a `SitePlan` and one of its specs. Out: a `View` for the site's CMS. No bytes, headers or reachability.
"""

import datetime
from dataclasses import dataclass
from functools import cached_property

from demo.articles import (
    Article,
    Block,
    BlockKind,
    shared_article,
    with_other_date,
    with_paragraph,
    written_article,
)
from demo.chance import chance
from demo.cms import Link, Teaser, View
from demo.grammar import MONTHS, expand
from demo.places import PretendSite, SiteKind
from demo.plan import CLOSED, TEASERS_PER_PAGE, PageSpec, Traits, label_of
from demo.topic_list import SHARED, TOPICS
from demo.topics import SECTIONS
from demo.topics_life import GENERAL_PROSE
from demo.truth import PageKind

FIRST_DAY = datetime.date(2026, 1, 1)  # quarter 0 shows the web as it stood on this day
CPR_NUMBER = "010190-1111"  # a valid date of birth, and as plainly invented as a number can be
CPR_LINE = f"Ansøgeren med CPR-nummer {CPR_NUMBER} har fået svar på sin ansøgning, og sagen er afsluttet."
TEASER = "[Læs om|Få overblik over|Se] [tider, priser og kontakt|reglerne og dine muligheder|det nyeste på området]."
HUB_LEAD = (
    "[Her finder du|Se|Få overblik over|Læs om] [siderne|oplysningerne|nyhederne|reglerne] om {label} "
    "[i {place}|for borgere og foreninger|samlet ét sted]."
)
NO_PAGE = "Siden kan ikke findes. Den er måske flyttet eller slettet. Prøv menuen, eller søg efter det, du mangler."
LANGUAGES = {PageKind.ENGLISH: "en", PageKind.GERMAN: "de"}
_LISTED_KINDS = (
    PageKind.CONTENT,
    PageKind.NEAR_DUPLICATE,
    PageKind.BORGER_DK,
    PageKind.CPR,
    PageKind.ACCORDION_ONLY,
)


@dataclass(frozen=True, kw_only=True)
class SitePlan:
    """One site in one quarter. `areas` are all of KL's, for the menu of its host."""

    seed: int
    site: PretendSite
    traits: Traits
    specs: tuple[PageSpec, ...]
    areas: tuple[PretendSite, ...] = ()

    @property
    def owner(self) -> str:
        return "KL" if self.site.kind is SiteKind.AREA else f"{self.site.name} Kommune"

    @cached_property
    def menu(self) -> tuple[Link, ...]:
        """The menu every page of the site carries; it never changes from quarter to quarter."""
        return _menu(self)


def _menu(plan: SitePlan) -> tuple[Link, ...]:
    if plan.site.kind is SiteKind.AREA:
        return (Link(label="KL", href="/"), *(Link(label=area.name, href=area.prefix) for area in plan.areas))
    labels = {section.id: section.label for section in SECTIONS}
    labels_abroad = {PageKind.ENGLISH: "In English", PageKind.GERMAN: "Auf Deutsch"}
    links = [Link(label="Forside", href="/")]
    for spec in plan.specs:
        if spec.kind is PageKind.SECTION and spec.number == 0:
            links.append(Link(label=labels[spec.section], href=spec.path))
        elif spec.kind in labels_abroad:
            links.append(Link(label=labels_abroad[spec.kind], href=spec.path))
    return tuple(links)


def change_date(plan: SitePlan, spec: PageSpec) -> datetime.date:
    """The day the text last changed: in the quarter of the change, or in the two years before quarter 0."""
    rng = chance("changed", plan.seed, plan.site.id, spec.topic, spec.number, spec.revision, spec.changed)
    if not spec.changed:
        return FIRST_DAY - datetime.timedelta(days=rng.randint(1, 730))
    month = FIRST_DAY.year * 12 + (spec.changed - 1) * 3 + rng.randrange(3)
    return datetime.date(month // 12, month % 12 + 1, rng.randint(1, 28))


def article_of(plan: SitePlan, spec: PageSpec) -> Article:
    """The text of a page that has one: doubles say what their source says."""
    if spec.kind is PageKind.BORGER_DK:
        return shared_article(SHARED[spec.topic])
    article = written_article(
        plan.seed,
        plan.site,
        TOPICS[spec.topic],
        number=spec.number,
        revision=spec.revision,
        language=LANGUAGES.get(spec.kind, "da"),
        bare=spec.kind is PageKind.ACCORDION_ONLY,
    )
    if spec.kind is PageKind.NEAR_DUPLICATE:
        return with_other_date(article, plan.seed, plan.site.id, spec.path)
    return with_paragraph(article, CPR_LINE) if spec.kind is PageKind.CPR else article


def article_view(plan: SitePlan, spec: PageSpec) -> View:
    article = article_of(plan, spec)
    day = change_date(plan, spec)
    related = spec.related
    if spec.kind is PageKind.ROBOTS_EXCLUDED:
        closed = [other for other in plan.specs if other.path.startswith(CLOSED) and other.path != spec.path]
        related = tuple(Link(label=label_of(plan.seed, plan.site, other), href=other.path) for other in closed)
    section = next((s for s in plan.specs if s.kind is PageKind.SECTION and s.section == spec.section), None)
    crumbs: tuple[Link, ...] = (Link(label="Forside", href=plan.site.prefix),)
    if section:
        crumbs += (Link(label=_section_label(spec.section), href=section.path),)
    return _view(
        plan,
        path=spec.source if spec.kind is PageKind.DUPLICATE else spec.path,
        title=article.title,
        language=article.language,
        article=article,
        breadcrumbs=crumbs,
        related=related,
        updated=f"Senest opdateret {day.day}. {MONTHS[day.month - 1]} {day.year}" if article.language == "da" else "",
        is_bare=spec.kind is PageKind.ACCORDION_ONLY,
    )


def section_view(plan: SitePlan, spec: PageSpec) -> View:
    """A list page: a lead and a teaser for each page of the section, so many to a page."""
    children = [other for other in plan.specs if _is_child(other, spec.section)]
    parts = [other for other in plan.specs if other.kind is PageKind.SECTION and other.section == spec.section]
    first = spec.number * TEASERS_PER_PAGE
    last = None if spec.number == len(parts) - 1 else first + TEASERS_PER_PAGE
    label = _section_label(spec.section)
    return _view(
        plan,
        path=spec.path,
        title=label if spec.number == 0 else f"{label}, side {spec.number + 1}",
        article=_hub_article(plan, spec, label),
        teasers=tuple(_teaser(plan, child) for child in children[first:last]),
        related=tuple(Link(label=f"Side {part.number + 1}", href=part.path) for part in parts if part != spec),
    )


def home_view(plan: SitePlan, spec: PageSpec) -> View:
    """The front page: of a municipality with the odd links, of an area with the list of its pages."""
    children = [other for other in plan.specs if _is_child(other, spec.section)]
    if plan.site.kind is SiteKind.AREA:
        teasers, shortcuts = [_teaser(plan, child) for child in children], []
    else:
        news = [child for child in plan.specs if child.kind is PageKind.CONTENT and child.is_listed][:3]
        teasers, shortcuts = [_teaser(plan, child, tracked=True) for child in news], _shortcuts(plan)
    return _view(
        plan,
        path=spec.path,
        title=plan.site.name if plan.site.kind is SiteKind.AREA else f"Velkommen til {plan.owner}",
        article=_hub_article(plan, spec, plan.site.name),
        teasers=tuple(teasers),
        shortcuts=tuple(shortcuts),
    )


def calendar_view(plan: SitePlan, spec: PageSpec) -> View:
    """One month of the calendar, with links to the months on either side as far as it goes."""
    months = [other for other in plan.specs if other.kind is PageKind.TRAP]
    year, month = spec.path.split("=")[1].split("-")
    name = f"{MONTHS[int(month) - 1]} {year}"
    neighbours = [other for other in months if abs(other.number - spec.number) == 1]
    labels = ["Forrige måned" if other.number < spec.number else "Næste måned" for other in neighbours]
    links = tuple(Link(label=label, href=other.path) for label, other in zip(labels, neighbours, strict=True))
    lines = (f"Kalenderen viser, hvad der sker i {name}.", "Der er endnu ingen arrangementer i denne måned.")
    blocks = tuple(Block(kind=BlockKind.PARAGRAPH, text=line) for line in lines)
    article = Article(title=f"Kalender for {name}", language="da", blocks=blocks, facts=())
    return _view(plan, path=spec.path, title=article.title, article=article, related=links)


def error_view(plan: SitePlan) -> View:
    """The page a host shows for any URL it does not have: menu and error text."""
    article = Article(
        title="Siden findes ikke",
        language="da",
        blocks=(Block(kind=BlockKind.PARAGRAPH, text=NO_PAGE),),
        facts=(),
    )
    return _view(plan, path="/", title=article.title, article=article)


def kl_front_view(plan: SitePlan) -> View:
    """The front page of KL's host, above all areas; `plan` is that of any area."""
    teasers = tuple(
        Teaser(link=Link(label=area.name, href=area.prefix), text=f"Nyt fra KL om {area.name.lower()}.")
        for area in plan.areas
    )
    return _view(plan, path="/", title="KL - Kommunebys forening af kommuner", article=None, teasers=teasers)


def _view(
    plan: SitePlan,
    *,
    path: str,
    title: str,
    language: str = "da",
    article: Article | None,
    breadcrumbs: tuple[Link, ...] = (),
    teasers: tuple[Teaser, ...] = (),
    related: tuple[Link, ...] = (),
    shortcuts: tuple[Link, ...] = (),
    updated: str = "",
    is_bare: bool = False,
) -> View:
    return View(
        owner=plan.owner,
        apex_host=plan.site.apex_host,
        title=title,
        language=language,
        canonical=f"http://{plan.site.host}{path}",
        navigation=plan.menu,
        breadcrumbs=breadcrumbs,
        article=article,
        teasers=teasers,
        related=related,
        shortcuts=shortcuts,
        updated=updated,
        is_bare=is_bare,
    )


def _is_child(spec: PageSpec, section: str) -> bool:
    return spec.is_listed and spec.kind in _LISTED_KINDS and spec.section == section


def _section_label(section_id: str) -> str:
    return next(section.label for section in SECTIONS if section.id == section_id)


def _teaser(plan: SitePlan, spec: PageSpec, *, tracked: bool = False) -> Teaser:
    label = SHARED[spec.topic].title if spec.kind is PageKind.BORGER_DK else label_of(plan.seed, plan.site, spec)
    href = spec.path + "?utm_source=forside&utm_medium=teaser" if tracked else spec.path
    line = expand(TEASER, {}, chance("teaser", plan.seed, plan.site.id, spec.path))
    return Teaser(link=Link(label=label, href=href), text=line)


def _hub_article(plan: SitePlan, spec: PageSpec, label: str) -> Article:
    rng = chance("hub", plan.seed, plan.site.id, spec.path)
    bindings = {"label": label[:1].lower() + label[1:], "place": plan.site.name}
    templates = [HUB_LEAD]
    if plan.site.kind is SiteKind.MUNICIPALITY:
        bindings["label"] = bindings["label"] if spec.section else "kommunens tilbud"
        templates += rng.sample(GENERAL_PROSE, 2)
    lines = [expand(template, bindings, rng) for template in templates]
    blocks = tuple(Block(kind=BlockKind.PARAGRAPH, text=line) for line in lines)
    return Article(title=label, language="da", blocks=blocks, facts=())


def _shortcuts(plan: SitePlan) -> list[Link]:
    """Links of every awkward sort: redirects, broken, a file, closed to robots, other hosts."""
    labels = {
        PageKind.REDIRECT: "Selvbetjening",
        PageKind.MISSING: "Sidste nyt",
        PageKind.FILE: "Vejledning (pdf)",
        PageKind.ROBOTS_EXCLUDED: "For medarbejdere",
    }
    links = [
        Link(label=labels[spec.kind], href=spec.path) for spec in plan.specs if spec.kind in labels and spec.is_listed
    ]
    closed = next(spec for spec in plan.specs if spec.kind is PageKind.ROBOTS_EXCLUDED)
    links.append(Link(label=labels[closed.kind], href=closed.path))
    calendar = [spec for spec in plan.specs if spec.kind is PageKind.TRAP]
    if calendar:
        links.append(Link(label="Kalender", href=calendar[len(calendar) // 2].path))
    return [
        *links,
        Link(label=plan.owner, href=f"http://{plan.site.apex_host}/"),
        Link(label="Nabokommunen", href="http://www.udenfor.example/"),
        Link(label="Borgerportal", href="https://portal.example/borger?kommune=" + plan.site.id),
    ]
