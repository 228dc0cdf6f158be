"""The pretend web is deterministic, and what its truth says is what its pages say."""

import collections
import hashlib
import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from stdnum.dk import cpr

from demo.chance import chance
from demo.grammar import expand
from demo.kommuneby import PageKind, TruePage, Web, make_web
from demo.places import NAMES, kl_areas, municipalities, slug
from demo.topic_list import MUNICIPAL_TOPICS, TOPICS
from demo.views import CPR_NUMBER

ROOT = Path(__file__).parents[2]
DIGEST = (
    "import dataclasses, hashlib; from demo.kommuneby import make_web; "
    "web = make_web(num_municipalities=4, quarter_index=1); "
    "print(hashlib.sha256(repr([dataclasses.astuple(page) for page in web.pages.values()]).encode()).hexdigest())"
)
DEFAULT_DIGEST = "8b7624a5e450d68dc445aa46c16023fb7f202c696aaa88f1c2241ff3be9cd456"
SHARED_FACTS = (PageKind.DUPLICATE, PageKind.NEAR_DUPLICATE, PageKind.BORGER_DK)


@pytest.fixture(scope="module")
def web() -> Web:
    return make_web()


def of_kind(web: Web, kind: PageKind) -> list[TruePage]:
    return [page for page in web.pages.values() if page.kind is kind]


def decoded(page: TruePage) -> str:
    declared = (page.header("Content-Type") or "") + page.body[:400].decode("ascii", "replace")
    return page.body.decode("iso-8859-1" if "iso-8859-1" in declared.lower() else "utf-8")


def test_same_seed_gives_same_bytes_whatever_the_hash_seed() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(digests) == 1


def test_other_seed_gives_other_text(web: Web) -> None:
    other = make_web(seed=2)
    assert not set(web.danish_facts()) & {fact for fact in other.danish_facts() if "kommuneby" in fact}
    assert set(web.pages) != set(other.pages)


def test_site_does_not_depend_on_how_many_others_there_are(web: Web) -> None:
    host = f"http://{web.sites[9].host}/"
    larger = make_web(num_municipalities=20)
    mine = {url: page.body for url, page in web.pages.items() if url.startswith(host)}
    assert mine == {url: page.body for url, page in larger.pages.items() if url.startswith(host)}


def test_names_are_enough_and_hosts_differ() -> None:
    assert 94 == len(NAMES) == len({slug(name) for name in NAMES})
    assert all(re.fullmatch(r"[a-z0-9-]+", slug(name)) for name in NAMES)
    assert len(kl_areas()) == 8
    with pytest.raises(ValueError, match="94"):
        municipalities(95)


@pytest.mark.parametrize("pages_per_site", [1, 30, 120])
def test_sizes_are_arguments(pages_per_site: int) -> None:
    small = make_web(num_municipalities=1, pages_per_site=pages_per_site, trap_months=3)
    num_html = sum(
        page.site == "9001" and page.status == 200 and b"<html" in page.body and page.kind is not PageKind.TRAP
        for page in small.pages.values()
    )
    assert max(pages_per_site, 22) <= num_html <= max(pages_per_site, 24) + 4
    assert len(of_kind(small, PageKind.TRAP)) == 3


def test_web_holds_every_kind_but_gone_and_those_that_are_asked_for(web: Web) -> None:
    asked_for = {PageKind.GONE, PageKind.RESERVED, PageKind.HOSTILE}
    assert set(PageKind) - asked_for == {page.kind for page in web.pages.values()}


def test_default_web_never_changes(web: Web) -> None:
    """Pinned, because recorded results refer to these bytes; a change of them is a change of all those results."""
    digest = hashlib.sha256()
    for page in web.pages.values():
        digest.update(page.url.encode() + b"\n" + repr(page.headers).encode() + page.body)
    assert digest.hexdigest() == DEFAULT_DIGEST


def test_facts_are_unique_in_the_web() -> None:
    for web in (make_web(), make_web(num_municipalities=1, pages_per_site=400)):
        facts = [fact for page in web.pages.values() if page.kind not in SHARED_FACTS for fact in page.facts]
        assert [fact for fact, count in collections.Counter(facts).items() if count > 1] == []


def test_facts_are_plain_sentences(web: Web) -> None:
    facts = [fact for page in web.pages.values() for fact in page.facts]
    assert [fact for fact in facts if len(fact.split()) < 9] == []
    assert [fact for fact in facts if not re.fullmatch(r"[A-ZÆØÅÜ].*[a-zæøå0-9]\.", fact)] == []
    assert [fact for fact in facts if re.search(r"\b(kr|kl|ca|nr|stk|pr|jf)\.(?!,| [0-9a-zæøå])", fact)] == []
    assert all(3 <= len(page.facts) <= 6 for page in of_kind(web, PageKind.CONTENT))


def test_facts_and_text_stand_in_the_page(web: Web) -> None:
    for page in web.pages.values():
        source = html.unescape(decoded(page)) if page.text else ""
        assert [fact for fact in page.facts if fact not in source] == []
        assert all(any(fact in text for text in page.text) for fact in page.facts)


def test_every_topic_can_say_all_it_knows() -> None:
    bindings = {"inst": "X", "place": "Y", "street": "Z", "address": "Z 1", "project": "P", "area": "A"}
    bindings |= {"staff": "S", "target": "T", "issue": "I"}
    for topic in TOPICS.values():
        for template in (*topic.facts, *topic.prose):
            for attempt in range(10):
                sentence = expand(template, bindings, chance("test", template, attempt))
                assert not re.search(r"[\[\]{}|]|  ", sentence), template
        assert all("{inst}" in fact and ("{place}" in fact or "{area}" in fact) for fact in topic.facts)
    assert len(MUNICIPAL_TOPICS) == 13


def test_pages_have_the_length_of_real_ones(web: Web) -> None:
    lengths = sorted(len(" ".join(page.text).split()) for page in of_kind(web, PageKind.CONTENT))
    assert lengths[len(lengths) // 20] >= 150 and lengths[-len(lengths) // 20] <= 360


def test_sentences_of_the_prose_seldom_repeat(web: Web) -> None:
    texts = [text for page in of_kind(web, PageKind.CONTENT) for text in page.text if len(text.split()) > 8]
    assert len(set(texts)) > 0.98 * len(texts)


def test_duplicate_has_the_bytes_of_its_source_and_near_duplicate_another_date(web: Web) -> None:
    for page in of_kind(web, PageKind.DUPLICATE):
        assert web.pages[page.duplicate_of or ""].body == page.body
    for page in of_kind(web, PageKind.NEAR_DUPLICATE):
        source = web.pages[page.duplicate_of or ""]
        assert source.facts == page.facts
        assert source.text[:-1] == page.text[:-1] and source.text[-1] != page.text[-1]


def test_borger_dk_texts_are_the_same_word_for_word_on_several_sites(web: Web) -> None:
    places = collections.Counter(page.text for page in of_kind(web, PageKind.BORGER_DK))
    assert max(places.values()) > 1
    assert sum(places.values()) == 24


def test_one_site_is_latin1_and_says_so_in_one_place_only(web: Web) -> None:
    pages = [page for page in web.pages.values() if page.site == "9004" and page.facts]
    in_header = {page.url for page in pages if "charset" in (page.header("Content-Type") or "")}
    in_meta = {page.url for page in pages if b"<meta charset" in page.body}
    assert in_header and in_meta and not in_header & in_meta
    assert {page.url for page in pages} == in_header | in_meta
    assert any(b"\xf8" in page.body for page in pages)


def test_one_page_has_a_date_valid_number_and_its_facts_are_not_asked_for(web: Web) -> None:
    (page,) = of_kind(web, PageKind.CPR)
    assert cpr.is_valid(CPR_NUMBER) and CPR_NUMBER in decoded(page)
    assert page.url in web.content_urls()
    assert not set(page.facts) & set(web.danish_facts())
    assert [page.url] == [url for url, other in web.pages.items() if CPR_NUMBER.encode() in other.body]


def test_sums_leave_out_what_no_crawler_may_have(web: Web) -> None:
    wanted = set(web.content_urls())
    for kind in (PageKind.ORPHAN, PageKind.ROBOTS_EXCLUDED, PageKind.TRAP, PageKind.HOME, PageKind.FILE):
        assert not wanted & {page.url for page in of_kind(web, kind)}
    hidden = {fact for page in of_kind(web, PageKind.ORPHAN) for fact in page.facts}
    assert not hidden & set(web.danish_facts())
    assert not set(web.danish_facts()) & set(web.foreign_facts())
    assert {"en", "de"} == {page.language for page in web.pages.values() if page.language not in ("", "da")}


def test_locate_forgives_tracking_and_fragments_only(web: Web) -> None:
    page = of_kind(web, PageKind.CONTENT)[0]
    assert page is web.locate(page.url + "?utm_source=a&utm_medium=b#top")
    assert web.locate(page.url + "?id=1") is None
    assert web.answer("nordby.kommuneby.test", "/a?b=1").moved_to == "http://www.nordby.kommuneby.test/a?b=1"


def test_etags_are_of_the_body(web: Web) -> None:
    for page in of_kind(web, PageKind.CONTENT):
        assert f'"{hashlib.sha256(page.body).hexdigest()[:16]}"' == page.header("ETag")
