"""What the report says is what the tables hold, beside the quarter before, with warnings once for each site."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import tvaerkom
import workflows
from corpus.comparison.changes import Comparison, PageChanges, Reason, SentenceChanges, SiteComparison
from corpus.comparison.judging import LIMITS
from corpus.inspection.coverage import SiteCoverage
from corpus.inspection.figures import Counts, Figures, SiteFigures, Totals
from corpus.report.contents import report_contents
from corpus.report.funnel import funnel
from corpus.report.page import render
from corpus.report.warnings import warnings_of
from crawler.snapshot import RegisteredSite, TerminalState
from foundation.errors import ConfigError

ROOT, ELSEWHERE = "http://www.nordby.kommuneby.test/", "http://www.oerholm.kommuneby.test/"
PLAIN = (
    "Kommunen har i år ledige pladser til børn i alle byens daginstitutioner.",
    "Ansøgningen om tilskud til medicin skal underskrives af din egen læge.",
    "Genbrugspladsen ved havnen holder åbent hver dag undtagen nytårsdag og juleaften.",
)
HOSTILE = "Skriv <script>alert('kommunen')</script> i feltet, som du finder nederst på siden."
REGISTERED = [
    RegisteredSite(site="9001", name="Nordby", kind="municipality", region=None, is_crawled=True, reason=None),
    RegisteredSite(site="9002", name="Ørholm", kind="municipality", region=None, is_crawled=True, reason=None),
    RegisteredSite(site="9009", name="Fjernø", kind="municipality", region=None, is_crawled=True, reason=None),
    RegisteredSite(site="9010", name="Lilleø", kind="municipality", region=None, is_crawled=False, reason="too small"),
]


@pytest.fixture
def quarter(house: Any, response: Any, page_of: Callable[..., bytes]) -> Callable[..., Any]:
    def quarter(name: str, pages: dict[str, tuple[str, ...]], **thresholds: Any) -> Any:
        house.snapshot(name, [response(url=url, body=page_of(*texts)) for url, texts in pages.items()])
        return house.build_with(name, **thresholds)

    return quarter


@pytest.fixture
def contents(house: Any) -> Callable[[str], dict[str, Any]]:
    return lambda name: report_contents(house.command.places, house.corpus(name), REGISTERED)


def test_numbers_are_those_of_the_tables(quarter: Any, contents: Any, house: Any, sentences: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": (*PLAIN[:2], "Kort."), f"{ELSEWHERE}a": (PLAIN[2], PLAIN[0])})
    found = contents("2020Q1")
    rows, dropped = sentences(house.corpus("2020Q1")), house.rows("2020Q1", "dropped")
    assert found["totals"]["sentences"] == len(rows)
    assert found["totals"]["words"] == sum(row["num_words"] for row in rows)
    assert found["totals"]["occurrences"] == len(rows) + sum(row["reason"] == "duplicate_sentence" for row in dropped)
    assert Counter(row["site"] for row in rows) == {
        site["site"]: site["totals"]["sentences"] for site in found["sites"] if site["totals"]["sentences"]
    }
    lost = {(each["level"], each["reason"]): each["number"] for step in found["funnel"] for each in step["lost"]}
    assert lost == Counter((row["level"], row["reason"]) for row in dropped)
    assert found["before"] is None
    assert found["comparison"] is None
    assert found["totals_before"] is None


def test_the_quarter_before_stands_beside_it(quarter: Any, contents: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": PLAIN[:1], f"{ELSEWHERE}a": PLAIN[1:2]})
    quarter("2020Q2", {f"{ROOT}a": PLAIN[:1], f"{ROOT}b": PLAIN[2:], f"{ELSEWHERE}a": PLAIN[1:2]})
    found, before = contents("2020Q2"), contents("2020Q1")
    assert found["before"]["name"] == "2020Q1"
    assert found["before"]["citation"] == before["corpus"]["citation"]
    assert found["totals_before"] == before["totals"]
    assert found["comparison"]["pages"]["new"] == 1
    assert found["lengths"]["before"] == before["lengths"]["counts"]
    assert [site["before"] for site in found["sites"]] == [
        site["totals"] if site["state"] not in ("missing", "not-crawled") else None for site in before["sites"]
    ]


def test_sites_that_the_register_has_and_the_corpus_has_not_are_there(quarter: Any, contents: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": PLAIN[:1], f"{ELSEWHERE}a": PLAIN[1:2]})
    found = contents("2020Q1")
    assert {site["site"]: site["state"] for site in found["sites"]} | {"9001": "", "9002": ""} == {
        "9001": "", "9002": "", "9009": "missing", "9010": "not-crawled",
    }  # fmt: skip
    assert [(each["kind"], each["site"]) for each in found["warnings"]] == [("missing", "9009")]
    assert {group["kind"] for group in found["coverage"]["groups"]} == {"missing", "not_crawled"}


def test_examples_are_the_same_each_time_and_cut_short(quarter: Any, contents: Any) -> None:
    long = f"{PLAIN[0].rstrip('.')} {'og mange andre steder i kommunen ' * 40}".strip() + "."
    quarter("2020Q1", {f"{ROOT}{n}": (text, "Kort.", long) for n, text in enumerate(PLAIN)})
    found = contents("2020Q1")
    site = found["sites"][0]
    assert found["sites"] == contents("2020Q1")["sites"]
    assert {each["text"] for each in site["examples_kept"]} == set(PLAIN)
    texts = {row["text"] for each in site["examples_dropped"] for row in each["texts"]}
    assert "Kort." in texts
    assert max(map(len, texts)) <= 161


def test_changed_settings_are_named(quarter: Any, contents: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": PLAIN[:1]}, min_words=5)
    assert contents("2020Q1")["changed_settings"] == [{"key": "min_words", "value": "5", "default": "8"}]


def test_the_command_writes_one_file_in_which_no_text_of_a_page_runs(quarter: Any, house: Any) -> None:
    escaped = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    quarter("2020Q1", {f"{ROOT}a": (PLAIN[0], escaped), f"{ROOT}b": (PLAIN[1], "<b>Kort</b>".replace("<", "&lt;"))})
    said = run(house, "corpus", "report", "2020Q1")
    path = house.command.places.corpus_report("2020Q1") / "report.html"
    assert str(path) in said
    page = path.read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert json.loads(run(house, "--json", "corpus", "report", "2020Q1")) == {"report": str(path), "figures": []}


def test_a_damaged_corpus_before_costs_a_quarter_its_report_only(quarter: Any, house: Any) -> None:
    for name in ("2020Q1", "2020Q2"):
        quarter(name, {f"{ROOT}a": PLAIN[:1]})
    shard = next(house.corpus("2020Q1").glob("sentences/*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-20])
    summary = workflows.Summary("2020Q2")
    workflows._report_of(house.command, summary, house.corpus("2020Q2"))
    assert [each.partition(":")[0] for each in summary.needs_person] == ["no report was made"]
    assert shard.name in summary.needs_person[0]
    shutil.rmtree(house.corpus("2020Q1"))
    workflows._report_of(house.command, summary, house.corpus("2020Q2"))
    assert summary.values["report"].endswith("reports/2020Q2/report.html")


def test_a_corpus_before_that_is_gone_is_named(quarter: Any, contents: Any, house: Any) -> None:
    for name in ("2020Q1", "2020Q2"):
        quarter(name, {f"{ROOT}a": PLAIN[:1]})
    assert contents("2020Q2")["follows"] == "2020Q1"
    shutil.rmtree(house.corpus("2020Q1"))
    found = contents("2020Q2")
    assert (found["follows"], found["before"], found["comparison"]) == ("2020Q1", None, None)
    page = render(found, {"da": {}, "en": {}})
    assert "første korpus" not in page.partition('<script type="application/json"')[0]


def test_the_data_of_the_report_lie_beside_it(quarter: Any, contents: Any, house: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": PLAIN[:1]})
    run(house, "corpus", "report", "2020Q1")
    written = json.loads((house.command.places.corpus_report("2020Q1") / "report.json").read_text())
    assert written.keys() == contents("2020Q1").keys()
    assert written["totals"] == contents("2020Q1")["totals"]
    listed = (Path(__file__).parents[3] / "docs/reference/report.md").read_text().split("### Sizes")[0]
    assert {each for line in listed.splitlines() if line.startswith("| `") for each in re.findall(
        r"`(\w+)`", line.split("|")[1])} == written.keys() - {"format"}  # fmt: skip


def test_figures_are_written_where_they_are_wanted(quarter: Any, house: Any, tmp_path: Path) -> None:
    quarter("2020Q1", {f"{ROOT}a": PLAIN[:1]})
    run(house, "corpus", "report", "2020Q1", "--figures", str(tmp_path / "figures"), "--language", "da")
    assert {path.suffix for path in (tmp_path / "figures").iterdir()} == {".svg", ".pdf"}
    (tmp_path / "file").touch()
    for folder in (house.corpus("2020Q1"), tmp_path / "file"):
        with pytest.raises(ConfigError, match="--figures"):
            run(house, "corpus", "report", "2020Q1", "--figures", str(folder))


def test_a_step_loses_what_the_next_one_lacks() -> None:
    counts = Counts(
        totals=Totals(documents=10, train=50, validation=5),
        dropped=Counter({
            ("page", "http_status"): 3, ("document", "duplicate_document"): 2, ("block", "bare_cpr_in_block"): 1,
            ("sentence", "few_words"): 20, ("sentence", "duplicate_sentence"): 7,
        }),
    )  # fmt: skip
    steps = funnel(counts)
    assert [(step["key"], step["number"]) for step in steps] == [
        ("fetched", 15), ("pages", 12), ("documents", 10), ("met", 82), ("passed", 62), ("sentences", 55)
    ]  # fmt: skip
    for first, second in ((0, 1), (1, 2), (3, 4), (4, 5)):
        lost = sum(each["number"] for each in steps[first]["lost"])
        assert steps[first]["number"] - lost == steps[second]["number"]


def test_a_site_is_warned_of_once_and_the_worst_comes_first() -> None:
    sites = [
        SiteCoverage(site="1", name="A", kind="municipality", region=None, state="dead", freshness="carried"),
        SiteCoverage(site="2", name="B", kind="municipality", region=None, state="complete", is_thin=True),
        SiteCoverage(site="3", name="C", kind="municipality", region=None, state="missing"),
        SiteCoverage(site="kl-x", name="D", kind="area", region=None, state="empty"),
        SiteCoverage(site="4", name="E", kind="municipality", region=None, state="not-crawled"),
    ]
    figures = Figures(
        name="2020Q2", id="corpus-2020Q2-a", revision=2, follows=None, tokenizer=None, vocabulary=None,
        sites=(SiteFigures(site="2", name="B", kind="municipality", region=None, area=None, state="complete",
                           counts=Counts(dropped=Counter({("page", "damaged_record"): 4}))),),
    )  # fmt: skip
    site = SiteComparison(
        site="1", name="A", pages=PageChanges(), sentences=SentenceChanges(),
        reasons=(Reason(kind="not_fresh", numbers={}), Reason(kind="pages_gone", numbers={"share": 0.5})),
    )  # fmt: skip
    comparison = Comparison(
        before="2020Q1", after="2020Q2", settings={"min_words": (8, 5)}, software={}, knows_bytes=True, sites=(site,)
    )
    found = [(each["kind"], each["site"]) for each in warnings_of(figures, sites, comparison)]
    assert found == [
        ("missing", "3"), ("carried", "1"), ("thin", "2"), ("damaged_records", "2"), ("look", "1"),
        ("settings_differ", None), ("revision", None),
    ]  # fmt: skip


def test_every_warning_is_said_in_words(quarter: Any, contents: Any) -> None:
    quarter("2020Q1", {f"{ROOT}a": PLAIN[:1]})
    found = contents("2020Q1")
    states = [each for each in TerminalState if each not in (TerminalState.COMPLETE, TerminalState.UNFINISHED)]
    covered = [
        SiteCoverage(site=f"1{n:03}", name=f"Sted {state}", kind="municipality", region=None, state=state)
        for n, state in enumerate([*states, "missing"])
    ]
    covered += [
        SiteCoverage(site="2000", name="Sted carried", kind="municipality", region=None, state="complete",
                     freshness="carried"),
        SiteCoverage(site="2001", name="Sted absent", kind="municipality", region=None, state="complete",
                     freshness="absent"),
        SiteCoverage(site="2002", name="Sted thin", kind="municipality", region=None, state="complete", is_thin=True),
    ]  # fmt: skip
    shares = {"share": 0.4, "usual": 0.02}
    reasons = [Reason(kind=kind, numbers=shares) for kind in LIMITS]
    reasons += [
        Reason(kind=kind, numbers={"before": 0.9, "after": 0.5})
        for kind in ("length_shift", "language_shift")
    ]
    reasons.append(Reason(kind="all_gone", numbers={}))
    comparison = Comparison(
        before="2019Q4", after="2020Q1", settings={"min_words": (8, 5)}, software={"lxml": ("6", "7")},
        knows_bytes=True, sites=(SiteComparison(
            site="2003", name="Sted look", pages=PageChanges(), sentences=SentenceChanges(), reasons=tuple(reasons)),),
    )  # fmt: skip
    figures = Figures(
        name="2020Q1", id="corpus-2020Q1-a", revision=2, follows=None, tokenizer=None, vocabulary=None,
        sites=(SiteFigures(site="2004", name="Sted damaged", kind="municipality", region=None, area=None,
                           state="complete", counts=Counts(dropped=Counter({("page", "damaged_record"): 4}))),),
    )  # fmt: skip
    warnings = warnings_of(figures, covered, comparison)
    names = {each["name"] for each in warnings if each["name"]}
    assert len(names) == len(covered) + 2
    page = render(found | {"warnings": warnings}, {"da": {}, "en": {}})
    assert [name for name in sorted(names) if name not in page] == []


def run(house: Any, *arguments: str) -> str:
    options = ["--data", str(house.data), "--register", str(Path(house.command.register)), *arguments]
    result = CliRunner().invoke(tvaerkom.app, options, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout
