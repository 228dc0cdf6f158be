"""The report's page as text: one file, nothing in it can run, the most important there without JavaScript."""

import base64
import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from lxml.html import HtmlElement

from corpus.report.page import FIGURES, SECTIONS, render, status_of

MEGABYTE = 1_000_000
DRAWING = '<svg class="picture" viewBox="0 0 9 9"><text style="fill: var(--ink)">{text}</text></svg>'
PICTURES = {
    language: {name: DRAWING.format(text=f"{name} {language}") for name in ("lengths", "scores", "losses", "sites")}
    for language in ("da", "en")
}


@pytest.fixture(scope="module")
def hostile_page(make_report: Any) -> str:
    return render(make_report(is_hostile=True), PICTURES)


@pytest.fixture(scope="module")
def calm_report(make_report: Any) -> dict[str, Any]:
    return dict(make_report())


def _tree(page: str) -> HtmlElement:
    return lxml.html.document_fromstring(page)


def _text(tree: HtmlElement, selector: str) -> str:
    (element,) = tree.xpath(selector)
    return _text_of(element)


def _text_of(element: HtmlElement) -> str:
    """Blanks made even."""
    return " ".join(" ".join(element.itertext()).split())


def test_a_report_of_all_sites_with_examples_stays_under_three_megabytes(
    calm_report: dict[str, Any], hostile_page: str
) -> None:
    assert len(render(calm_report, PICTURES).encode()) < 3 * MEGABYTE
    assert len(hostile_page.encode()) < 3 * MEGABYTE


def test_the_same_report_gives_the_same_page(calm_report: dict[str, Any]) -> None:
    assert render(calm_report, PICTURES) == render(calm_report, PICTURES)


def test_page_takes_nothing_from_elsewhere(hostile_page: str) -> None:
    tree = _tree(hostile_page)
    assert tree.xpath("//@src | //img | //iframe | //object | //embed | //form | //base") == []
    assert tree.xpath("//link/@href") == ["data:,"]
    assert [link for link in tree.xpath("//a/@href") if not link.startswith("#")] == []
    assert re.findall(r"url\(|@import", files("corpus.report").joinpath("report.css").read_text()) == []


def test_only_our_own_script_and_style_may_run(hostile_page: str) -> None:
    tree = _tree(hostile_page)
    data, script = tree.xpath("//script")
    (style,) = tree.xpath("//style")
    (policy,) = tree.xpath('//meta[@http-equiv="Content-Security-Policy"]/@content')
    assert data.get("type") == "application/json"
    assert f"script-src '{_digest(script.text)}';" in policy
    assert f"style-src-elem '{_digest(style.text)}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe-eval" not in policy
    assert [name for element in tree.iter() for name in element.attrib if name.startswith("on")] == []


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_texts_of_pages_come_back_from_the_data_as_they_were(make_report: Any, hostile_page: str) -> None:
    (data,) = _tree(hostile_page).xpath('//script[@id="data"]')
    assert re.findall("[<>&\u2028\u2029]", data.text) == []
    sites = json.loads(data.text)["sites"]
    assert [dict(site) | {"status": status_of(site)} for site in make_report(is_hostile=True)["sites"]] == sites


def test_a_name_that_is_markup_stays_a_name(hostile_page: str) -> None:
    names = _tree(hostile_page).xpath('//tr[@data-kind="archive"]/th//bdi/text()')
    assert names == ["</script><script>window.harmed = 1</script>"]


def test_script_makes_no_html_of_texts() -> None:
    script = files("corpus.report").joinpath("report.js").read_text()
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|Function\(|fetch\(|XMLHttp"
    assert re.findall(forbidden, script) == []


def test_without_javascript_warnings_figures_and_all_sites_are_there_in_danish(calm_report: dict[str, Any]) -> None:
    tree = _tree(render(calm_report, PICTURES))
    assert tree.get("lang") == "da"
    assert _text(tree, '//*[@id="warnings"]//li[contains(@class, "warning")][1]//h3') == "1 websted mangler i korpusset"
    assert len(tree.xpath('//*[@id="figures"]//li')) == 1 + len(FIGURES)
    assert len(tree.xpath('//*[@id="site-table"]/tbody/tr')) == len(calm_report["sites"])
    assert tree.xpath("//section/@id") == list(SECTIONS)


def test_warnings_of_a_kind_stand_together_and_the_serious_first(calm_report: dict[str, Any]) -> None:
    report = calm_report | {
        "warnings": [
            {"kind": "thin", "site": "0773", "name": "Morsø", "numbers": {"pages": 1}, "text": None},
            {"kind": "dead", "site": "0101", "name": "København", "numbers": {}, "text": None},
            {"kind": "dead", "site": "0751", "name": "Aarhus", "numbers": {}, "text": None},
        ]
    }
    tree = _tree(render(report, PICTURES))
    headings = [heading.text_content() for heading in tree.xpath('//*[@id="warnings"]//h3')]
    assert headings == ["2 websteder svarede ikke", "1 websted har meget få sider"]
    names = [name.text_content() for name in tree.xpath('//*[@id="warnings"]//ul[contains(@class, "names")]/li')]
    assert names == ["København", "Aarhus", "Morsø: 1 side"]


def test_a_report_without_warnings_says_that_all_is_well(calm_report: dict[str, Any]) -> None:
    tree = _tree(render(calm_report | {"warnings": []}, PICTURES))
    assert "Alt er som ventet." in _text(tree, '//*[@id="warnings"]')


def test_a_first_corpus_has_nothing_to_compare_with(calm_report: dict[str, Any]) -> None:
    sites = [
        dict(site) | {"before": None, "verdict": None, "verdict_reasons": [], "pages": None, "sentences": None}
        for site in calm_report["sites"]
    ]
    words = calm_report["words"] | {"num_new": None, "new": [], "num_vanished": None, "vanished": []}
    parts = {name: [part | {"before": None} for part in calm_report[name]] for name in ("regions", "areas")}
    first = calm_report | parts | {
        "before": None, "totals_before": None, "comparison": None, "words": words, "sites": sites, "warnings": [],
    }  # fmt: skip
    tree = _tree(render(first | {"follows": None}, PICTURES))
    assert "Dette er det første korpus" in _text(tree, '//*[@id="changes"]')
    assert tree.xpath('//*[@id="figures"]//*[contains(@class, "change")]') == []
    assert _text(tree, '//*[@id="warnings"]/p') == (
        "✓ Ingen websteder mangler. Der er intet kvartal at sammenligne med."
    )
    assert {_text_of(row[2]) for row in tree.xpath('//*[@id="site-table"]/tbody/tr')} == {"– Ikke vurderet"}
    assert "Dette er det første korpus" in render({key: first[key] for key in first if key != "follows"}, PICTURES)

    counted = words | {"num_new": 2_345, "new": calm_report["words"]["new"]}
    changes = _text(_tree(render(first | {"words": counted}, PICTURES)), '//*[@id="changes"]')
    assert "Korpusset følger 2026Q3, som ikke længere ligger her; derfor er intet sammenlignet." in changes
    assert "Dette er det første korpus" not in changes
    assert "Nye ord" in changes
    assert "Ord, der er forsvundet" not in changes


def test_pages_counted_as_unmoved_are_shown_where_the_comparison_has_them(calm_report: dict[str, Any]) -> None:
    comparison = calm_report["comparison"]
    with_more = calm_report | {"comparison": comparison | {"pages": comparison["pages"] | {"elsewhere": 77}}}
    assert "Teksten står nu på en anden side 77" in _text(_tree(render(with_more, PICTURES)), '//*[@id="changes"]')


def test_pages_of_sites_that_could_not_be_fetched_are_neither_new_nor_gone(calm_report: dict[str, Any]) -> None:
    comparison = calm_report["comparison"]
    pages = {key: number for key, number in comparison["pages"].items() if key != "absent"}
    row = "Webstedet kunne ikke hentes ( nu eller sidst, så siden er hverken ny eller forsvundet )"
    for counted, number in ((pages, "0"), (pages | {"absent": 640}, "640")):
        changed = calm_report | {"comparison": comparison | {"pages": counted}}
        assert f"{row} {number}" in _text(_tree(render(changed, PICTURES)), '//*[@id="changes"]')


def test_a_comparison_without_the_archives_says_what_it_cannot_tell(calm_report: dict[str, Any]) -> None:
    note = "så hver side med ny tekst tæller som ændret af webstedet"
    comparison = calm_report["comparison"]
    assert note not in _text(_tree(render(calm_report, PICTURES)), '//*[@id="changes"]')
    unknowing = calm_report | {"comparison": comparison | {"knows_bytes": False}}
    assert note in _text(_tree(render(unknowing, PICTURES)), '//*[@id="changes"]')


def test_tokens_are_a_figure_only_where_they_were_counted(calm_report: dict[str, Any]) -> None:
    totals = calm_report["totals"] | {"tokens": 4_400}
    for before, card in ((None, "Tokens 4.400"), (4_000, "Tokens 4.400 ▲ +400 ( +10,0 % ) siden 2026Q3")):
        totals_before = calm_report["totals_before"] | {"tokens": before}
        tree = _tree(render(calm_report | {"totals": totals, "totals_before": totals_before}, PICTURES))
        assert _text(tree, '//*[@id="figures"]//li[last()]') == card
    without = _tree(render(calm_report, PICTURES))
    assert _text(without, '//*[@id="figures"]//li[last()]').startswith("Ord ")


def test_blocks_are_told_beside_the_pages_and_not_among_them(calm_report: dict[str, Any]) -> None:
    lost = [{"level": "block", "reason": "bare_cpr_in_block", "number": 1_200}]
    report = calm_report | {"funnel": [{"key": "documents", "number": 400, "lost": lost}]}
    tree = _tree(render(report, PICTURES))
    step = _text(tree, '//*[@id="funnel"]//ol/li')
    assert step.endswith(" 400 Desuden 1.200 afsnit: tekststykke med ti cifre, der ligner et CPR-nummer")
    assert tree.xpath('//*[@id="funnel"]//details') == []
    assert "ti cifre" not in _text(tree, '//figure[.//*[@data-picture="losses"]]')


def test_what_the_crawler_says_is_marked_as_english(calm_report: dict[str, Any]) -> None:
    text = "robots.txt reserves all pages"
    warning = {"kind": "reserved", "site": "0773", "name": "Morsø", "numbers": {"pages": 9}, "text": text}
    tree = _tree(render(calm_report | {"warnings": [warning]}, PICTURES))
    assert _text(tree, '//*[@id="warnings"]//h3') == "1 websted forbeholder sig sine tekster"
    assert tree.xpath('//*[@id="warnings"]//li[contains(@class, "watch")]//bdi[@lang="en"]/text()') == [text]
    reasons = tree.xpath('//*[@id="coverage"]//bdi[@lang="en"]/text()')
    assert reasons == ["one of the four smallest, left out on purpose"] * 3


def test_a_corpus_of_another_register_says_only_how_many_sites_have_text(calm_report: dict[str, Any]) -> None:
    coverage = calm_report["coverage"] | {"num_registered": None, "num_with_text": 7}
    tree = _tree(render(calm_report | {"coverage": coverage}, PICTURES))
    assert " sætninger fra 7 websteder." in _text(tree, '//p[@class="summary"]')
    assert _text(tree, '//*[@id="figures"]//li[1]') == "Websteder med tekst 7"
    assert _text(tree, '//*[@id="coverage"]/p') == "7 websteder har tekst i korpusset."


def test_changes_of_figures_are_told_with_sign_and_arrow(calm_report: dict[str, Any]) -> None:
    totals = calm_report["totals"] | {"pages": 1100, "words": 900}
    before = calm_report["totals_before"] | {"pages": 1000, "words": 1000}
    tree = _tree(render(calm_report | {"totals": totals, "totals_before": before}, PICTURES))
    cards = [" ".join(" ".join(card.itertext()).split()) for card in tree.xpath('//*[@id="figures"]//li')]
    assert cards[1] == "Sider 1.100 ▲ +100 ( +10,0 % ) siden 2026Q3"
    assert cards[4] == "Ord 900 ▼ −100 ( −10,0 % ) siden 2026Q3"


def test_pictures_of_both_languages_are_there_and_their_numbers_in_a_table(hostile_page: str) -> None:
    tree = _tree(hostile_page)
    assert _text(tree, '//*[@data-picture="lengths"]') == "lengths da"
    assert "lengths en" in hostile_page
    assert len(tree.xpath('//figure[.//*[@data-picture="lengths"]]//tbody/tr')) == 10


def test_a_page_can_be_made_without_pictures(calm_report: dict[str, Any]) -> None:
    tree = _tree(render(calm_report, {"da": {}, "en": {}}))
    assert tree.xpath("//svg") == []
    assert tree.xpath("//*[@data-picture]") == []


def test_a_municipality_without_a_tile_stands_below_the_map(calm_report: dict[str, Any]) -> None:
    tiles = [tile for tile in calm_report["tiles"] if tile["site"] != "0400"]
    tree = _tree(render(calm_report | {"tiles": tiles}, PICTURES))
    others = tree.xpath('//ul[@class="other-tiles"]//*[@class="visually-hidden"]/text()')
    assert others[0] == "Bornholm"
    assert len(others) == 9


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, "complete"),
        ({"state": "missing", "freshness": None}, "missing"),
        ({"state": "not-crawled", "freshness": None}, "not-crawled"),
        ({"state": "complete", "freshness": "absent"}, "absent"),
        ({"state": "dead", "freshness": "absent"}, "dead"),
        ({"state": "blocked", "freshness": "carried"}, "blocked"),
        ({"state": "partial"}, "partial"),
        ({"freshness": "carried"}, "carried"),
        ({"is_thin": True}, "thin"),
        ({"is_thin": True, "reservation": "tdm-reservation: 1"}, "reserved"),
        ({"freshness": None}, "complete"),
    ],
)
def test_a_site_is_known_by_the_worst_that_is_true_of_it(changed: dict[str, Any], status: str) -> None:
    site = {"state": "complete", "freshness": "fresh", "is_thin": False, "reservation": None}
    assert status_of(site | changed) == status


def test_page_is_shipped_with_all_its_parts() -> None:
    pyproject = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    for ending in ("j2", "css", "js", "yaml"):
        assert f'"report/*.{ending}"' in pyproject
