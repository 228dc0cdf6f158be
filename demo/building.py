"""From plans to pages: one site's plan in, its pages with their truth out; bytes are made by `demo.rendering`.

Which pages links reach is worked out by `demo.reach`, which sees all hosts.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from xml.sax.saxutils import escape

from demo.cms import View
from demo.hub_views import calendar_view, error_view, home_view, kl_front_view, section_hrefs, section_view
from demo.places import KL_ID
from demo.plan import CLOSED, PageSpec, Reservation
from demo.realistic import neighbour_hrefs, shared_hrefs
from demo.rendering import Headers, Rendering, Written, drawn_html
from demo.site_lives import Lastmod
from demo.truth import PageKind, TruePage, redirect_page
from demo.views import FIRST_DAY, LANGUAGES, SitePlan, any_change_date, article_hrefs, article_view, quarter_day

PLAIN_TEXT = "text/plain; charset=utf-8"
RESERVED_KINDS = dict.fromkeys(Reservation, PageKind.RESERVED) | {Reservation.ROBOTS: PageKind.ROBOTS_EXCLUDED}
RESERVED_HEADERS: Mapping[Reservation | None, Headers] = {
    Reservation.HEADER: (("X-Robots-Tag", "noindex"),),
    Reservation.MINING: (("tdm-reservation", "1"),),
}
_PDF = (
    b"%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


@dataclass(frozen=True, kw_only=True)
class BuiltPage:
    """A page whose `linked` is still unknown, and the links on it; `shared` are those of all pages of its site."""

    page: TruePage
    hrefs: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


def site_pages(plan: SitePlan) -> list[BuiltPage]:
    """Every page of a site, in the order of its specs, and the redirect of the bare host."""
    pages = [_marked(plan, spec, _built(plan, spec)) for spec in plan.specs]
    if plan.site.prefix == "/" and not plan.traits.is_mirrored:
        pages.append(_apex(plan))
    return pages


def host_pages(plans: list[SitePlan]) -> list[BuiltPage]:
    """What belongs to a host and not to one site: robots.txt, the sitemap and, at KL, the front page."""
    plan = plans[0]
    owner = plan.site.id if plan.site.prefix == "/" else KL_ID
    pages = [_robots(plans), _sitemap(plans)]
    if owner == KL_ID:
        front = html_page(plan, PageKind.HOME, "/", partial(kl_front_view, plan), hrefs=_hrefs(kl_front_view(plan)))
        pages += [front, _apex(plan)]
    return [BuiltPage(page=page.page.with_changes(site=owner), hrefs=page.hrefs, shared=page.shared) for page in pages]


def error_page(plan: SitePlan) -> TruePage:
    return html_page(plan, PageKind.MISSING, "/", partial(error_view, plan), status=plan.life.missing_status).page


def html_page(
    plan: SitePlan,
    kind: PageKind,
    path: str,
    view: Callable[[], View],
    *,
    hrefs: tuple[str, ...] = (),
    status: int = 200,
    spec: PageSpec | None = None,
    headers: Headers = (),
) -> BuiltPage:
    """A page in the site's manner.

    Args:
        hrefs: its links beside those that all pages of the site have.
        spec: of a page with a text, for the day it changed.
    """
    written = Written(view=view)
    rendering = Rendering(
        plan=plan,
        draw=partial(drawn_html, plan, path, view),
        is_tagged=status == 200,
        changed=partial(any_change_date, plan, spec) if spec else None,
        more=headers,
        validators_of=_as_it_was(plan, spec.validators_of) if spec and spec.validators_of else None,
    )
    page = TruePage(
        url=f"{plan.site.origin}{path}",
        site=plan.site.id,
        kind=kind,
        language=LANGUAGES.get(kind, "da"),
        title=written.title,
        text=written.text,
        facts=written.facts,
        status=status,
        headers=rendering.headers,
        body=rendering.body,
    )
    if status != 200:
        return BuiltPage(page=page)
    return BuiltPage(page=page, hrefs=hrefs + neighbour_hrefs(plan, path), shared=shared_hrefs(plan))


def _as_it_was(plan: SitePlan, spec: PageSpec) -> Rendering:
    view = partial(article_view, plan, spec)
    return Rendering(
        plan=plan, draw=partial(drawn_html, plan, spec.path, view), changed=partial(any_change_date, plan, spec)
    )


def plain_page(plan: SitePlan, kind: PageKind, path: str, body: Callable[[], bytes], content_type: str) -> BuiltPage:
    rendering = Rendering(plan=plan, draw=lambda: (content_type, body()))
    return BuiltPage(
        page=TruePage(
            url=f"{plan.site.origin}{path}",
            site=plan.site.id,
            kind=kind,
            headers=rendering.headers,
            body=rendering.body,
        )
    )


def _marked(plan: SitePlan, spec: PageSpec, built: BuiltPage) -> BuiltPage:
    """The page with the operator that was there this quarter."""
    if not spec.operator or spec.touched != plan.quarter_index:
        return built
    page = built.page.with_changes(touched_by=spec.operator)
    return BuiltPage(page=page, hrefs=built.hrefs, shared=built.shared)


def _built(plan: SitePlan, spec: PageSpec) -> BuiltPage:
    if spec.kind is PageKind.REDIRECT:
        return _redirect(plan, spec)
    if spec.kind is PageKind.FILE:
        return plain_page(plan, spec.kind, spec.path, lambda: _PDF, "application/pdf")
    if spec.kind in (PageKind.MISSING, PageKind.GONE) or spec.status >= 500:
        status = plan.life.missing_status if spec.kind is PageKind.MISSING else spec.status
        return html_page(plan, spec.kind, spec.path, partial(error_view, plan), status=status)
    if spec.kind is PageKind.SECTION:
        view = partial(section_view, plan, spec)
        built = html_page(plan, spec.kind, spec.path, view, hrefs=section_hrefs(plan, spec))
    elif spec.kind in (PageKind.HOME, PageKind.TRAP):
        view = partial(home_view if spec.kind is PageKind.HOME else calendar_view, plan, spec)
        built = html_page(plan, spec.kind, spec.path, view, hrefs=_hrefs(view()))
    else:
        built = _article_page(plan, spec)
    source = f"{plan.site.origin}{spec.source}" if spec.source else None
    page = built.page.with_changes(in_sitemap=spec.in_sitemap, duplicate_of=source)
    return BuiltPage(page=page, hrefs=built.hrefs, shared=built.shared)


def _article_page(plan: SitePlan, spec: PageSpec) -> BuiltPage:
    view, hrefs = partial(article_view, plan, spec), article_hrefs(plan, spec)
    headers = RESERVED_HEADERS.get(spec.reservation, ())
    built = html_page(plan, spec.kind, spec.path, view, hrefs=hrefs, spec=spec, headers=headers)
    kind = RESERVED_KINDS[spec.reservation] if spec.reservation else spec.kind
    page = built.page.with_changes(kind=kind, text_id=f"{plan.site.id}/{spec.topic}/{spec.number}")
    return BuiltPage(page=page, hrefs=built.hrefs, shared=built.shared)


def _hrefs(view: View) -> tuple[str, ...]:
    return tuple(link.href for link in view.links())


def _redirect(plan: SitePlan, spec: PageSpec) -> BuiltPage:
    location = f"{plan.site.origin}{spec.target}"
    url = f"{plan.site.origin}{spec.path}"
    page = redirect_page(url, location=location, site=plan.site.id, status=spec.status)
    return BuiltPage(page=page, hrefs=(location,))


def _apex(plan: SitePlan) -> BuiltPage:
    location = f"{plan.site.origin}/"
    page = redirect_page(f"http://{plan.site.apex_host}/", location=location, site=plan.site.id)
    return BuiltPage(page=page, hrefs=(location,))


def _robots(plans: Iterable[SitePlan]) -> BuiltPage:
    plan, *_ = plans
    specs = [spec for each in plans for spec in each.specs if spec.reservation is Reservation.ROBOTS]
    # a path without a slash at its end is also the beginning of others
    closed = [f"Disallow: {spec.path}{'' if spec.path.endswith('/') else '$'}" for spec in specs]
    lines = ["User-agent: *", f"Disallow: {CLOSED}", *closed, "", f"Sitemap: {plan.site.origin}/sitemap.xml", ""]
    body = "\n".join([*plan.robots_lines, *lines]).encode()
    return plain_page(plan, PageKind.ROBOTS, "/robots.txt", lambda: body, PLAIN_TEXT)


def _sitemap(plans: list[SitePlan]) -> BuiltPage:
    content_type = "application/xml; charset=utf-8"
    return plain_page(plans[0], PageKind.SITEMAP, "/sitemap.xml", partial(_sitemap_body, plans), content_type)


def _sitemap_body(plans: Iterable[SitePlan]) -> bytes:
    entries = [
        _sitemap_entry(plan, spec) for plan in plans for spec in plan.specs if spec.in_sitemap and spec.status == 200
    ]
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "".join(entries)
        + "</urlset>\n"
    )
    return text.encode()


def _sitemap_entry(plan: SitePlan, spec: PageSpec) -> str:
    day = f"<lastmod>{_lastmod(plan, spec).isoformat()}</lastmod>" if spec.topic else ""
    return f"<url><loc>{escape(f'{plan.site.origin}{spec.path}')}</loc>{day}</url>\n"


def _lastmod(plan: SitePlan, spec: PageSpec) -> datetime.date:
    if plan.life.lastmod is Lastmod.NOW:
        return quarter_day(plan.quarter_index)
    return FIRST_DAY if plan.life.lastmod is Lastmod.NEVER else any_change_date(plan, spec)
