"""From plans to pages: one site's plan in, its pages with bytes, headers and truth out.

Which pages links reach is worked out by `demo.reach`, which sees all hosts.
"""

import datetime
import email.utils
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

from demo.cms import View
from demo.places import KL_ID
from demo.plan import CLOSED, PageSpec
from demo.styles import style_of
from demo.truth import PageKind, TruePage, redirect_page
from demo.views import (
    SitePlan,
    article_view,
    calendar_view,
    change_date,
    error_view,
    home_view,
    kl_front_view,
    section_view,
)

_PDF = (
    b"%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
_HUB_VIEWS: Mapping[PageKind, Callable[[SitePlan, PageSpec], View]] = {
    PageKind.HOME: home_view,
    PageKind.SECTION: section_view,
    PageKind.TRAP: calendar_view,
}


@dataclass(frozen=True, kw_only=True)
class BuiltPage:
    """A page whose `linked` is still unknown, and the links on it."""

    page: TruePage
    hrefs: tuple[str, ...] = ()


def site_pages(plan: SitePlan) -> list[BuiltPage]:
    """Every page of a site, in the order of its specs, and the redirect of the bare host."""
    pages = [_built(plan, spec) for spec in plan.specs]
    if plan.site.prefix == "/":
        pages.append(_apex(plan))
    return pages


def host_pages(plans: list[SitePlan]) -> list[BuiltPage]:
    """What belongs to a host and not to one site: robots.txt, the sitemap and, at KL, the front page."""
    plan = plans[0]
    owner = plan.site.id if plan.site.prefix == "/" else KL_ID
    pages = [_robots(plan, owner), _sitemap(plans, owner)]
    if owner == KL_ID:
        front = _html(plan, kl_front_view(plan), PageKind.HOME, path="/")
        pages += [replace(front, page=replace(front.page, site=KL_ID)), _apex(plan)]
    return pages


def error_page(plan: SitePlan) -> TruePage:
    return _html(plan, error_view(plan), PageKind.MISSING, path="/", status=404).page


def _built(plan: SitePlan, spec: PageSpec) -> BuiltPage:
    if spec.kind is PageKind.REDIRECT:
        return _redirect(plan, spec)
    if spec.kind is PageKind.FILE:
        return BuiltPage(page=_plain(plan, spec.kind, spec.path, _PDF, "application/pdf"))
    if spec.kind in (PageKind.MISSING, PageKind.GONE):
        return _html(plan, error_view(plan), spec.kind, path=spec.path, status=spec.status)
    if spec.kind in _HUB_VIEWS:
        built = _html(plan, _HUB_VIEWS[spec.kind](plan, spec), spec.kind, path=spec.path)
        return replace(built, page=replace(built.page, in_sitemap=spec.in_sitemap))
    return _article(plan, spec)


def _article(plan: SitePlan, spec: PageSpec) -> BuiltPage:
    view = article_view(plan, spec)
    built = _html(plan, view, spec.kind, path=spec.path, changed=change_date(plan, spec))
    article = view.article
    page = replace(
        built.page,
        facts=article.facts if article else (),
        in_sitemap=spec.in_sitemap,
        duplicate_of=f"http://{plan.site.host}{spec.source}" if spec.source else None,
    )
    return replace(built, page=page)


def _html(
    plan: SitePlan,
    view: View,
    kind: PageKind,
    *,
    path: str,
    status: int = 200,
    changed: datetime.date | None = None,
) -> BuiltPage:
    view, content_type, encoding = _declared(plan, view)
    body = style_of(plan.site).render(view).encode(encoding, "xmlcharrefreplace")
    page = TruePage(
        url=f"http://{plan.site.host}{path}",
        site=plan.site.id,
        kind=kind,
        language=view.language,
        title=view.title,
        text=view.article.texts() if view.article else (),
        status=status,
        headers=_headers(plan, content_type, body if status == 200 else None, changed),
        body=body,
    )
    return BuiltPage(page=page, hrefs=tuple(link.href for link in view.links()) if status == 200 else ())


def _declared(plan: SitePlan, view: View) -> tuple[View, str, str]:
    """Where the charset is declared: both places, but one on the latin-1 site, by the length of the title."""
    if not plan.traits.is_latin1:
        return view, "text/html; charset=utf-8", "utf-8"
    if len(view.title) % 2:
        return replace(view, charset_in_meta="iso-8859-1"), "text/html", "iso-8859-1"
    return replace(view, charset_in_meta=""), "text/html; charset=ISO-8859-1", "iso-8859-1"


def _headers(
    plan: SitePlan, content_type: str, body: bytes | None, changed: datetime.date | None
) -> tuple[tuple[str, str], ...]:
    """ETag for what can be fetched again; Last-Modified only where the day of change is the page's own."""
    headers = [("Server", style_of(plan.site).server), ("Content-Type", content_type)]
    if body is not None:
        headers.append(("ETag", f'"{hashlib.sha256(body).hexdigest()[:16]}"'))
    if changed:
        morning = datetime.datetime(changed.year, changed.month, changed.day, 4, tzinfo=datetime.UTC)
        headers.append(("Last-Modified", email.utils.format_datetime(morning, usegmt=True)))
    return tuple(headers)


def _plain(plan: SitePlan, kind: PageKind, path: str, body: bytes, content_type: str) -> TruePage:
    return TruePage(
        url=f"http://{plan.site.host}{path}",
        site=plan.site.id,
        kind=kind,
        headers=_headers(plan, content_type, body, None),
        body=body,
    )


def _redirect(plan: SitePlan, spec: PageSpec) -> BuiltPage:
    location = f"http://{plan.site.host}{spec.target}"
    page = redirect_page(plan.site.host, spec.path, location=location, site=plan.site.id, status=spec.status)
    return BuiltPage(page=page, hrefs=(location,))


def _apex(plan: SitePlan) -> BuiltPage:
    location = f"http://{plan.site.host}/"
    owner = plan.site.id if plan.site.prefix == "/" else KL_ID
    page = redirect_page(plan.site.apex_host, "/", location=location, site=owner)
    return BuiltPage(page=page, hrefs=(location,))


def _robots(plan: SitePlan, owner: str) -> BuiltPage:
    lines = ["User-agent: *", f"Disallow: {CLOSED}", "", f"Sitemap: http://{plan.site.host}/sitemap.xml", ""]
    page = _plain(plan, PageKind.ROBOTS, "/robots.txt", "\n".join(lines).encode(), "text/plain; charset=utf-8")
    return BuiltPage(page=replace(page, site=owner))


def _sitemap(plans: Iterable[SitePlan], owner: str) -> BuiltPage:
    entries = [
        _sitemap_entry(plan, spec) for plan in plans for spec in plan.specs if spec.in_sitemap and spec.status == 200
    ]
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "".join(entries)
        + "</urlset>\n"
    )
    plan = next(iter(plans))
    page = _plain(plan, PageKind.SITEMAP, "/sitemap.xml", text.encode(), "application/xml; charset=utf-8")
    return BuiltPage(page=replace(page, site=owner))


def _sitemap_entry(plan: SitePlan, spec: PageSpec) -> str:
    day = f"<lastmod>{change_date(plan, spec).isoformat()}</lastmod>" if spec.topic else ""
    return f"<url><loc>{escape(f'http://{plan.site.host}{spec.path}')}</loc>{day}</url>\n"
