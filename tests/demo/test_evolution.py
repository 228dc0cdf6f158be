"""A later quarter differs from the one before by its operators and by nothing else."""

import pytest

from demo.kommuneby import PageKind, TruePage, Web, make_web


@pytest.fixture(scope="module")
def quarters() -> tuple[Web, Web]:
    return make_web(), make_web(quarter_index=1)


def content(web: Web) -> dict[str, TruePage]:
    return {url: page for url, page in web.pages.items() if page.kind is PageKind.CONTENT}


def new_redirects(before: Web, after: Web) -> dict[str, TruePage]:
    return {
        url: page
        for url, page in after.pages.items()
        if page.kind is PageKind.REDIRECT and before.pages.get(url, page).kind is not PageKind.REDIRECT
    }


def test_each_change_happens_on_each_municipality(quarters: tuple[Web, Web]) -> None:
    before, after = quarters
    redirects = new_redirects(before, after)
    targets = {page.moved_to for page in redirects.values()}
    for site in before.sites:
        if site.kind != "municipality":
            continue
        old = {url: page for url, page in content(before).items() if page.site == site.id}
        new = {url: page for url, page in content(after).items() if page.site == site.id}
        assert set(new) - set(old) - targets, "new"
        assert any(old[url].body != new[url].body for url in set(old) & set(new)), "changed"
        assert any(after.pages[url].kind is PageKind.GONE for url in old), "gone"
        assert any(page.site == site.id for page in redirects.values()), "moved"


def test_edited_page_has_one_other_fact_and_new_validators(quarters: tuple[Web, Web]) -> None:
    old, new = content(quarters[0]), content(quarters[1])
    edited = [url for url in set(old) & set(new) if old[url].body != new[url].body]
    for url in edited:
        differing = [pair for pair in zip(old[url].facts, new[url].facts, strict=True) if pair[0] != pair[1]]
        assert len(differing) == 1
        assert old[url].header("ETag") != new[url].header("ETag")
        assert old[url].header("Last-Modified") != new[url].header("Last-Modified")


def test_same_last_modified_means_same_bytes(quarters: tuple[Web, Web]) -> None:
    before, after = quarters
    kept = [url for url, page in before.pages.items() if page.header("Last-Modified")]
    for url in kept:
        if before.pages[url].header("Last-Modified") == after.pages[url].header("Last-Modified"):
            assert before.pages[url].body == after.pages[url].body


def test_moved_page_keeps_its_text_and_leaves_a_redirect(quarters: tuple[Web, Web]) -> None:
    before, after = quarters
    for url, redirect in new_redirects(before, after).items():
        assert redirect.status == 301
        assert before.pages[url].facts == after.pages[redirect.moved_to or ""].facts


def test_gone_pages_answer_404_or_410_and_leave_the_sitemap(quarters: tuple[Web, Web]) -> None:
    gone = [page for page in quarters[1].pages.values() if page.kind is PageKind.GONE]
    assert {404, 410} == {page.status for page in gone}
    assert not any(page.in_sitemap or page.facts for page in gone)


def test_no_url_disappears_without_an_answer(quarters: tuple[Web, Web]) -> None:
    assert set(quarters[0].pages) <= set(quarters[1].pages)


def test_pages_that_have_doubles_stay_as_they_are() -> None:
    web = make_web(quarter_index=5)
    for page in web.pages.values():
        if page.duplicate_of:
            assert web.pages[page.duplicate_of].status == 200


def test_later_quarters_keep_their_facts_unique_and_leave_chains_of_redirects() -> None:
    web = make_web(num_municipalities=3, quarter_index=8)
    facts = [fact for page in web.pages.values() if page.kind is PageKind.CONTENT for fact in page.facts]
    assert len(set(facts)) == len(facts)
    redirects = [page for page in web.pages.values() if page.kind is PageKind.REDIRECT]
    assert any(web.pages[page.moved_to or ""].kind is PageKind.REDIRECT for page in redirects)
