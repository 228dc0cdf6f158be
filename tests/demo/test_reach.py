"""What the truth calls linked or listed is what a small link walker really finds over HTTP semantics."""

import re
import urllib.parse

import lxml.etree
import lxml.html
import pytest

from demo.kommuneby import PageKind, TruePage, Web, make_web
from demo.plan import CLOSED


def links_on(page: TruePage) -> list[str]:
    if page.moved_to:
        return [page.moved_to]
    if page.status != 200 or not (page.header("Content-Type") or "").startswith("text/html"):
        return []
    tree = lxml.html.document_fromstring(page.body)
    words = " ".join(tree.xpath("//meta[@name='robots' or @name='ROBOTS']/@content")).lower()
    if "nofollow" in words or "none" in words:
        return []
    hrefs = tree.xpath("//a[not(contains(@rel, 'nofollow'))]/@href")
    return [urllib.parse.urldefrag(urllib.parse.urljoin(page.url, href)).url for href in hrefs]


def walk(web: Web) -> set[str]:
    """Follow every link from the seeds, obeying the closed path; the URLs as the truth spells them."""
    found: set[str] = set()
    waiting = [site.root for site in web.sites]
    while waiting:
        page = web.locate(waiting.pop())
        if page is None or page.url in found:
            continue
        found.add(page.url)
        if not urllib.parse.urlsplit(page.url).path.startswith(CLOSED):
            waiting += [url for url in links_on(page) if url.startswith(("http://", "https://"))]
    return found


def sitemap_urls(web: Web) -> set[str]:
    maps = [page for page in web.pages.values() if page.kind is PageKind.SITEMAP]
    return {loc for page in maps for loc in lxml.etree.fromstring(page.body).xpath("//*[local-name()='loc']/text()")}


FULL = {
    "num_municipalities": 8, "pages_per_site": 22, "is_realistic": True, "with_traps": True, "with_reservations": True,
    "with_tls": True,
}  # fmt: skip


@pytest.fixture(scope="module", params=[{}, {"quarter_index": 2}, FULL, {**FULL, "quarter_index": 2}])
def web(request: pytest.FixtureRequest) -> Web:
    return make_web(**request.param)


def test_linked_is_what_links_reach(web: Web) -> None:
    assert {url for url, page in web.pages.items() if page.linked} == walk(web)


def test_in_sitemap_is_what_the_sitemaps_list(web: Web) -> None:
    listed = sitemap_urls(web)
    assert {url for url, page in web.pages.items() if page.in_sitemap} == listed
    assert all(web.pages[url].status == 200 for url in listed)


def test_robots_files_name_the_sitemap_and_close_linked_pages(web: Web) -> None:
    for page in web.pages.values():
        if page.kind is PageKind.ROBOTS:
            assert re.search(
                rf"^Sitemap: {re.escape(page.url.replace('robots.txt', 'sitemap.xml'))}$", page.body.decode(), re.M
            )
    closed = [page for page in web.pages.values() if page.kind is PageKind.ROBOTS_EXCLUDED]
    assert all(CLOSED in page.url and not page.in_sitemap for page in closed)
    assert any(page.linked for page in closed)


def test_each_site_has_pages_only_its_sitemap_knows_and_municipalities_an_orphan(web: Web) -> None:
    for site in web.sites:
        mine = [page for page in web.pages.values() if page.site == site.id]
        assert any(page.in_sitemap and not page.linked for page in mine), site.id
        orphans = [page for page in mine if page.kind is PageKind.ORPHAN]
        assert all(not page.is_reachable for page in orphans)
        assert (site.kind == "municipality") == bool(orphans)


def test_calendar_has_an_end_and_is_linked_throughout() -> None:
    months = [page for page in make_web().pages.values() if page.kind is PageKind.TRAP]
    assert len(months) == 24
    assert all(page.linked for page in months)


def test_front_pages_have_the_awkward_links() -> None:
    web = make_web()
    home = web.pages["http://www.nordby.kommuneby.test/"]
    hrefs = lxml.html.document_fromstring(home.body).xpath("//a/@href")
    assert any("utm_source" in href for href in hrefs)
    assert any(href.startswith("http://www.udenfor.example/") for href in hrefs)
    statuses = {page.status for href in hrefs if (page := web.locate(urllib.parse.urljoin(home.url, href)))}
    assert {200, 301, 302, 404} == statuses
