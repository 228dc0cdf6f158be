"""Pictures of a report: what they say, in which colours, and that they are the same each time."""

import copy
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from corpus.report.picture_words import (
    WORDS,
    describe,
    largest_losses,
    name_reason,
    write_bin,
    write_edge,
    write_number,
    write_share,
    write_short,
)
from corpus.report.pictures import pictures, write_figures

ROOT = Path(__file__).parents[3]
NAMES = ["lengths", "document_lengths", "scores", "funnel", "freshness", "losses", "sites"]
VARIABLES = {"var(--ink)", "var(--ink-soft)", "var(--grid)", "var(--surface)", "var(--series-1)", "var(--series-2)"}


def _step(key: str, number: int, level: str = "page", **lost: int) -> dict[str, Any]:
    return {
        "key": key,
        "number": number,
        "lost": [{"level": level, "reason": name, "number": n} for name, n in lost.items()],
    }


def _site(index: int, number: int) -> dict[str, Any]:
    is_area = index > 94
    return {
        "site": f"kl-{index}" if is_area else f"{index:04}",
        "name": f"Sted {index}",
        "kind": "area" if is_area else "municipality",
        "region": None if is_area else f"Region {index % 5}",
        "totals": {"sentences": number},
    }


def _report() -> dict[str, Any]:
    """102 sites of every size, and one quarter before."""
    return {
        "corpus": {"name": "2026Q4", "quarter": "2026Q4"},
        "before": {"name": "2026Q3"},
        "funnel": [
            _step("fetched", 1000, http_status=200, not_html=60, soft_404=30, people_list=10),
            _step("pages", 700, "document", duplicate_document=100),
            _step("documents", 600, "block", bare_cpr_in_block=999),
            _step("met", 20000, "sentence", few_words=5000),
            _step("passed", 15000, "sentence", duplicate_sentence=2500, near_duplicate_sentence=500),
            _step("sentences", 12000),
        ],
        "lengths": {
            "edges": list(range(0, 61, 5)),
            "counts": [0, 100, 300, 250, 200, 100, 20, 10, 10, 5, 3, 1, 1],
            "before": [0, 100, 200, 350, 200, 100, 20, 10, 10, 5, 3, 1, 1],
        },
        "document_lengths": {
            "edges": [0, 1, 2, 4, 8, 16, 32, 64],
            "counts": [0, 10, 20, 30, 60, 40, 20, 10],
            "before": [0, 10, 20, 60, 30, 40, 20, 10],
        },
        "scores": {
            "edges": [step / 20 for step in range(20)],
            "counts": [0] * 16 + [5, 15, 80, 900],
            "before": [0] * 16 + [5, 15, 180, 800],
        },
        "freshness": {
            "quarters": ["2026Q3", "2026Q4", "2027Q1"],
            "first_seen": [500, 100, 0],
            "last_changed": [350, 250, 0],
            "sentences": [9000, 3000, 0],
        },
        "regions": [{"name": f"Region {number}"} for number in range(5)],
        "areas": [],
        "sites": [_site(index, index * index) for index in range(1, 103)],
    }


def _empty_report() -> dict[str, Any]:
    """A corpus in which nothing was kept, and nothing went before."""
    report = _report() | {"before": None}
    for name in ("lengths", "document_lengths", "scores"):
        report[name] = {"edges": report[name]["edges"], "counts": [0] * len(report[name]["counts"]), "before": None}
    report["funnel"] = [step | {"number": 0, "lost": []} for step in report["funnel"]]
    report["freshness"] = {"quarters": [], "first_seen": [], "last_changed": [], "sentences": []}
    report["sites"] = [_site(1, 0)]
    return report


@pytest.fixture(scope="module")
def drawn() -> dict[str, dict[str, str]]:
    return pictures(_report())


def _texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("text")]


def _every(drawn: dict[str, dict[str, str]]) -> list[str]:
    return [svg for by_name in drawn.values() for svg in by_name.values()]


def test_every_picture_in_both_languages(drawn: dict[str, dict[str, str]]) -> None:
    assert {language: list(by_name) for language, by_name in drawn.items()} == {"da": NAMES, "en": NAMES}


def test_both_languages_say_the_same_things() -> None:
    assert list(WORDS["da"]) == list(WORDS["en"])
    slots = {
        language: [sorted(re.findall(r"{(\w+)}", text)) for text in words.values()] for language, words in WORDS.items()
    }
    assert slots["da"] == slots["en"]


def test_a_picture_takes_its_colours_and_letters_from_the_page(drawn: dict[str, dict[str, str]]) -> None:
    for svg in _every(drawn):
        painted = {paint for paint in re.findall(r"(?:fill|stroke):([^;\"]+)", svg) if paint != "none"}
        assert painted - VARIABLES == set()
        assert re.findall('font-family:[^;"]+', svg) == ["font-family:inherit"]


def test_a_picture_brings_nothing_along(drawn: dict[str, dict[str, str]]) -> None:
    for svg in _every(drawn):
        tags = {element.tag for element in ElementTree.fromstring(svg).iter()}
        assert tags <= {"svg", "title", "g", "defs", "path", "use", "text", "clipPath", "rect"}
        assert re.findall(r"<\?|<!|https?:|xmlns", svg) == []
        assert len(svg.encode()) < 40_000


def test_a_picture_fills_the_breadth_it_is_given(drawn: dict[str, dict[str, str]]) -> None:
    for svg in _every(drawn):
        root = ElementTree.fromstring(svg)
        assert re.fullmatch(r"0 0 385\.7 [\d.]+", root.attrib["viewBox"])
        assert "width:100%" in root.attrib["style"]
        assert {"width", "height"} & root.attrib.keys() == set()


def test_ids_are_unique_in_a_page_with_all_pictures(drawn: dict[str, dict[str, str]]) -> None:
    ids = [each for svg in _every(drawn) for each in re.findall(r'\bid="([^"]+)"', svg)]
    assert len(ids) == len(set(ids)) > 0
    assert {each for svg in _every(drawn) for each in re.findall(r"#([\w-]+)", svg)} == set(ids)


def test_a_picture_tells_in_words_what_is_seen(drawn: dict[str, dict[str, str]]) -> None:
    root = ElementTree.fromstring(drawn["da"]["lengths"])
    assert (root.attrib["role"], root.findtext("title")) == ("img", "Ord i en sætning")
    assert root.attrib["aria-label"] == (
        "Ord i en sætning. Halvdelen af sætningerne har under 20 ord; flest har 10–14 ord (30 %; 2026Q3: 20 %)."
    )


def test_words_for_those_who_do_not_see() -> None:
    report = _report()
    assert [describe(name, report, "en") for name in NAMES] == [
        "Words in a sentence. Half of the sentences have fewer than 20 words; "
        "most often 10–14 words (30%; 2026Q3: 20%).",
        "Sentences in a document. Half of the documents have fewer than 16 sentences; "
        "most often 8–15 sentences (32%; 2026Q3: 16%).",
        "Language score (1 = surely Danish). Most often a sentence has a score of 0.95–1 (90%; 2026Q3: 80%).",
        "From fetched pages to sentences. 1,000 addresses answered; 700 became pages and 600 documents. "
        "Of 20,000 sentences in them 15,000 passed the rules, and the 12,000 unique ones became the corpus.",
        "Documents and sentences by quarter. In 2026Q4, 100 documents were seen for the first time, "
        "and 250 last changed then. 3,000 sentences are new in that quarter.",
        "What each reason costs. Most is lost to: sentence too short (25%); "
        "no page: redirect, not found or gone (20%); same sentence as another (12%).",
        "Sentences per site. 102 sites with sentences, from 1 (Sted 1) to 10,404 (Sted 102).",
    ]


def test_the_funnel_names_each_step_and_its_largest_losses(drawn: dict[str, dict[str, str]]) -> None:
    told = _texts(drawn["da"]["funnel"])
    assert list(zip(told[::2], told[1::2], strict=True)) == [
        ("Adresser, der svarede", "1.000"),
        ("ingen side: viderestilling, ikke fundet eller fjernet", "−200"),
        ("ikke en webside (HTML)", "−60"),
        ("andre grunde", "−40"),
        ("Sider efter sidereglerne", "700"),
        ("samme tekst som en anden side", "−100"),
        ("Dokumenter", "600"),
        ("Sætninger i dokumenterne", "20.000"),
        ("for kort sætning", "−5.000"),
        ("Bestod sætningsreglerne", "15.000"),
        ("samme sætning som en anden", "−2.500"),
        ("næsten samme sætning som en anden", "−500"),
        ("Forskellige sætninger", "12.000"),
    ]


def test_a_single_other_reason_is_named() -> None:
    report = _report()
    del report["funnel"][0]["lost"][3]
    assert _texts(pictures(report)["en"]["funnel"])[6:8] == ["an error page sent as an ordinary page", "−30"]


def test_losses_are_shares_of_what_they_were_counted_in(drawn: dict[str, dict[str, str]]) -> None:
    assert [text for text in _texts(drawn["en"]["losses"]) if text] == [
        "Share of 1,000 addresses that answered",
        *("no page: redirect, not found or gone", "20%"),
        *("same text as another page", "10%"),
        *("not a web page (HTML)", "6.0%"),
        *("an error page sent as an ordinary page", "3.0%"),
        *("list of staff or councillors, or a page about one of them", "1.0%"),
        "Share of 20,000 sentences in the documents",
        *("sentence too short", "25%"),
        *("same sentence as another", "12%"),
        *("nearly the same sentence as another", "2.5%"),
    ]


def test_bars_of_the_losses_are_as_long_as_their_shares(drawn: dict[str, dict[str, str]]) -> None:
    bars = re.findall(
        r'd="M ([\d.]+) [\d.]+ L ([\d.]+) [^"]+"[^>]*style="fill:var\(--series-2\)', drawn["en"]["losses"]
    )
    lengths = [float(end) - float(start) for start, end in bars]
    assert [round(length / 385.7, 2) for length in lengths] == [0.8, 0.4, 0.24, 0.12, 0.04, 1.0, 0.5, 0.1]


def test_the_largest_losses_leave_out_blocks() -> None:
    assert [(loss["of"], loss["reason"], loss["share"]) for loss in largest_losses(_report()["funnel"], 4)] == [
        ("met", "few_words", 0.25),
        ("fetched", "http_status", 0.2),
        ("met", "duplicate_sentence", 0.125),
        ("fetched", "duplicate_document", 0.1),
    ]


def test_bars_of_a_histogram_stand_for_shares(drawn: dict[str, dict[str, str]]) -> None:
    svg = drawn["da"]["document_lengths"]
    assert _texts(svg) == [
        *("1", "2–3", "4–7", "8–15", "16–31", "32–63", "64+", "sætninger i dokumentet"),
        *("0 %", "10 %", "20 %", "30 %", "andel af dokumenterne", "2026Q4", "2026Q3"),
    ]
    bars = re.findall(r'd="M [\d.]+ ([\d.]+) L [\d.]+ \1 L [\d.]+ ([\d.]+) [^"]+"[^>]*var\(--series-1\)', svg)
    heights = [float(bottom) - float(top) for bottom, top in bars if bottom != top][:7]
    assert [round(height / max(heights), 2) for height in heights] == [0.17, 0.33, 0.5, 1.0, 0.67, 0.33, 0.17]


def test_every_site_is_a_dot(drawn: dict[str, dict[str, str]]) -> None:
    dots = re.findall(r"<use [^>]*fill:var\(--series-1\)", drawn["da"]["sites"])
    assert len(dots) == 102
    told = _texts(drawn["da"]["sites"])
    assert told[-5:-1] == ["KL", "8 websteder", "Sted 95 9.025", "Sted 102 10.404"]


def test_an_empty_corpus_has_pictures_that_say_so() -> None:
    drawn = pictures(_empty_report())
    assert {tuple(_texts(svg)) for svg in drawn["da"].values()} == {("Der er intet at vise endnu.",)}
    assert {tuple(_texts(svg)) for svg in drawn["en"].values()} == {("There is nothing to show yet.",)}
    assert describe("losses", _empty_report(), "en") == "What each reason costs. There is nothing to show yet."


def test_names_from_outside_are_only_names() -> None:
    report = copy.deepcopy(_report())
    report["corpus"]["name"] = "a$b$ <i>\x07\x00"
    report["before"] = {"name": "et meget langt navn på et korpus, som ingen kan læse"}
    report["sites"] = report["sites"][:1]
    report["sites"][0]["name"] = "$\\frac{1}{2}$ & <b>\x1b"
    report["regions"] = []
    report["freshness"]["quarters"] = ["2026Q3", "2026Q4", "<b>$1$\ud7a3\x08"]
    report["funnel"][0]["lost"][0]["reason"] = "brand_new_\x9breason"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = pictures(report)["en"]
    assert _texts(drawn["lengths"])[-2:] == ["a$b$ <i>", "et meget langt…"]
    assert "$\\frac{1}{2}$ & <b> 1" in _texts(drawn["sites"])
    assert "<b>$1$\ud7a3" in _texts(drawn["freshness"])
    assert "brand_new_ reason" in _texts(drawn["funnel"])


def test_the_report_of_102_sites_fits_even_with_hostile_texts(make_report: Callable[..., dict[str, Any]]) -> None:
    drawn = pictures(make_report(is_hostile=True))
    for svg in _every(drawn):
        assert "<script" not in svg
        assert len(svg.encode()) < 40_000
        assert _texts(svg)


def test_huge_numbers_many_quarters_and_no_corpus_before() -> None:
    report = _report() | {"before": None}
    quarters = [f"{year}Q{number}" for year in range(2024, 2027) for number in (1, 2, 3, 4)]
    report["freshness"] = {"quarters": quarters} | dict.fromkeys(
        ("first_seen", "last_changed", "sentences"), [10**12] * len(quarters)
    )
    report["funnel"] = [_step("fetched", 10**15)]
    drawn = pictures(report)["da"]
    assert _texts(drawn["funnel"]) == ["Adresser, der svarede", "1.000.000.000.000.000"]
    assert _texts(drawn["freshness"])[:6] == ["2024", "2025", "2026", "0", "400 mia.", "800 mia."]
    assert "2026Q3" not in _texts(drawn["lengths"])


@pytest.mark.parametrize(
    ("written", "danish", "english"),
    [
        (lambda language: write_number(1234567, language), "1.234.567", "1,234,567"),
        (lambda language: write_number(1234.5, language, decimals=1), "1.234,5", "1,234.5"),
        (lambda language: write_short(250000, language), "250.000", "250,000"),
        (lambda language: write_short(1500000, language), "1,5 mio.", "1.5 M"),
        (lambda language: write_short(2000000000, language), "2 mia.", "2 bn"),
        (lambda language: write_share(123, 1000, language), "12 %", "12%"),
        (lambda language: write_share(12, 1000, language), "1,2 %", "1.2%"),
        (lambda language: write_share(1, 1000000, language), "under 0,1 %", "under 0.1%"),
        (lambda language: write_share(9999, 10000, language), "over 99,9 %", "over 99.9%"),
        (lambda language: write_share(0, 0, language), "0 %", "0%"),
        (lambda language: write_edge(0.85, language), "0,85", "0.85"),
        (lambda language: write_bin([0, 5, 10], 1, language), "5–9", "5–9"),
        (lambda language: write_bin([0, 5, 10], 2, language), "10 eller flere", "10 or more"),
        (lambda language: write_bin([0, 1, 2], 1, language), "1", "1"),
        (lambda language: write_bin([0.9, 0.95], 1, language), "0,95–1", "0.95–1"),
        (lambda language: name_reason("few_words", language), "for kort sætning", "sentence too short"),
        (lambda language: name_reason("not_known", language), "not_known", "not_known"),
    ],
)
def test_numbers_and_reasons_in_both_languages(written: Any, danish: str, english: str) -> None:
    assert (written("da"), written("en")) == (danish, english)


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_figures(_report(), tmp_path_factory.mktemp("paper") / "figures", "da")


def test_figures_for_papers(figures: list[Path]) -> None:
    folder = figures[0].parent
    assert figures == [folder / f"{name}.{kind}" for name in NAMES for kind in ("svg", "pdf")]
    assert sorted(folder.iterdir()) == sorted(figures)


def test_figures_have_fixed_colours_their_letters_within_and_the_breadth_of_a_column(figures: list[Path]) -> None:
    for path in figures:
        content = path.read_bytes()
        if path.suffix == ".pdf":
            assert re.findall(rb"/MediaBox \[ 0 0 (\d+)", content) == [b"238"]  # 84 mm in points
            assert b"/FontFile2" in content and b"/Type3" not in content
            assert b"/CreationDate" not in content
        else:
            assert re.search(rb'width="238\.11\d*pt"', content)
            assert b"<text" not in content and b"<dc:date>" not in content
            assert re.search(rb"var\(--|#0[1-6]0[1-6]0[1-6]", content) is None


def test_drawing_leaves_the_settings_of_matplotlib_alone(drawn: dict[str, dict[str, str]]) -> None:
    import matplotlib
    from matplotlib import pyplot

    with matplotlib.rc_context({"font.size": 31, "text.parse_math": True, "figure.dpi": 33}):
        before = dict(matplotlib.rcParams)
        assert pictures(_report()) == drawn
        assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == []


def test_matplotlib_is_imported_only_to_draw() -> None:
    code = "import corpus.report.pictures, sys; print(sorted({'matplotlib', 'seaborn', 'pandas'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout == "[]\n"


@pytest.mark.slow
def test_another_process_without_a_home_gives_the_same_bytes_and_no_noise(
    drawn: dict[str, dict[str, str]], figures: list[Path], tmp_path: Path
) -> None:
    code = """
import json, logging, sys
from pathlib import Path
logging.basicConfig(level=logging.INFO)
from corpus.report.pictures import pictures, write_figures
report = json.load(sys.stdin)
print(json.dumps(pictures(report)))
write_figures(report, Path(sys.argv[1]), "da")
"""
    result = subprocess.run(
        [sys.executable, "-W", "always", "-c", code, str(tmp_path)],
        input=json.dumps(_report()),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.devnull},
    )
    assert result.stderr == ""
    assert json.loads(result.stdout) == drawn
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in figures
    }
