"""Pages whose owner does not want them kept, said in each way there is, and pages that only look so.

In: a site's plan. Out: a `Feature` with listed pages: `PageKind.RESERVED` must not be kept, the content pages beside
them must. Sources: robots meta elements and X-Robots-Tag, TDMRep (W3C community group report of 2024-05-10), the
Content-Usage header (IETF draft aipref), rel=nofollow.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from demo.building import plain_page
from demo.cms import Link, View
from demo.extras import Extra, Feature, content_extra, content_spec, list_extra
from demo.plan import label_of
from demo.rendering import Headers
from demo.truth import PageKind, TruePage
from demo.views import SitePlan

FIRST_TEXT = 2200  # texts that no section of the site has
Metas = tuple[tuple[str, str], ...]
AI_AGENTS = ("GPTBot", "CCBot", "Google-Extended", "anthropic-ai", "ClaudeBot", "Bytespider", "PerplexityBot")
TDM_RULES = b'[{"location": "/forbehold/tdm/", "tdm-reservation": 1}, {"location": "/", "tdm-reservation": 0}]\n'


def robots_words(plan: SitePlan) -> Feature:
    """noindex, noai and nofollow, as meta element, as header and on a link."""
    entry = "/bemaerk/"
    behind = _page(plan, f"{entry}bag-noindex/", 0)
    hidden = _page(plan, f"{entry}bag-nofollow/", 1, kind=PageKind.ORPHAN)
    at_link = _page(plan, f"{entry}bag-et-link/", 2, kind=PageKind.ORPHAN)
    pages = (
        _page(plan, f"{entry}noindex-meta/", 3, metas=(("robots", "noindex"),)),
        _page(plan, f"{entry}noindex-header/", 4, headers=(("X-Robots-Tag", "noindex"),)),
        _page(plan, f"{entry}noai-header/", 5, headers=(("X-Robots-Tag", "noai, noimageai"),)),
        _page(plan, f"{entry}none-meta/", 6, metas=(("ROBOTS", "NONE"),)),
        _page(plan, f"{entry}noindex-follow/", 7, metas=(("robots", "noindex, follow"),), leads_to=behind),
        _page(plan, f"{entry}nofollow-meta/", 8, metas=(("robots", "nofollow"),), kind=PageKind.CONTENT, hides=hidden),
        _page(plan, f"{entry}til-andre/", 9, headers=(("X-Robots-Tag", "otherbot: noindex"),), kind=PageKind.CONTENT),
        _page(plan, f"{entry}til-en-anden/", 10, metas=(("googlebot", "noindex"),), kind=PageKind.CONTENT),
    )
    unfollowed = Link(label="Følg ikke", href=at_link.path, rel="nofollow")
    return _feature(plan, "R11", entry, pages, (behind, hidden, at_link), unfollowed)


def mining_words(plan: SitePlan) -> Feature:
    """Reservations against text and data mining: header, meta element, tdmrep.json, Content-Usage."""
    entry = "/forbehold/"
    pages = (
        _page(plan, f"{entry}header/", 11, headers=(("tdm-reservation", "1"),)),
        _page(plan, f"{entry}meta/", 12, metas=(("tdm-reservation", "1"),)),
        _page(plan, f"{entry}tdm/regel/", 13),
        _page(plan, f"{entry}usage/", 14, headers=(("Content-Usage", "train-ai=n"),)),
        _page(plan, f"{entry}uden-header/", 15, headers=(("tdm-reservation", "0"),), kind=PageKind.CONTENT),
        _page(plan, f"{entry}uden-usage/", 16, headers=(("Content-Usage", "train-ai=y"),), kind=PageKind.CONTENT),
    )

    def answer(target: str) -> TruePage | None:
        if target != "/.well-known/tdmrep.json":
            return None
        return plain_page(plan, PageKind.ROBOTS, target, lambda: TDM_RULES, "application/json").page

    return replace(_feature(plan, "R12", entry, pages, ()), answer=answer)


def reservations_of(index: int, num_municipalities: int) -> tuple[Callable[[SitePlan], Feature], ...]:
    places = {3: robots_words, 5: mining_words}
    return tuple(make for place, make in places.items() if place % num_municipalities == index)


def robots_lines(index: int, num_municipalities: int) -> tuple[str, ...]:
    """One municipality shuts out the crawlers of those who train language models by name, and nobody else."""
    if index != 7 % num_municipalities:
        return ()
    return (*(f"User-agent: {agent}" for agent in AI_AGENTS), "Disallow: /", "")


def _page(
    plan: SitePlan,
    path: str,
    number: int,
    *,
    kind: PageKind | None = None,
    metas: Metas = (),
    headers: Headers = (),
    leads_to: Extra | None = None,
    hides: Extra | None = None,
) -> Extra:
    """A page with a text; without reservation and without a kind of its own it is content.

    Args:
        leads_to, hides: pages that only this one links to; a crawler may follow the first, not the second.
    """
    spec = content_spec(plan, path, FIRST_TEXT + number)
    is_reserved = bool(metas or headers or path.startswith("/forbehold/tdm/"))
    spec = replace(spec, kind=kind or (PageKind.RESERVED if is_reserved else PageKind.CONTENT))
    others = [Link(label="Læs videre", href=other.path) for other in (leads_to, hides) if other]
    extra = content_extra(plan, spec, *others, headers=headers)
    view = partial(_marked, extra.view, metas)
    return replace(extra, view=view, hrefs=() if hides else extra.hrefs)


def _marked(view: Callable[[], View], metas: Metas) -> View:
    return replace(view(), metas=metas)


def _feature(
    plan: SitePlan, case: str, entry: str, pages: tuple[Extra, ...], behind: tuple[Extra, ...], *unfollowed: Link
) -> Feature:
    listed = [Link(label=label_of(plan.seed, plan.site, page.spec), href=page.path) for page in pages if page.spec]
    index = list_extra(plan, entry, "Bemærk", ("Sider med særlige vilkår.",), (*listed, *unfollowed))
    index = replace(index, hrefs=tuple(link.href for link in listed))
    return Feature(id=case, doors=(Link(label="Bemærk", href=entry),), extras=(index, *pages, *behind))
