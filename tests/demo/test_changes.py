"""Kommuneby evolves: every operator and every fate of a site happens, on the page and on the wire."""

import hashlib
import http.client
import itertools
import re
import urllib.parse
from collections.abc import Sequence

import lxml.etree
import lxml.html
import pytest

from crawler.rules.challenges import Wall, wall_of
from demo.answers import answer
from demo.changes import ORDINARY
from demo.expected import KEPT_KINDS, lying_urls
from demo.kommuneby import PageKind, PretendSite, SiteKind, TruePage, Web, make_web
from demo.messages import Answer, Request
from demo.server import KommunebyServer
from demo.site_lives import Incident, Validators, life_of

SIZES = {"num_municipalities": 12, "pages_per_site": 60}


@pytest.fixture(scope="module")
def webs() -> list[Web]:
    return [make_web(**SIZES, quarter_index=index, with_changes=True) for index in range(5)]


def digest_of(web: Web) -> str:
    digest = hashlib.sha256()
    for url, page in sorted(web.pages.items()):
        digest.update(repr((url, page.kind, page.status, page.headers, page.linked, page.in_sitemap)).encode())
        digest.update(page.body)
    return digest.hexdigest()


def site_with(webs: Sequence[Web], **traits: object) -> PretendSite:
    return next(
        site
        for site in webs[0].sites
        if site.kind is SiteKind.MUNICIPALITY
        and all(getattr(life_of(site), name) == value for name, value in traits.items())
    )


def pages_of(web: Web, site: PretendSite) -> dict[str, TruePage]:
    return {url: page for url, page in web.pages.items() if page.site == site.id}


def touched(webs: Sequence[Web], operator: str) -> list[tuple[int, TruePage]]:
    """The pages that an operator touched, with the quarter."""
    return [(web.quarter_index, page) for web in webs for page in web.pages.values() if page.touched_by == operator]


def asked(web: Web, url: str, **headers: str) -> Answer:
    parts = urllib.parse.urlsplit(url)
    target = urllib.parse.urlunsplit(("", "", parts.path, parts.query, ""))
    return answer(web, Request(method="GET", target=target, host=parts.netloc, headers=headers), scheme=parts.scheme)


def asked_again(before: Web, now: Web, url: str) -> Answer:
    """A conditional request with the validators of a quarter ago."""
    names = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}
    values = {name: before.pages[url].header(header) for header, name in names.items()}
    if url.split("/")[2] in before.fickle_hosts:
        values["if-none-match"] = '"0"'
    return asked(now, url, **{name: value for name, value in values.items() if value})


def on_the_wire(server: KommunebyServer, site: PretendSite, target: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(site.address, server.port, timeout=5)
    try:
        connection.request("GET", target, headers={"Host": site.host})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_webs_without_the_flag_have_the_bytes_they_always_had() -> None:
    web = make_web(num_municipalities=2, pages_per_site=22, quarter_index=2)
    assert digest_of(web) == "f4f75ce78673c19ff6c7a32be9676132f629696e3083d43e8abb6fe34fa88925"


def test_first_quarter_has_the_pages_of_every_first_quarter(webs: list[Web]) -> None:
    plain = make_web(**SIZES, trap_months=0)
    islands = {url for url in webs[0].pages if "/tema/" in url}
    assert islands and set(webs[0].pages) - islands == set(plain.pages)


def test_same_arguments_give_the_same_bytes(webs: list[Web]) -> None:
    assert digest_of(webs[3]) == digest_of(make_web(**SIZES, quarter_index=3, with_changes=True))
    assert digest_of(webs[3]) != digest_of(make_web(**SIZES, quarter_index=3, with_changes=True, seed=2))


@pytest.mark.parametrize("sizes", [(1, 1), (3, 20), (25, 8)])
def test_other_sizes_and_later_quarters_can_be_made(sizes: tuple[int, int]) -> None:
    web = make_web(num_municipalities=sizes[0], pages_per_site=sizes[1], quarter_index=7, with_changes=True)
    assert web.content_urls()


def test_traps_and_hostile_hosts_would_blur_the_truth() -> None:
    for flags in ({"with_traps": True}, {"with_hostile": True}):
        with pytest.raises(ValueError, match="with_changes"):
            make_web(num_municipalities=1, with_changes=True, **flags)


def test_every_operator_happens_and_a_page_once_a_quarter(webs: list[Web]) -> None:
    for change in ORDINARY:
        assert len(touched(webs, change.name)) >= 10, change.name
    assert touched(webs, "relaunch")


def test_no_url_disappears_without_an_answer(webs: list[Web]) -> None:
    for before, now in itertools.pairwise(webs):
        assert set(before.pages) <= set(now.pages)


def test_lies_are_answered_304_and_nothing_else_that_changed(webs: list[Web]) -> None:
    for before, now in itertools.pairwise(webs):
        lies = lying_urls(before, now)
        for url, page in now.pages.items():
            old = before.pages.get(url)
            if old is None or not old.status == page.status == 200 or page.url.split("/")[2] in now.incidents:
                continue
            reply = asked_again(before, now, url)
            if page.body != old.body:
                assert (304 if url in lies else 200) == reply.status, url


def test_lying_sites_lie_on_one_in_twenty_of_their_304_answers_and_no_other_site_does(webs: list[Web]) -> None:
    for before, now in itertools.pairwise(webs):
        lies = lying_urls(before, now)
        for site in now.sites:
            mine = [url for url, page in pages_of(now, site).items() if page.kind in KEPT_KINDS and url in before.pages]
            told = [url for url in mine if asked_again(before, now, url).status == 304]
            false = lies & set(mine)
            if life_of(site).validators is Validators.LYING:
                assert len(false) >= 0.05 * len(told)
            else:
                assert not false


def test_validators_are_as_the_site_is(webs: list[Web]) -> None:
    before, now = webs[0], webs[1]
    for manner in Validators:
        site = site_with(webs, validators=manner)
        pages = [page for page in pages_of(now, site).values() if page.kind is PageKind.CONTENT and page.status == 200]
        tags = [page.header("ETag") for page in pages]
        assert all(page.header("Last-Modified") for page in pages) is (manner is not Validators.NONE)
        assert any(tags) is (manner not in (Validators.NONE, Validators.EACH_REQUEST))
        if manner is Validators.WEAK:
            assert all(tag and tag.startswith('W/"') for tag in tags)
            assert asked(now, pages[0].url, **{"if-none-match": tags[0] or ""}).status == 304
        if manner is Validators.EACH_QUARTER:
            same = [page for page in pages if page.url in before.pages and before.pages[page.url].body == page.body]
            assert same and all(page.header("ETag") != before.pages[page.url].header("ETag") for page in same)


def test_fickle_site_has_another_etag_at_each_request(webs: list[Web]) -> None:
    site = site_with(webs, validators=Validators.EACH_REQUEST)
    with KommunebyServer(webs[0]) as server:
        replies = [on_the_wire(server, site, "/") for _ in range(2)]
    tags = [response.getheader("ETag") for response, _ in replies]
    assert all(tags) and tags[0] != tags[1] and replies[0][1] == replies[1][1]


def sitemap_days(web: Web, site: PretendSite) -> dict[str, str]:
    tree = lxml.etree.fromstring(web.pages[f"{site.origin}/sitemap.xml"].body)
    loc, day = ("string(*[local-name()='loc'])", "string(*[local-name()='lastmod'])")
    return {entry.xpath(loc): entry.xpath(day) for entry in tree if entry.xpath(day)}


def test_lastmod_lies_both_ways_and_is_else_right(webs: list[Web]) -> None:
    before, now = webs[0], webs[1]
    assert {"2026-04-01"} == set(sitemap_days(now, site_with(webs, lastmod="now")).values())
    never = site_with(webs, lastmod="never")
    assert sitemap_days(before, never).items() <= sitemap_days(now, never).items() | sitemap_days(before, never).items()
    assert len(set(sitemap_days(now, never).values())) == 1
    honest = site_with(webs, validators=Validators.NONE)
    old, new = sitemap_days(before, honest), sitemap_days(now, honest)
    for url in set(old) & set(new):
        assert (old[url] == new[url]) is (before.pages[url].body == now.pages[url].body)


def test_shell_of_a_whole_site_changes_and_no_article(webs: list[Web]) -> None:
    site = site_with(webs, validators=Validators.WEAK)
    for quarter in life_of(site).shell_quarters:
        before, now = webs[quarter - 1], webs[quarter]
        alike = [
            (before.pages[url], page)
            for url, page in pages_of(now, site).items()
            if page.status == 200 and page.kind in KEPT_KINDS and not page.touched_by
            if url in before.pages and before.pages[url].status == 200
        ]
        assert len(alike) > 20
        assert all(old.body != new.body and old.text == new.text for old, new in alike)


def test_shell_of_a_page_changes_and_not_its_text(webs: list[Web]) -> None:
    for quarter, page in touched(webs, "shell"):
        old = webs[quarter - 1].pages[page.url]
        if old.status == 200:
            assert old.text == page.text and old.body != page.body


def test_pages_move_with_every_status_and_again_in_a_chain(webs: list[Web]) -> None:
    moved = [page for _, page in touched(webs, "move") if page.kind is PageKind.REDIRECT]
    assert {301, 302, 308} == {page.status for page in moved}
    last = webs[-1].pages
    chains = [page for page in last.values() if page.kind is PageKind.REDIRECT and last[page.moved_to or ""].moved_to]
    assert len(chains) >= 20


def test_pages_go_in_every_way(webs: list[Web]) -> None:
    homes = {site.root for site in webs[0].sites}
    ways = {
        (page.status, "home" if page.moved_to in homes else "other" if page.moved_to else "", page.kind.value)
        for _, page in touched(webs, "remove")
    }
    assert ways == {
        (410, "", "gone"), (404, "", "gone"), (200, "", "gone"),
        (301, "home", "redirect"), (302, "home", "redirect"), (301, "other", "redirect"),
    }  # fmt: skip


def test_soft_error_is_the_page_of_every_unknown_address(webs: list[Web]) -> None:
    site = site_with(webs, has_soft_errors=True)
    gone = next(page for _, page in touched(webs[:2], "remove") if page.site == site.id and page.status == 200)
    with KommunebyServer(webs[1]) as server:
        response, body = on_the_wire(server, site, "/3f9a-findes-ikke")
        assert (200, gone.body) == (response.status, body)
        other = site_with(webs, validators=Validators.LYING)
        assert on_the_wire(server, other, "/3f9a-findes-ikke")[0].status == 404


def test_reservations_come_in_every_way(webs: list[Web]) -> None:
    words = {}
    for _, page in touched(webs, "reserve"):
        robots = webs[-1].pages[f"{'/'.join(page.url.split('/')[:3])}/robots.txt"].body.decode()
        words[page.url] = (
            b'<meta name="robots" content="noindex">' in page.body,
            page.header("X-Robots-Tag") == "noindex",
            page.header("tdm-reservation") == "1",
            f"Disallow: /{page.url.split('/', 3)[3]}" in robots or page.kind is PageKind.ROBOTS_EXCLUDED,
        )
    assert all(sum(said) == 1 for said in words.values())
    assert all(any(said[way] for said in words.values()) for way in range(4))


def test_reservation_in_a_header_comes_with_the_304(webs: list[Web]) -> None:
    replies = [
        asked_again(webs[quarter - 1], webs[quarter], page.url)
        for quarter, page in touched(webs, "reserve")
        if page.header("X-Robots-Tag") and webs[quarter - 1].pages[page.url].body == page.body
    ]
    confirmed = [reply for reply in replies if reply.status == 304]
    assert confirmed
    assert all(("X-Robots-Tag", "noindex") in reply.headers for reply in confirmed)


def test_returned_pages_are_shown_and_linked_at_their_old_address(webs: list[Web]) -> None:
    for quarter, page in touched(webs, "return"):
        assert webs[quarter - 1].pages[page.url].kind is not PageKind.CONTENT
        assert (page.kind, page.status, page.linked, page.in_sitemap) == (PageKind.CONTENT, 200, True, True)


def test_swapped_pages_have_each_others_text(webs: list[Web]) -> None:
    swapped = touched(webs, "swap")
    for quarter, page in swapped:
        partners = [other for at, other in swapped if at == quarter and other.site == page.site and other != page]
        old = webs[quarter - 1].pages
        if page.url in old and all(other.url in old for other in partners):
            assert any(other.facts == old[page.url].facts and page.facts == old[other.url].facts for other in partners)


def test_deep_page_is_new_in_the_sitemap_while_the_front_page_stays(webs: list[Web]) -> None:
    quiet = [
        page
        for quarter, page in touched(webs, "add-deep")
        if page.in_sitemap and not page.linked
        and webs[quarter].pages[f"{'/'.join(page.url.split('/')[:3])}/"].body
        == webs[quarter - 1].pages[f"{'/'.join(page.url.split('/')[:3])}/"].body
    ]  # fmt: skip
    assert len(quiet) >= 5


def test_island_is_linked_by_its_own_pages_and_by_nothing_else(webs: list[Web]) -> None:
    site = site_with(webs, island_quarter=1)
    old, new = (
        [page for url, page in pages_of(web, site).items() if urllib.parse.urlsplit(url).path.startswith("/tema/")]
        for web in webs[:2]
    )
    assert all(page.linked for page in old) and not any(page.is_reachable for page in new)
    assert all(b'href="/tema/"' in page.body for page in new if page.kind is PageKind.CONTENT)


def test_relaunched_site_answers_404_at_all_old_addresses(webs: list[Web]) -> None:
    site = site_with(webs, relaunch_quarter=2)
    old = [page for page in pages_of(webs[1], site).values() if page.kind in KEPT_KINDS and page.status == 200]
    new = webs[2].pages
    left = [page.url for page in old if new[page.url].status == 200 and new[page.url].kind in KEPT_KINDS]
    assert [site.root] == left
    assert sum(new[page.url].status == 404 for page in old) > 0.8 * len(old)
    assert any(new[page.url].status == 410 for page in old)
    assert any(new[page.url].kind is PageKind.RESERVED for page in old)
    fresh = [page for url, page in pages_of(webs[2], site).items() if url not in webs[1].pages]
    assert sum(page.is_content and page.is_reachable for page in fresh) > 40


def test_dark_hosts_close_the_connection_or_answer_503(webs: list[Web]) -> None:
    silent = site_with(webs, incident=Incident.SILENT, bad_quarters=(1,))
    busy = site_with(webs, incident=Incident.BUSY, bad_quarters=(3,))
    with KommunebyServer(webs[0]) as server:
        server.publish(webs[1])
        for target in ("/", "/robots.txt"):
            with pytest.raises(http.client.RemoteDisconnected):
                on_the_wire(server, silent, target)
        assert [entry.status for entry in server.log] == [0, 0]
        assert on_the_wire(server, busy, "/")[0].status == 200
        server.publish(webs[3])
        assert on_the_wire(server, silent, "/")[0].status == 200
        assert [on_the_wire(server, busy, target)[0].status for target in ("/", "/robots.txt")] == [503, 503]


def test_wall_is_a_challenge_and_robots_txt_stands_before_it(webs: list[Web]) -> None:
    site = site_with(webs, incident=Incident.WALL, bad_quarters=(1,))
    with KommunebyServer(webs[1]) as server:
        for target in ("/", "/sitemap.xml", "/intet"):
            response, body = on_the_wire(server, site, target)
            headers = {name.lower(): value for name, value in response.getheaders()}
            assert (response.status, wall_of(403, headers, body)) == (403, Wall.CHALLENGE)
        assert on_the_wire(server, site, "/robots.txt")[0].status == 200


def closed_by(web: Web, origin: str) -> re.Pattern[str]:
    rules = re.findall(r"^Disallow: (\S+)$", web.pages[f"{origin}/robots.txt"].body.decode(), re.M)
    return re.compile("|".join(re.escape(rule).replace(r"\$", "$") for rule in rules))


def links_on(page: TruePage) -> list[str]:
    if page.moved_to:
        return [page.moved_to]
    if page.status != 200 or not (page.header("Content-Type") or "").startswith("text/html"):
        return []
    hrefs = lxml.html.document_fromstring(page.body).xpath("//a/@href")
    return [urllib.parse.urldefrag(urllib.parse.urljoin(page.url, href)).url for href in hrefs]


@pytest.mark.parametrize("quarter", range(5))
def test_reachable_is_what_a_crawler_finds_from_front_pages_and_sitemaps(webs: list[Web], quarter: int) -> None:
    web = webs[quarter]
    closed = {site.origin: closed_by(web, site.origin) for site in web.sites}
    listed = {url for url, page in web.pages.items() if page.in_sitemap}
    found: set[str] = set()
    waiting = [*(site.root for site in web.sites), *listed]
    while waiting:
        page = web.locate(waiting.pop())
        if page is None or page.url in found:
            continue
        found.add(page.url)
        parts = urllib.parse.urlsplit(page.url)
        if parts.netloc.startswith("www.") and closed[f"{parts.scheme}://{parts.netloc}"].match(parts.path):
            assert page.kind is PageKind.ROBOTS_EXCLUDED
            continue
        waiting += [url for url in links_on(page) if url.startswith(("http://", "https://"))]
    assert {url for url, page in web.pages.items() if page.is_reachable} == found
