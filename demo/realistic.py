"""Pages of the size of real ones: about 35 KB and 120 links, of which about 90 stand on every page of a site.

In: a rendered page. Out: the same page with what a CMS adds: meta elements, styles, scripts, JSON-LD, an icon sheet,
a large menu, a list of neighbouring pages and a footer. The main text stays as it was.

The sizes are those of the pages on which the crawler's prototype was measured (35 KB, 121 links, 88 of them the same).
The large menu shows the pages of quarter 0 for ever, so that a page whose text did not change keeps its bytes.
"""

import json
import zlib
from functools import lru_cache

from demo.cms import Link, View, text
from demo.page_furniture import ICONS, LINK_ICON, SCRIPTS, STYLES
from demo.plan import PageSpec, label_of
from demo.topic_list import SHARED
from demo.truth import PageKind
from demo.views import SitePlan, section_label

PAGES_IN_MENU = 72  # with the site's own menu and the footer about 90 links
NUM_NEIGHBOURS = 18
NUM_KEPT = 128  # menus of more sites than there are
_SERVICES = (
    ("Borgerservice på nettet", "https://borger.example/"),
    ("Digital Post", "https://post.example/"),
    ("Virksomheder", "https://virk.example/"),
    ("Sundhed", "https://sundhed.example/"),
    ("Tilgængelighedserklæring", "https://was.example/erklaering"),
    ("Facebook", "https://facebook.example/kommunen"),
    ("LinkedIn", "https://linkedin.example/kommunen"),
    ("Instagram", "https://instagram.example/kommunen"),
)
_SHARES = (("Facebook", "https://facebook.example/del?u="), ("LinkedIn", "https://linkedin.example/del?url="))


@lru_cache(maxsize=NUM_KEPT)
def shared_hrefs(plan: SitePlan) -> tuple[str, ...]:
    """The links that every page of the site has and that lead to pages of the web."""
    large = tuple(spec.path for spec in _in_menu(plan)) if plan.is_realistic else ()
    return tuple(link.href for link in plan.menu) + large


def neighbour_hrefs(plan: SitePlan, path: str) -> tuple[str, ...]:
    """The links that `dressed` adds on one page only and that lead to pages of the site."""
    return tuple(spec.path for spec in _neighbours(plan, path)) if plan.is_realistic else ()


def dressed(plan: SitePlan, path: str, view: View, page: str) -> str:
    head, _, rest = page.partition("</head>")
    opening, _, body = rest.partition("<body")
    attributes, _, content = body.partition(">")
    inner, _, closing = content.rpartition("</body>")
    return (
        f"{head}{_metas(view)}{STYLES}{_linked_data(view)}</head>{opening}<body{attributes}>\n{ICONS}{_menu(plan)}"
        f"{inner}{_beside(plan, path, view)}{_footer()}{_settings(plan, path)}{SCRIPTS}</body>{closing}"
    )


@lru_cache(maxsize=NUM_KEPT)
def _listed(plan: SitePlan) -> tuple[PageSpec, ...]:
    kinds = (PageKind.CONTENT, PageKind.BORGER_DK)
    return tuple(spec for spec in plan.founding if spec.is_listed and spec.kind in kinds)


def _in_menu(plan: SitePlan) -> tuple[PageSpec, ...]:
    return _listed(plan)[:PAGES_IN_MENU]


def _neighbours(plan: SitePlan, path: str) -> list[PageSpec]:
    """Pages that follow one another, from a place that the path decides."""
    listed = _listed(plan)
    start = zlib.crc32(path.encode())
    return [listed[(start + step) % len(listed)] for step in range(min(NUM_NEIGHBOURS, len(listed)))]


@lru_cache(maxsize=NUM_KEPT)
def _menu(plan: SitePlan) -> str:
    groups: dict[str, list[str]] = {}
    for place, spec in enumerate(_in_menu(plan)):
        groups.setdefault(spec.section, []).append(_item(_link(plan, spec), "mega-menu", place))
    columns = "".join(
        f'<div class="c-mega-menu__column"><strong>{text(section_label(section) if section else plan.owner)}</strong>'
        f"<ul>{''.join(rows)}</ul></div>\n"
        for section, rows in groups.items()
    )
    return f'<nav class="c-mega-menu" aria-label="Alle emner" data-mega-menu="true">\n{columns}</nav>\n'


def _item(link: Link, css: str, place: int) -> str:
    return (
        f'<li class="c-{css}__item" data-index="{place}">'
        f'<a class="c-{css}__link" href="{text(link.href)}">{LINK_ICON}{text(link.label)}</a></li>\n'
    )


def _link(plan: SitePlan, spec: PageSpec) -> Link:
    label = SHARED[spec.topic].title if spec.kind is PageKind.BORGER_DK else label_of(plan.seed, plan.site, spec)
    return Link(label=label, href=spec.path)


def _beside(plan: SitePlan, path: str, view: View) -> str:
    neighbours = "".join(
        _item(_link(plan, spec), "neighbour-list", place) for place, spec in enumerate(_neighbours(plan, path))
    )
    shares = [Link(label=f"Del på {name}", href=f"{service}{view.canonical}") for name, service in _SHARES]
    places = [Link(label=f"Afsnit {number}", href=f"#afsnit-{number}") for number in range(1, 5)]
    shared = "".join(_item(link, "share-bar", place) for place, link in enumerate((*shares, *places)))
    return (
        f'<aside class="c-neighbour-list"><ul>\n{neighbours}</ul></aside>\n'
        f'<nav class="c-share-bar" aria-label="Del siden"><ul>\n{shared}</ul></nav>\n'
    )


@lru_cache(maxsize=1)
def _footer() -> str:
    rows = "".join(_item(Link(label=label, href=href), "footer", i) for i, (label, href) in enumerate(_SERVICES))
    return f'<footer class="c-footer"><ul>\n{rows}</ul></footer>\n'


def _metas(view: View) -> str:
    pairs = (("og:title", view.title), ("og:url", view.canonical), ("og:site_name", view.owner), ("og:type", "website"))
    named = "".join(f'<meta property="{name}" content="{text(content)}">\n' for name, content in pairs)
    icons = "".join(
        f'<link rel="icon" type="image/png" sizes="{size}x{size}" href="/assets/icon-{size}.png">\n'
        for size in (16, 32, 96, 192)
    )
    return named + icons


def _linked_data(view: View) -> str:
    crumbs = [
        {"@type": "ListItem", "position": place, "name": link.label, "item": link.href}
        for place, link in enumerate(view.breadcrumbs, start=1)
    ]
    data = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebPage", "@id": view.canonical, "name": view.title, "inLanguage": view.language},
            {"@type": "GovernmentOrganization", "name": view.owner, "email": f"post@{view.apex_host}"},
            {"@type": "BreadcrumbList", "itemListElement": crumbs},
        ],
    }
    return f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>\n'


def _settings(plan: SitePlan, path: str) -> str:
    """The data that a script reads, with a key that differs from page to page."""
    components = {f"component-{number}": {"isLazy": number % 2 == 0, "delay": 20 * number} for number in range(12)}
    settings = {"site": plan.site.id, "page": zlib.crc32(path.encode()), "components": components}
    return f"<script>window.site=window.site||{{}};window.siteSettings={json.dumps(settings)};</script>\n"
