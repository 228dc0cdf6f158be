"""Reserved pages say so in their own way; what only looks reserved, or stands behind a reserved page, is content."""

import pytest

from demo.kommuneby import PageKind, Web, make_web
from demo.reservations import AI_AGENTS


@pytest.fixture(scope="module")
def web() -> Web:
    return make_web(num_municipalities=8, with_reservations=True)


def page_at(web: Web, end: str) -> tuple[PageKind, bool, str]:
    page = next(page for url, page in web.pages.items() if url.endswith(end))
    signals = [f"{name}: {value}" for name, value in page.headers] + [page.body.decode("utf-8", "replace")]
    return page.kind, page.linked, "\n".join(signals)


@pytest.mark.parametrize(
    ("end", "signal"),
    [
        ("/bemaerk/noindex-meta/", '<meta name="robots" content="noindex">'),
        ("/bemaerk/noindex-header/", "X-Robots-Tag: noindex"),
        ("/bemaerk/noai-header/", "X-Robots-Tag: noai, noimageai"),
        ("/bemaerk/none-meta/", '<meta name="ROBOTS" content="NONE">'),
        ("/bemaerk/noindex-follow/", 'content="noindex, follow"'),
        ("/forbehold/header/", "tdm-reservation: 1"),
        ("/forbehold/meta/", '<meta name="tdm-reservation" content="1">'),
        ("/forbehold/tdm/regel/", "<main"),
        ("/forbehold/usage/", "Content-Usage: train-ai=n"),
    ],
)
def test_reserved_page_is_linked_says_so_and_is_not_asked_for(web: Web, end: str, signal: str) -> None:
    kind, linked, signals = page_at(web, end)
    assert (kind, linked) == (PageKind.RESERVED, True)
    assert signal in signals or end == "/forbehold/tdm/regel/"
    assert not [url for url in web.content_urls() if url.endswith(end)]


@pytest.mark.parametrize(
    "end",
    ["/bemaerk/bag-noindex/", "/bemaerk/nofollow-meta/", "/bemaerk/til-andre/", "/bemaerk/til-en-anden/",
     "/forbehold/uden-header/", "/forbehold/uden-usage/"],
)  # fmt: skip
def test_what_is_not_reserved_is_content(web: Web, end: str) -> None:
    assert [url for url in web.content_urls() if url.endswith(end)]


def test_what_only_unfollowed_links_lead_to_is_not_reachable(web: Web) -> None:
    for end in ("/bemaerk/bag-nofollow/", "/bemaerk/bag-et-link/"):
        assert page_at(web, end)[:2] == (PageKind.ORPHAN, False)


def test_rules_for_paths_stand_in_a_file(web: Web) -> None:
    site = web.sites[5]
    rules = web.answer(site.host, "/.well-known/tdmrep.json")
    assert rules.header("Content-Type") == "application/json"
    assert b'"/forbehold/tdm/"' in rules.body
    assert web.answer(web.sites[0].host, "/.well-known/tdmrep.json").status == 404


def test_one_municipality_shuts_out_named_crawlers_and_keeps_its_rules_for_all(web: Web) -> None:
    robots = {site.id: web.pages[f"{site.origin}/robots.txt"].body.decode() for site in web.sites[:8]}
    (text,) = [text for text in robots.values() if "GPTBot" in text]
    named, everybody = text.split("\n\n")[:2]
    assert named.splitlines() == [*(f"User-agent: {agent}" for agent in AI_AGENTS), "Disallow: /"]
    assert everybody.splitlines() == ["User-agent: *", "Disallow: /intern/"]
