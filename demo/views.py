"""From specs to views: what the pages with a text of their own say and link to, and the shell of every page.

In: a `SitePlan` and one of its specs. Out: a `View` for the site's CMS. No bytes, headers or reachability; the pages
that lead on are in `demo.hub_views`.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from demo.articles import (
    Article,
    shared_article,
    with_other_date,
    with_paragraph,
    written_article,
)
from demo.chance import chance
from demo.cms import Link, View
from demo.grammar import MONTHS
from demo.places import PretendSite, SiteKind
from demo.plan import CLOSED, PageSpec, Reservation, Traits, label_of
from demo.site_lives import QUIET, SiteLife
from demo.topic_list import SHARED, TOPICS
from demo.topics import SECTIONS
from demo.truth import PageKind

FIRST_DAY = datetime.date(2026, 1, 1)  # quarter 0 shows the web as it stood on this day
CPR_NUMBER = "010190-1111"  # a valid date of birth, and as plainly invented as a number can be
CPR_LINE = f"Ansøgeren med CPR-nummer {CPR_NUMBER} har fået svar på sin ansøgning, og sagen er afsluttet."
LANGUAGES = {PageKind.ENGLISH: "en", PageKind.GERMAN: "de"}
NOTES = (  # in the footer, since the quarter of its number
    "",
    "Telefonerne er åbne mandag til torsdag kl. 9-15 og fredag kl. 9-13.",
    "Følg med på de sociale medier, hvor der hver uge er nyt fra rådhuset.",
    "Hjemmesiden er testet med skærmlæser. Sig til, hvis noget driller.",
    "Har du brug for hjælp? Borgerservice svarer på hverdage.",
)


@dataclass(frozen=True, kw_only=True, eq=False)  # equal to itself only: menus are kept by it
class SitePlan:
    """One site in one quarter.

    Attributes:
        areas: all of KL's, for the menu of its host.
        founding: the specs of quarter 0, for what must not change with the quarters, such as large menus.
        is_realistic: pages have the size and the number of links of real ones.
        doors: links on the front page to what stands beside the site's own pages, such as traps.
        robots_lines: what its robots.txt says before the rules for everybody.
        life: what happens to the site over the quarters, of which this is number `quarter_index`.
    """

    seed: int
    site: PretendSite
    traits: Traits
    specs: tuple[PageSpec, ...]
    areas: tuple[PretendSite, ...] = ()
    founding: tuple[PageSpec, ...] = ()
    is_realistic: bool = False
    doors: tuple[Link, ...] = ()
    robots_lines: tuple[str, ...] = ()
    life: SiteLife = QUIET
    quarter_index: int = 0

    @property
    def owner(self) -> str:
        return "KL" if self.site.kind is SiteKind.AREA else f"{self.site.name} Kommune"

    @cached_property
    def menu(self) -> tuple[Link, ...]:
        """The menu every page of the site carries; it never changes from quarter to quarter."""
        return _menu(self)

    @cached_property
    def section_paths(self) -> Mapping[str, str]:
        """The first page of each section."""
        sections = [spec for spec in self.specs if spec.kind is PageKind.SECTION]
        return {spec.section: spec.path for spec in reversed(sections)}

    @cached_property
    def closed(self) -> tuple[Link, ...]:
        """Links to the pages that robots.txt closes."""
        specs = [spec for spec in self.specs if spec.path.startswith(CLOSED)]
        return tuple(Link(label=label_of(self.seed, self.site, spec), href=spec.path) for spec in specs)


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


def quarter_day(quarter_index: int) -> datetime.date:
    """The day on which a quarter shows the web."""
    month = FIRST_DAY.year * 12 + quarter_index * 3
    return datetime.date(month // 12, month % 12 + 1, 1)


def shell_quarter(plan: SitePlan, spec: PageSpec | None = None) -> int:
    """The last quarter in which the shell changed, of a page or of the whole site, or 0."""
    return max(spec.shell if spec else 0, plan.life.last_shell_quarter(plan.quarter_index))


def any_change_date(plan: SitePlan, spec: PageSpec) -> datetime.date:
    """The day the page last changed, be it only in its shell."""
    return change_date(plan, replace(spec, changed=max(spec.changed, shell_quarter(plan, spec))))


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
    return shell_view(
        plan,
        path=spec.source if spec.kind is PageKind.DUPLICATE else spec.path,
        title=article.title,
        language=article.language,
        article=article,
        breadcrumbs=_breadcrumbs(plan, spec),
        related=_related(plan, spec),
        updated=f"Senest opdateret {day.day}. {MONTHS[day.month - 1]} {day.year}" if article.language == "da" else "",
        is_bare=spec.kind is PageKind.ACCORDION_ONLY,
        metas=(("robots", "noindex"),) if spec.reservation is Reservation.META else (),
        note=NOTES[shell_quarter(plan, spec) % len(NOTES)],
    )


def article_hrefs(plan: SitePlan, spec: PageSpec) -> tuple[str, ...]:
    """The links of `article_view` beside the menu, without writing the article."""
    return tuple(link.href for link in (*_breadcrumbs(plan, spec), *_related(plan, spec)))


def _breadcrumbs(plan: SitePlan, spec: PageSpec) -> tuple[Link, ...]:
    home = Link(label="Forside", href=plan.site.prefix)
    path = plan.section_paths.get(spec.section)
    return (home, Link(label=section_label(spec.section), href=path)) if path else (home,)


def _related(plan: SitePlan, spec: PageSpec) -> tuple[Link, ...]:
    if spec.kind is not PageKind.ROBOTS_EXCLUDED:
        return spec.related
    return tuple(link for link in plan.closed if link.href != spec.path)


def shell_view(plan: SitePlan, *, path: str, title: str, article: Article | None = None, **parts: Any) -> View:
    """A view with the site's menu and names; `parts` are further fields of `View`."""
    parts.setdefault("note", NOTES[shell_quarter(plan) % len(NOTES)])
    return View(
        owner=plan.owner,
        apex_host=plan.site.apex_host,
        title=title,
        canonical=f"{plan.site.origin}{path}",
        navigation=plan.menu,
        article=article,
        **parts,
    )


def section_label(section_id: str) -> str:
    return next(section.label for section in SECTIONS if section.id == section_id)
