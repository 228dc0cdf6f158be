"""Realistic pages have the size and the links of real ones, and say what the small ones say."""

import statistics

import lxml.html
import pytest

from demo.kommuneby import PageKind, TruePage, Web, make_web

SIZES = {"num_municipalities": 4, "pages_per_site": 160, "trap_months": 0}


@pytest.fixture(scope="module")
def web() -> Web:
    return make_web(**SIZES, is_realistic=True)


def some_content(web: Web) -> list[TruePage]:
    return [page for page in web.pages.values() if page.kind is PageKind.CONTENT and page.site in ("9001", "9002")][::9]


def hrefs(page: TruePage) -> list[str]:
    return [str(href) for href in lxml.html.document_fromstring(page.body).xpath("//a/@href")]


def test_size_and_number_of_links(web: Web) -> None:
    pages = some_content(web)
    assert 33_000 <= statistics.median(len(page.body) for page in pages) <= 39_000
    assert 110 <= statistics.median(len(hrefs(page)) for page in pages) <= 130


def test_about_ninety_links_are_the_same_on_all_pages_of_a_site(web: Web) -> None:
    for site in ("9001", "9002"):
        shared = set.intersection(*(set(hrefs(page)) for page in some_content(web) if page.site == site))
        assert 80 <= len(shared) <= 100


def test_main_text_does_not_change(web: Web) -> None:
    plain = make_web(**SIZES)
    assert plain.danish_facts() == web.danish_facts()
    assert set(plain.pages) == set(web.pages)
    for page in some_content(web):
        assert plain.pages[page.url].text == page.text
        assert all(fact in lxml.html.document_fromstring(page.body).text_content() for fact in page.facts)


def test_page_whose_text_did_not_change_keeps_its_bytes(web: Web) -> None:
    after = make_web(**SIZES, is_realistic=True, quarter_index=1)
    kept = [
        page
        for page in some_content(web)
        if after.pages[page.url].header("Last-Modified") == page.header("Last-Modified")
    ]
    assert kept
    assert all(after.pages[page.url].body == page.body for page in kept)


@pytest.mark.slow
def test_whole_country_has_twenty_thousand_pages() -> None:
    web = make_web(
        num_municipalities=94, pages_per_site=205, is_realistic=True, with_traps=True, with_reservations=True,
        with_tls=True, with_hostile=True,
    )  # fmt: skip
    kommuneby = [page for page in web.pages.values() if not page.site.startswith("95")]
    assert 20_000 <= len(kommuneby) <= 22_000
    assert len({site.host for site in web.sites if not site.id.startswith("95")}) == 95
    facts = [fact for page in web.pages.values() if page.kind is PageKind.CONTENT for fact in page.facts]
    assert len(facts) == len(set(facts))
