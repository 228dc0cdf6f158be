"""From specs to views: the pages that lead on. What front pages, sections, calendars and error pages say and link to.

In: a `SitePlan` and one of its specs. Out: a `View` for the site's CMS. No bytes, headers or reachability.
"""

from demo.articles import Article, Block, BlockKind
from demo.chance import chance
from demo.cms import Link, Teaser, View
from demo.grammar import MONTHS, expand
from demo.places import SiteKind
from demo.plan import TEASERS_PER_PAGE, PageSpec, label_of
from demo.topic_list import SHARED
from demo.topics_life import GENERAL_PROSE
from demo.truth import PageKind
from demo.views import SitePlan, section_label, shell_view

TEASER = "[Læs om|Få overblik over|Se] [tider, priser og kontakt|reglerne og dine muligheder|det nyeste på området]."
HUB_LEAD = (
    "[Her finder du|Se|Få overblik over|Læs om] [siderne|oplysningerne|nyhederne|reglerne] om {label} "
    "[i {place}|for borgere og foreninger|samlet ét sted]."
)
NO_PAGE = "Siden kan ikke findes. Den er måske flyttet eller slettet. Prøv menuen, eller søg efter det, du mangler."
_LISTED_KINDS = (
    PageKind.CONTENT,
    PageKind.NEAR_DUPLICATE,
    PageKind.BORGER_DK,
    PageKind.CPR,
    PageKind.ACCORDION_ONLY,
)


def section_view(plan: SitePlan, spec: PageSpec) -> View:
    """A list page: a lead and a teaser for each page of the section, so many to a page."""
    label = section_label(spec.section)
    return shell_view(
        plan,
        path=spec.path,
        title=label if spec.number == 0 else f"{label}, side {spec.number + 1}",
        article=_hub_article(plan, spec, label),
        teasers=tuple(teaser_of(plan, child) for child in _teased(plan, spec)),
        related=tuple(Link(label=f"Side {part.number + 1}", href=part.path) for part in _other_parts(plan, spec)),
    )


def section_hrefs(plan: SitePlan, spec: PageSpec) -> tuple[str, ...]:
    """The links of `section_view` beside the menu, without writing the teasers."""
    return tuple(other.path for other in (*_teased(plan, spec), *_other_parts(plan, spec)))


def _teased(plan: SitePlan, spec: PageSpec) -> list[PageSpec]:
    children = [other for other in plan.specs if _is_child(other, spec.section)]
    first = spec.number * TEASERS_PER_PAGE
    is_last = not any(part.number > spec.number for part in _other_parts(plan, spec))
    return children[first:] if is_last else children[first : first + TEASERS_PER_PAGE]


def _other_parts(plan: SitePlan, spec: PageSpec) -> list[PageSpec]:
    parts = [other for other in plan.specs if other.kind is PageKind.SECTION and other.section == spec.section]
    return [part for part in parts if part != spec]


def home_view(plan: SitePlan, spec: PageSpec) -> View:
    """The front page: of a municipality with the odd links, of an area with the list of its pages."""
    children = [other for other in plan.specs if _is_child(other, spec.section)]
    if plan.site.kind is SiteKind.AREA:
        teasers, shortcuts = [teaser_of(plan, child) for child in children], []
    else:
        news = [child for child in plan.specs if child.kind is PageKind.CONTENT and child.is_listed][:3]
        teasers, shortcuts = [teaser_of(plan, child, tracked=True) for child in news], _shortcuts(plan)
    return shell_view(
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
    return shell_view(plan, path=spec.path, title=article.title, article=article, related=links)


def error_view(plan: SitePlan) -> View:
    """The page a host shows for any URL it does not have: menu and error text."""
    article = Article(
        title="Siden findes ikke",
        language="da",
        blocks=(Block(kind=BlockKind.PARAGRAPH, text=NO_PAGE),),
        facts=(),
    )
    return shell_view(plan, path="/", title=article.title, article=article)


def kl_front_view(plan: SitePlan) -> View:
    """The front page of KL's host, above all areas; `plan` is that of any area."""
    teasers = tuple(
        Teaser(link=Link(label=area.name, href=area.prefix), text=f"Nyt fra KL om {area.name.lower()}.")
        for area in plan.areas
    )
    return shell_view(plan, path="/", title="KL - Kommunebys forening af kommuner", article=None, teasers=teasers)


def _is_child(spec: PageSpec, section: str) -> bool:
    return spec.is_listed and spec.kind in _LISTED_KINDS and spec.section == section


def teaser_of(plan: SitePlan, spec: PageSpec, *, tracked: bool = False) -> Teaser:
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
        *plan.doors,
        Link(label=plan.owner, href=f"http://{plan.site.apex_host}/"),
        Link(label="Nabokommunen", href="http://www.udenfor.example/"),
        Link(label="Borgerportal", href="https://portal.example/borger?kommune=" + plan.site.id),
    ]
