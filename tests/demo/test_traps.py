"""Each trap is endless, is recognised for any of its URLs, and hides no text; what only looks like one is all text."""

import re
import urllib.parse
from collections import Counter, deque

import pytest

from demo.kommuneby import WASTE_KINDS, PageKind, TruePage, Web, make_web
from demo.traps import IN_TURN, traps_of

# The front door of each trap, and how many of its URLs are met before the test stops: none of them is near its end.
DOORS = (
    "/kalender", "/kalender/", "/find", "/e-sager/", "/blanketter/", "/kort/", "/omraade/", "/tags/",
    "/pressemeddelelser/", "/gamle-nyheder/", "/labyrint/", "/tavle/", "/soeg",
)  # fmt: skip
ENOUGH = 120


@pytest.fixture(scope="module")
def web() -> Web:
    return make_web(num_municipalities=3, pages_per_site=22, with_traps=True)


def answer(web: Web, url: str) -> TruePage:
    parts = urllib.parse.urlsplit(url)
    target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    return web.answer(parts.netloc, target, scheme=parts.scheme)


def links(web: Web, url: str) -> list[str]:
    body = answer(web, url).body.decode("iso-8859-1").replace("&amp;", "&")
    hrefs = re.findall(r'<a [^>]*?href="?([^">\s]+)', body)
    joined = (urllib.parse.urldefrag(urllib.parse.urljoin(url, href)).url for href in hrefs)
    return [link for link in joined if ".kommuneby.test" in urllib.parse.urlsplit(link).netloc]


def walk(web: Web, door: str, *, below: str, enough: int = ENOUGH) -> Counter[PageKind]:
    """Breadth first from a door, within the URLs that begin with `below`."""
    seen, waiting = {door}, deque([door])
    kinds: Counter[PageKind] = Counter()
    while waiting and sum(kinds.values()) < enough:
        url = waiting.popleft()
        kinds[web.classify(url)] += 1
        for link in links(web, url):
            if link.startswith(below) and link not in seen:
                seen.add(link)
                waiting.append(link)
    return kinds


def host_with(web: Web, door: str) -> str:
    return next(
        site.origin
        for site in web.sites
        if site.kind == "municipality" and f"{site.origin}{door}" in links(web, f"{site.origin}/")
    )


@pytest.mark.parametrize("door", DOORS)
def test_trap_is_endless_and_its_door_is_an_ordinary_page(web: Web, door: str) -> None:
    origin = host_with(web, door)
    below = origin + "/" if door == "/gamle-nyheder/" else origin + door.rstrip("/")
    kinds = walk(web, origin + door, below=below)
    assert kinds[PageKind.TRAP] >= ENOUGH // 2, "the rest are pages of the menu"
    assert web.classify(origin + door) is PageKind.SECTION


def test_traps_hold_no_fact_of_their_own(web: Web) -> None:
    known = {fact for page in web.pages.values() for fact in page.facts}
    for door in DOORS:
        url = host_with(web, door) + door
        pages = [answer(web, link) for link in links(web, url)]
        assert {fact for page in pages for fact in page.facts} <= known


def test_far_ends_are_answered_without_being_listed(web: Web) -> None:
    calendar, paging, board = (host_with(web, door) for door in ("/kalender", "/pressemeddelelser/", "/tavle/"))
    assert answer(web, f"{calendar}/kalender?maaned=0007-01").status == 200
    assert answer(web, f"{calendar}/kalender?maaned=99999-12").status == 200
    assert answer(web, f"{calendar}/kalender?maaned=2026-13").status in (200, 404)
    assert answer(web, f"{paging}/pressemeddelelser/?side=123456789").status == 200
    assert answer(web, f"{board}/tavle/?t=99991231235959").status in (200, 404)
    assert len(web.pages) < 900


def test_facets_echo_what_was_chosen_and_switch_off_again(web: Web) -> None:
    origin = host_with(web, "/find")
    page = answer(web, f"{origin}/find?f0=1&f19=1")
    assert page.text == ("Du har valgt: emne 1, emne 20.",)
    assert f"{origin}/find?f19=1" in links(web, f"{origin}/find?f0=1&f19=1")


def test_sessions_are_new_on_each_answer_without_one_and_kept_where_there_is_one(web: Web) -> None:
    for door, pattern in (("/e-sager/", r"sid=(\w+)"), ("/blanketter/", r"jsessionid=(\w+)")):
        url = host_with(web, door) + door
        first, second = (re.findall(pattern, " ".join(links(web, url))) for _ in range(2))
        assert len(set(first)) == 1 and set(first) != set(second)
        inner = next(link for link in links(web, url) if re.search(pattern, link))
        again = re.findall(pattern, " ".join(links(web, inner)))
        assert Counter(again)[re.findall(pattern, inner)[0]] >= 5
        assert len(set(again)) == 2, "the one that was asked with, and a fresh one to begin again with"


def test_sorted_and_printed_pages_say_what_their_source_says(web: Web) -> None:
    source = host_with(web, "/opslag/") + "/opslag/3/"
    twins = [link for link in links(web, source) if "?" in link and link.startswith(source)]
    assert len(twins) == 6
    for twin in twins:
        assert web.classify(twin) is PageKind.DUPLICATE
        assert answer(web, twin).text == web.pages[source].text
    assert web.pages[source].kind is PageKind.CONTENT and web.pages[source].linked
    assert len(set(links(web, twins[0])) & set(twins)) < 6, "the twins multiply: each keeps what was chosen before"


def test_guid_is_a_page_in_any_letter_case(web: Web) -> None:
    entry = host_with(web, "/sager/") + "/sager/"
    guids = [link for link in links(web, entry) if "?id=" in link]
    kinds = Counter(web.classify(guid) for guid in guids)
    assert kinds == {PageKind.CONTENT: 12, PageKind.DUPLICATE: 12}
    upper = next(guid for guid in guids if web.classify(guid) is PageKind.DUPLICATE)
    assert answer(web, upper).facts == web.pages[answer(web, upper).duplicate_of or ""].facts


def test_mirror_shows_the_pages_and_only_its_front_page_is_no_duplicate(web: Web) -> None:
    (site,) = [site for site in web.sites if f"http://{site.apex_host}" in web.mirrors]
    page = next(page for page in web.pages.values() if page.site == site.id and page.kind is PageKind.CONTENT)
    for origin in (f"http://{site.apex_host}", f"https://{site.apex_host}", f"https://{site.host}"):
        url = page.url.replace(site.origin, origin)
        assert answer(web, url).body == page.body
        assert web.classify(url) is PageKind.DUPLICATE
        assert web.classify(f"{origin}/") is PageKind.HOME


def test_tracked_links_lead_to_pages_that_are_known(web: Web) -> None:
    url = host_with(web, "/nyhedsbrev/") + "/nyhedsbrev/"
    tracked = [link for link in links(web, url) if "utm_campaign" in link]
    assert len(tracked) >= 25
    assert {web.classify(link) for link in tracked} == {PageKind.DUPLICATE}
    assert all(web.locate(link) for link in tracked)


def test_one_page_has_400_000_links(web: Web) -> None:
    origin = host_with(web, "/register/")
    body = answer(web, f"{origin}/register/").body
    assert body.count(b"<a ") == 400_000
    assert 5_000_000 < len(body) < 10_000_000
    assert web.classify(f"{origin}/register/p399999") is PageKind.TRAP
    assert web.classify(f"{origin}/register/p400000") is PageKind.MISSING


def test_agenda_archive_is_text_behind_query_strings(web: Web) -> None:
    origin = host_with(web, "/dagsordener")
    items = [page for page in web.pages.values() if "agendaid=" in page.url]
    assert len(items) >= 150
    assert all(page.is_content and page.linked and not page.in_sitemap and page.facts for page in items)
    facts = [fact for page in items for fact in page.facts]
    assert len(facts) == len(set(facts))
    kinds = walk(web, f"{origin}/dagsordener", below=f"{origin}/dagsordener", enough=1000)
    assert kinds == {PageKind.SECTION: 36, PageKind.CONTENT: 180}


def test_every_trap_stands_once_and_in_the_whole_country_twice() -> None:
    for num_municipalities, times in ((1, 1), (7, 1), (59, 1), (60, 2), (94, 2)):
        made = Counter(
            make for index in range(num_municipalities) for make in traps_of(index, num_municipalities)
        )  # fmt: skip
        assert made == dict.fromkeys(IN_TURN, times)


def test_waste_is_what_brings_nothing_new() -> None:
    assert {PageKind.TRAP, PageKind.DUPLICATE} == WASTE_KINDS
