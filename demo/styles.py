"""The CMS of each site: how it writes a page and how it spells its URLs.

In: a site. Out: its `Style`. A new CMS is one `cms_*` module and one entry here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from demo import cms_drupal, cms_dynamicweb, cms_umbraco, cms_wordpress
from demo.cms import View
from demo.places import PretendSite, SiteKind


@dataclass(frozen=True, kw_only=True)
class Style:
    """`page_path` takes section and page slug (none on section pages); `twin_path` path and number."""

    id: str
    server: str
    render: Callable[[View], str]
    page_path: Callable[[str, str], str]
    twin_path: Callable[[str, int], str]


def _umbraco_path(section: str, page: str) -> str:
    return f"/borger/{section}/{page}/" if page else f"/borger/{section}/"


def _drupal_path(section: str, page: str) -> str:
    return f"/{section}/{page}" if page else f"/{section}"


def _aspx_path(section: str, page: str) -> str:
    return f"/Borger/{_pascal(section)}/{_pascal(page)}.aspx" if page else f"/Borger/{_pascal(section)}.aspx"


def _wordpress_path(section: str, page: str) -> str:
    return f"/{section}/{page}/" if page else f"/{section}/"


def _pascal(slug: str) -> str:
    return "-".join(word.capitalize() for word in slug.split("-"))


UMBRACO = Style(
    id="umbraco",
    server="Microsoft-IIS/10.0",
    render=cms_umbraco.render,
    page_path=_umbraco_path,
    twin_path=lambda path, _number: f"{path}?print=1",
)
DRUPAL = Style(
    id="drupal",
    server="Apache",
    render=cms_drupal.render,
    page_path=_drupal_path,
    twin_path=lambda _path, number: f"/node/{number}",
)
DYNAMICWEB = Style(
    id="dynamicweb",
    server="Microsoft-IIS/8.5",
    render=cms_dynamicweb.render,
    page_path=_aspx_path,
    twin_path=lambda _path, number: f"/Default.aspx?ID={number}",
)
WORDPRESS = Style(
    id="wordpress",
    server="nginx",
    render=cms_wordpress.render,
    page_path=_wordpress_path,
    twin_path=lambda _path, number: f"/?p={number}",
)

_IN_TURN = (UMBRACO, DRUPAL, DYNAMICWEB, WORDPRESS)


def style_of(site: PretendSite) -> Style:
    return UMBRACO if site.kind is SiteKind.AREA else _IN_TURN[site.index % len(_IN_TURN)]
