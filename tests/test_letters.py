"""The letter to the owner of a site, from a crawl, a corpus and runs as they lie on the disk; and the words it uses."""

import datetime
import json
import re
import shutil
import sqlite3
import stat
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from lxml import etree, html
from typer.testing import CliRunner

from corpus.inspection.danish_words import PERSONAL_DATA_WORDS, REASON_WORDS, REASON_WORDS_EN
from corpus.inspection.site_holdings import site_holdings
from corpus.privacy.masking import PLACEHOLDERS
from corpus.schema import PERSONAL_DATA_NAME, PERSONAL_DATA_SCHEMA, DropReason, read_corpus_manifest
from crawler.pages.references import NotFollowed
from crawler.rules.challenges import Wall
from crawler.rules.reservations import ReservationKind
from crawler.rules.robots import RobotsVerdict
from crawler.scope import FILE_KINDS, NotTaken
from crawler.shapes import idle_reason, paused_reason
from crawler.snapshot import TerminalState
from crawler.telling.danish_words import (
    KIND_WORDS,
    OTHER,
    STATE_WORDS,
    VERDICT_WORDS,
    counts_by_words,
    robots_words,
    state_words,
)
from demo.kommuneby import make_web
from demo.server import KommunebyServer
from demo.town import Town, found_town
from foundation.command import Command
from foundation.errors import BrokenRunError, ConfigError
from foundation.places import Places
from foundation.printing import printable
from foundation.user_settings import Operator, UserSettings
from letters import contents
from letters.cli import app
from letters.page import (
    Letter,
    Section,
    Table,
    date,
    is_followable,
    letter_as_html,
    letter_as_markdown,
    number,
    span,
)
from training.site_runs import SiteRun, site_runs
from tvaerkom import app as tvaerkom_app

QUARTER = "2020Q1"
OPERATOR = Operator(
    name="Prøveby Universitet", contact="data@proeveby.example", page="https://www.proeveby.example/tvaerkom",
    purpose="forskning i dansk forvaltningssprog.",
)  # fmt: skip
HOSTILE = (
    "javascript:alert(document.domain)//<script>alert(1)</script>\x1b[2J\u202e|",
    'http://www.oerholm.example/"onmouseover="alert(1)/<img src=http://ond.example/x>',
    "http://[::1/halv",
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A crawl and a corpus; to be read, never changed."""
    web = make_web(num_municipalities=2, pages_per_site=12)
    with KommunebyServer(web) as server:
        town = found_town(tmp_path_factory.mktemp("letters"), web, server)
        for words in (("crawl", QUARTER), ("snapshot", "publish", QUARTER), ("corpus", "build", QUARTER)):
            result = town.run(*words, capture_output=True, timeout=240)
            assert result.returncode == 0, result.stderr[-2000:]
    return town


@pytest.fixture
def places(town: Town, tmp_path: Path) -> Places:
    """A copy that a test may change."""
    shutil.copytree(town.data, tmp_path / "data")
    return Places(tmp_path / "data")


@pytest.fixture
def tell(tmp_path: Path, town: Town) -> Callable[..., Any]:
    """The command, in this process; `places` None: on the town itself."""

    def tell(*words: str, places: Places | None = None, operator: Operator | None = OPERATOR, **options: Any) -> Any:
        command = Command(
            places=places or Places(town.data), settings=UserSettings(operator=operator),
            register=town.folder / "register.yaml", **options,
        )  # fmt: skip
        return CliRunner().invoke(app, ["site", *words], obj=command)

    return tell


def written(result: Any, path: Path) -> str:
    assert result.exit_code == 0, result.exception
    return path.read_text(encoding="utf-8")


def tables_of(text: str) -> dict[str, dict[str, str]]:
    """First head -> first cell -> last cell, of each table of a page."""
    found = {}
    for table in html.fromstring(text).iter("table"):
        rows = [[cell.text_content() for cell in row] for row in table.iter("tr")]
        found[rows[0][0]] = {row[0]: row[-1] for row in rows[1:]}
    return found


GONE = {"id": "corpus-2019Q4-0123456789ab", "name": "2019Q4"}


def make_run(places: Places, run: str, *, base: str = "NbAiLab/nb-bert-base", status: str = "finished",
             folder_of_base: Path | None = None, corpus: Mapping[str, Any] = MappingProxyType({})) -> None:  # fmt: skip
    """A run folder with what a run writes of itself; `corpus`: what differs from the corpus that is there."""
    manifest = read_corpus_manifest(places.corpus(QUARTER))
    pinned = {"id": manifest.id, "name": manifest.name, "revision": manifest.revision,
              "content_sha256": manifest.content_sha256}  # fmt: skip
    folder = places.run(run)
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(f"base: {folder_of_base or base}\n")
    record = {
        "format_version": 1, "name": run, "status": status, "config_sha256": "0" * 64, "corpus": {**pinned, **corpus},
        "base": {"name": base, "on_hub": True, "revision": None, "model_type": "bert", "licence": "cc-by-4.0",
                 "weights_sha256": "0" * 64},
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(record))


def add_findings(places: Places, *rows: tuple[str, str, int], site: str = "9001") -> None:
    path = places.corpus(QUARTER) / PERSONAL_DATA_NAME
    more = [{"site": site, "url": url, "kind": kind, "count": count} for url, kind, count in rows]
    pq.write_table(
        pa.concat_tables([pq.read_table(path), pa.Table.from_pylist(more, schema=PERSONAL_DATA_SCHEMA)]), path
    )


def count(places: Places, table: str, **values: str) -> int:
    """Rows of a table of the corpus with these values, counted without DuckDB."""
    paths = sorted((places.corpus(QUARTER) / table).glob("*.parquet"))
    rows = pa.concat_tables([pq.read_table(path, columns=["site"]) for path in paths])
    return int(pc.sum(pc.equal(rows["site"], values["site"])).as_py() or 0)


def test_letter_tells_what_the_tables_hold(town: Town, tell: Callable[..., Any], tmp_path: Path) -> None:
    places, path = Places(town.data), tmp_path / "brev.html"
    text = written(tell("9001", "--letter", str(path)), path)
    told = tables_of(text)
    num_documents, num_sentences = count(places, "documents", site="9001"), count(places, "sentences", site="9001")
    assert num_documents > 0 and num_sentences > 0
    manifest = read_corpus_manifest(places.corpus(QUARTER))
    assert told["Korpus"] == {manifest.id: str(num_sentences)}
    assert f"I det seneste korpus, {QUARTER}, er der {num_documents} sider og {num_sentences} sætninger" in text
    dropped = [
        row for path in sorted((places.corpus(QUARTER) / "dropped").glob("*.parquet"))
        for row in pq.read_table(path).to_pylist() if row["site"] == "9001"
    ]  # fmt: skip
    for head, levels in (("Sider", ("page", "document")), ("Sætninger", ("block", "sentence"))):
        counts = Counter(REASON_WORDS[DropReason(row["reason"])] for row in dropped if row["level"] in levels)
        assert told[f"{head} udeladt af korpus {QUARTER}"] == {reason: number(n) for reason, n in counts.items()}
    ledger = pq.read_table(places.snapshot(QUARTER) / "sites/9001/requests.parquet")
    assert "Afvist eller udskudt" in text  # 429 and 503 say "later"
    (row,) = html.fromstring(text).xpath(f"//tr[td[text()='{QUARTER}']]")
    cells = [cell.text_content() for cell in row]
    assert cells[1:4] == [
        span(pc.min(ledger["time"]).as_py(), pc.max(ledger["time"]).as_py()), number(ledger.num_rows),
        f"{number(pc.min(ledger['pause_s']).as_py(), 2)} s",
    ]  # fmt: skip


def test_letter_says_who_writes_to_whom_and_how_to_object(tell: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "brev.html"
    result = tell("nordby", "--letter", str(path))
    words = " ".join(html.fromstring(written(result, path)).text_content().split())
    for expected in (
        "Nordby Kommune", "nordby.kommuneby.test", OPERATOR.name, OPERATOR.contact, str(OPERATOR.page),
        "Formålet er: forskning i dansk forvaltningssprog. Her står", "robots.txt (jeres regler for robotter): læst og",
        f"Skriv til {OPERATOR.contact}.", "tvaerkom forget --site 9001", "»User-agent: tvaerkom«", "noindex",
        "tdm-reservation: 1", "Ingen model, som vi kender til, er trænet på jeres tekster.",
        date(datetime.date.today()),
    ):  # fmt: skip
        assert expected in words, expected
    assert (result.stderr, result.stdout) == ("", f"{path}: the letter to Nordby Kommune\n")


def test_page_is_whole_by_itself_and_runs_nothing(places: Places, tell: Callable[..., Any], tmp_path: Path) -> None:
    add_findings(places, *((url, "email", 1) for url in HOSTILE))
    path = tmp_path / "brev.html"
    text = written(tell("9001", "--letter", str(path), places=places), path)
    parser = etree.XMLParser(resolve_entities=False)
    closed = re.sub(r"<(meta [^>]*)>", r"<\1/>", text.replace("<!doctype html>", ""))
    page = etree.fromstring(closed.encode(), parser)  # well-formed but for elements that HTML does not close
    active = ("//script", "//iframe", "//img", "//link", "//object", "//form", "//@src", "//@style", "//@onmouseover")
    assert page.xpath(" | ".join(active)) == []
    assert re.findall(r"url\(|@import|expression\(", text) == []
    assert {str(link).partition("://")[0] for link in page.xpath("//@href")} <= {"http", "https"}
    cells = ["".join(cell.itertext()) for cell in page.xpath("//td")]
    assert [printable(url) in cells for url in HOSTILE] == [True, True, True]
    assert not any(sign in text for sign in "\x1b\u202e")


def test_addresses_with_personal_data_stand_in_the_letter_or_in_an_annex(
    places: Places, tell: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "brev.html"
    add_findings(places, ("http://nordby.kommuneby.test/a", "email", 2), ("http://nordby.kommuneby.test/z", "cpr", 1))
    text = written(tell("9001", "--letter", str(path), places=places), path)
    assert list(tables_of(text)["Adresse"]) == ["http://nordby.kommuneby.test/z", "http://nordby.kommuneby.test/a"]
    assert "Bilag" not in text and "ret venligst de sider først" in text
    assert "Sider med CPR-numre er udeladt i deres helhed" in text
    more = [(f"http://nordby.kommuneby.test/side-{i}", "phone", 1_000 + i) for i in range(20)]
    add_findings(places, *more)
    text = written(tell("9001", "--letter", str(path), places=places), path)
    (annex,) = html.fromstring(text).xpath("//section[@class='annex']")
    assert "CPR-nummer: 1 side, 1 fund; e-mailadresse: 1 side, 2 fund; telefonnummer: 20 sider, 20.190 fund" in text
    rows = [[cell.text_content() for cell in row] for row in annex.xpath(".//tbody/tr")]
    assert sorted(rows[2:]) == sorted([url, "telefonnummer", number(found)] for url, _, found in more)
    assert [row[1] for row in rows[:2]] == ["CPR-nummer", "e-mailadresse"]


def test_letter_never_holds_a_value(town: Town, tell: Callable[..., Any], tmp_path: Path) -> None:
    """The address of the page with a CPR number is named, the number is not."""
    (row,) = pq.read_table(Places(town.data).corpus(QUARTER) / PERSONAL_DATA_NAME).to_pylist()
    path = tmp_path / "brev.md"
    text = written(tell(row["site"], "--letter", str(path)), path)
    assert f"| {row['url']} | CPR-nummer | {row['count']} |" in text
    assert re.findall(r"\d{6}-?\d{4}", text.replace(str(row["url"]), "")) == []


@pytest.mark.parametrize("suffix", [".md", ".txt"])
def test_mail_says_the_same_as_the_page(suffix: str, tell: Callable[..., Any], tmp_path: Path) -> None:
    page, mail = tmp_path / "brev.html", tmp_path / f"brev{suffix}"
    on_page = tables_of(written(tell("9001", "--letter", str(page)), page))
    text = written(tell("9001", "--letter", str(mail)), mail)
    in_mail: dict[str, dict[str, str]] = {}
    for block in text.split("\n\n"):
        if block.startswith("| "):
            head, _, *rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in block.splitlines()]
            in_mail[head[0]] = {row[0]: row[-1] for row in rows}
    assert in_mail == on_page
    assert text.startswith("# Hvad vi har hentet") and "<" not in text


def test_models_on_a_corpus_with_the_site_are_named_and_those_of_which_nobody_knows(
    places: Places, tell: Callable[..., Any], tmp_path: Path
) -> None:
    make_run(places, "a-first")
    make_run(places, "b-under-way", base="xlm-roberta-base", status="running")
    make_run(places, "c-of-a-gone-corpus", corpus=GONE)
    make_run(places, "d-from-first", base="model", folder_of_base=places.run("a-first") / "model", corpus=GONE)
    make_run(places, "e-broken")
    (places.run("e-broken") / "run.json").write_text("{")
    found = site_runs(places, [QUARTER])
    assert found.runs == (
        SiteRun(name="a-first", base="NbAiLab/nb-bert-base", corpus=QUARTER, revision=1, is_finished=True),
        SiteRun(name="b-under-way", base="xlm-roberta-base", corpus=QUARTER, revision=1, is_finished=False),
        SiteRun(name="d-from-first", base="model", corpus="2019Q4", revision=1, is_finished=True),
    )
    assert found.unknown == ("c-of-a-gone-corpus", "e-broken")
    path = tmp_path / "brev.html"
    text = written(tell("9001", "--letter", str(path), places=places), path)
    assert list(tables_of(text)["Model"]) == ["a-first", "b-under-way (ikke færdig)", "d-from-first"]
    assert "kan vi ikke sige" in text and "c-of-a-gone-corpus, e-broken." in text


def test_models_are_told_of_when_the_corpora_are_gone(places: Places, tell: Callable[..., Any], tmp_path: Path) -> None:
    make_run(places, "a-first")
    shutil.rmtree(places.corpora)
    path = tmp_path / "brev.html"
    text = written(tell("9001", "--letter", str(path), places=places), path)
    assert "Der er intet korpus med jeres tekster." in text and "ingen model" not in text
    assert "eller oplysninger er væk eller ændret siden: a-first." in text


def test_nothing_is_claimed_of_what_was_erased(places: Places, town: Town, tell: Callable[..., Any]) -> None:
    make_run(places, "a-first")
    make_run(places, "b-from-first", folder_of_base=places.run("a-first") / "model")
    register = str(town.folder / "register.yaml")
    forgotten = CliRunner().invoke(
        tvaerkom_app, ["--data", str(places.data), "--register", register, "forget", "--site", "9001", "--reason", "x",
                       "--yes"],
    )  # fmt: skip
    assert forgotten.exit_code == 0, forgotten.output
    path = places.data / "brev.md"
    text = written(tell("9001", "--letter", str(path), places=places), path)
    make_run(places, "c-on-what-is-left")
    assert site_runs(places, []).unknown == ("a-first", "b-from-first")
    assert f"| {QUARTER} | ingen oplysninger | – | – | – | – |" in text
    assert "er slettet efter anmodning, er taget ud af det, vi har, og tæller ikke med her." in text
    assert f"Fra besøget {QUARTER} har vi ingen oplysninger om jeres sider." in text
    assert "Der er intet korpus med jeres tekster." in text and "ændret siden: a-first, b-from-first." in text
    assert [each for each in ("intet besøg", "endnu", "gemte vi", "ingen model", " 0 ") if each in text] == []


def test_model_without_a_record_and_those_from_it_or_from_a_gone_one_are_unknown(places: Places) -> None:
    (places.run("a-no-record") / "model").mkdir(parents=True)
    (places.run("b-not-begun")).mkdir()
    make_run(places, "c-from-it", folder_of_base=places.run("a-no-record") / "model")
    make_run(places, "d-from-gone", folder_of_base=places.run("gone") / "model")
    make_run(places, "e-from-hub")
    assert site_runs(places, []).unknown == ("a-no-record", "c-from-it", "d-from-gone")


def change_manifest(folder: Path, **values: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def add_corpus(places: Places, name: str, **values: Any) -> None:
    shutil.copytree(places.corpus(QUARTER), places.corpus(name))
    change_manifest(places.corpus(name), id=f"corpus-{name}", name=name, **values)


def test_imported_corpus_hides_no_finding(places: Places, tell: Callable[..., Any], tmp_path: Path) -> None:
    add_corpus(places, "2020Q2", snapshot="imported-2020Q2-0123456789ab")
    add_corpus(places, "2020Q3-try")
    add_findings(places, ("http://nordby.kommuneby.test/z", "cpr", 1))
    path = tmp_path / "brev.html"
    text = written(tell("9001", "--letter", str(path), places=places), path)
    assert tables_of(text)["Adresse"] == {"http://nordby.kommuneby.test/z": "1"}
    assert f"hvad vi fandt til korpus {QUARTER}:" in text and "I det seneste korpus, 2020Q2," in text


@pytest.mark.parametrize(
    ("treatments", "kinds"),
    [
        ({}, "CPR-numre, e-mailadresser, telefonnumre og kontonumre"),
        ({"phones": "keep", "accounts": "drop"}, "CPR-numre, e-mailadresser og kontonumre"),
        ({"emails": "keep", "phones": "keep", "accounts": "keep"}, "CPR-numre"),
    ],
)
def test_only_what_was_looked_for_is_named(
    treatments: dict[str, str], kinds: str, places: Places, tell: Callable[..., Any], tmp_path: Path
) -> None:
    configuration = read_corpus_manifest(places.corpus(QUARTER)).configuration
    change_manifest(places.corpus(QUARTER), configuration=configuration | treatments)
    path = tmp_path / "brev.md"
    text = written(tell("9001", "--letter", str(path), places=places), path)
    assert f"Vi leder automatisk efter {kinds}, og kan have overset nogle. Navne på personer leder vi ikke" in text


def test_archive_is_promised_only_where_it_is(places: Places, tell: Callable[..., Any], tmp_path: Path) -> None:
    add_findings(places, ("http://nordby.kommuneby.test/z", "email", 1))
    path, archived = tmp_path / "brev.md", "I vores lukkede arkiv ligger siderne"
    assert archived in written(tell("9001", "--letter", str(path), places=places), path)
    change_manifest(places.snapshot(QUARTER), pruned={"date": "2020-09-01", "files": []})
    assert archived not in written(tell("9001", "--letter", str(path), places=places), path)


@pytest.mark.parametrize(
    ("includes", "sentence"),
    [
        (True, f"er alligevel med i korpus {QUARTER}, for det er sat op til at tage dem med."),
        (False, f"ude af nye korpusser, medmindre vi har aftalt andet med jer; i korpus {QUARTER} er der sætninger"),
    ],
)
def test_reserved_site_that_a_corpus_has_is_not_called_kept_out(
    includes: bool, sentence: str, places: Places, tell: Callable[..., Any], tmp_path: Path
) -> None:
    shutil.rmtree(places.data / "work")  # as on a machine that has the published quarter only
    manifest = json.loads((places.snapshot(QUARTER) / "manifest.json").read_text())
    sites = [each | {"reservation": "robots.txt"} for each in manifest["sites"]]
    change_manifest(places.snapshot(QUARTER), sites=sites)
    configuration = read_corpus_manifest(places.corpus(QUARTER)).configuration
    change_manifest(places.corpus(QUARTER), configuration=configuration | {"include_reserved_sites": includes})
    path = tmp_path / "brev.md"
    text = written(tell("9001", "--letter", str(path), places=places), path)
    assert sentence in text and "hele webstedet ude af korpusset" not in text


@pytest.mark.parametrize("folder", ["snapshots", "corpora", "runs", "cache", "erasures", "reports", "work"])
def test_letter_is_not_written_where_only_tvaerkom_writes(
    folder: str, places: Places, tell: Callable[..., Any], tmp_path: Path
) -> None:
    (places.data / folder).mkdir(exist_ok=True)
    (tmp_path / "link").symlink_to(places.data / folder)
    for path in (places.data / folder / "README.md", tmp_path / "link" / QUARTER / "brev.html"):
        refused = tell("9001", "--letter", str(path), places=places)
        assert isinstance(refused.exception, ConfigError) and "only tvaerkom writes there" in str(refused.exception)
        assert not path.exists() and places.keeps(path)
    assert not places.keeps(places.data / "brev.md")


def test_no_run_is_named_for_a_corpus_without_the_site(places: Places) -> None:
    make_run(places, "a")
    assert (site_runs(places, []).runs, site_runs(places, []).unknown) == ((), ())


def test_site_that_is_in_no_corpus_has_no_holdings(town: Town) -> None:
    assert site_holdings(Places(town.data), "9099") == []


def test_crawl_that_is_not_finished_gives_a_letter_without_corpus(
    places: Places, tell: Callable[..., Any], tmp_path: Path
) -> None:
    for folder in (places.snapshots, places.corpora):
        shutil.rmtree(folder)
    path = tmp_path / "brev.html"
    text = written(tell("9001", "--letter", str(path), places=places), path)
    assert f"{QUARTER} (ikke afsluttet)" in text and "Korpus" not in tables_of(text)
    assert "Siderne er endnu ikke læst igennem" in text and "Der er intet korpus og ingen model" in text


def test_area_of_a_shared_host_says_which_pages_are_meant(tell: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "brev.md"
    text = written(tell("kl-boern-og-unge", "--letter", str(path)), path)
    assert "KL: Børn og unge" in text
    assert "kun om siderne under /boern-og-unge/" in text and "7 andre områder på samme vært" in text


def test_trial_is_told_but_is_not_the_newest(places: Places, tell: Callable[..., Any], tmp_path: Path) -> None:
    trial = places.corpus(f"{QUARTER}-try")
    shutil.copytree(places.corpus(QUARTER), trial)
    manifest = json.loads((trial / "manifest.json").read_text())
    (trial / "manifest.json").write_text(json.dumps(manifest | {"id": "corpus-try", "name": trial.name}))
    path = tmp_path / "brev.html"
    told = tables_of(written(tell("9001", "--letter", str(path), places=places), path))
    assert list(told["Korpus"]) == ["corpus-try", manifest["id"]]
    assert f"Sider udeladt af korpus {QUARTER}" in told


def test_long_tables_end_in_a_sum() -> None:
    (table,) = contents._reasons_table("Sider", {f"grund {i}": 1_000 - i for i in range(10)})
    assert table.rows[:2] == (("grund 0", "1.000"), ("grund 1", "999"))
    rest = ("og 4 andre grunde", number(994 + 993 + 992 + 991))
    assert (len(table.rows), table.rows[-1]) == (contents.MAX_ROWS, rest)


def test_old_quarters_are_told_as_a_sum(places: Places, tell: Callable[..., Any], tmp_path: Path) -> None:
    for year in range(2014, 2020):
        shutil.copytree(places.snapshot(QUARTER), places.snapshot(f"{year}Q1"))
        shutil.copytree(places.corpus(QUARTER), places.corpus(f"{year}Q1"))
    num_requests = pq.read_table(places.snapshot(QUARTER) / "sites/9001/requests.parquet").num_rows
    path = tmp_path / "brev.html"
    page = html.fromstring(written(tell("9001", "--letter", str(path), places=places), path))
    visits, corpora = (
        [[cell.text_content() for cell in row] for row in page.xpath(f"//table[.//th[1]='{head}']/tbody/tr")]
        for head in ("Kvartal", "Korpus")
    )
    assert [row[0] for row in visits] == [QUARTER, "2019Q1", "2018Q1", "tidligere"]
    assert visits[-1][1:3] == ["4 andre kvartaler", number(4 * num_requests)]
    num_sentences = count(places, "sentences", site="9001")
    assert (len(corpora), corpora[-1][0], corpora[-1][-1]) == (4, "4 tidligere", number(4 * num_sentences))


def test_without_operator_there_is_a_place_to_fill_in_and_a_warning(tell: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "brev.md"
    result = tell("9001", "--letter", str(path), operator=None)
    assert written(result, path).count(r"\[navn og adresse\]") == 4
    assert "tvaerkom init" in result.stderr


def test_file_is_private_and_is_written_over(tell: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "brev.HTML"
    path.write_text("old")
    result = tell("9001", "--letter", str(path), json=True)
    assert written(result, path).startswith("<!doctype html>")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(result.stdout) == {"site": "9001", "letter": str(path)}
    assert "written over an earlier file" in tell("9001", "--letter", str(path)).stdout
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("9001", "--letter", "brev.pdf"), "has to end in one of .html, .md, .txt"),
        (("9001", "--letter", "-"), "has to end in one of"),
        (("9001", "--letter", "brev.md", "--requests"), "give it alone"),
        (("9001", "--letter", "brev.md", "--csv"), "give it alone"),
        (("9001", "--letter", "brev.md", "--quarter", QUARTER), "give it alone"),
        (("nowhere", "--letter", "brev.md"), "no site 'nowhere'"),
        (("9001", "--letter", "folder.md"), "this is a folder"),
        (("9001", "--letter", "file/brev.md"), "cannot be written"),
    ],
)
def test_wrong_use_is_one_sentence_and_writes_nothing(
    words: tuple[str, ...], sentence: str, tell: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    refused = tell(*words)
    assert isinstance(refused.exception, ConfigError) and sentence in str(refused.exception)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.md"]


def test_site_that_was_not_visited_gets_no_letter(places: Places, tell: Callable[..., Any], tmp_path: Path) -> None:
    for folder in (places.snapshots, places.data / "work"):
        shutil.rmtree(folder)
    refused = tell("9001", "--letter", str(tmp_path / "brev.md"), places=places)
    assert isinstance(refused.exception, ConfigError) and "Nordby was not visited" in str(refused.exception)


def test_what_cannot_be_read_is_one_sentence_and_no_letter(
    places: Places, tell: Callable[..., Any], tmp_path: Path
) -> None:
    (places.corpus(QUARTER) / PERSONAL_DATA_NAME).write_bytes(b"PAR1 not")
    broken = tell("9001", "--letter", str(tmp_path / "brev.md"), places=places)
    assert isinstance(broken.exception, BrokenRunError) and PERSONAL_DATA_NAME in str(broken.exception)
    assert not (tmp_path / "brev.md").exists()


def test_command_without_a_letter_still_shows_visits(tell: Callable[..., Any]) -> None:
    told = tell("9001").stdout
    assert "9001 Nordby (Nordby Kommune)" in told and f"{QUARTER} (published)" in told


def test_each_reason_has_words_in_both_languages() -> None:
    for words in (REASON_WORDS, REASON_WORDS_EN):
        assert set(words) == set(DropReason)
        assert len(set(words.values())) == len(words)
        assert [each for each in words.values() if not each.strip() or each[-1] in ". "] == []


def test_each_kind_of_personal_data_has_words() -> None:
    assert set(PERSONAL_DATA_WORDS) == {"cpr", "bare_cpr", *PLACEHOLDERS}


def test_each_thing_that_a_crawl_says_has_words() -> None:
    assert (set(STATE_WORDS), set(VERDICT_WORDS)) == (set(TerminalState), set(RobotsVerdict))
    kinds = {*ReservationKind, *Wall, *NotTaken, *NotFollowed, *FILE_KINDS.values(), "robots.txt"}
    assert kinds - set(KIND_WORDS) == set()
    assert counts_by_words({paused_reason("/a/#").partition(": ")[0]: 1}) == {"sagde intet nyt (kalendere, filtre)": 1}


def test_words_of_a_crawl_hide_what_comes_from_the_web() -> None:
    told = {idle_reason("<b>"): 2, idle_reason("x"): 3, "pdf": 9, "<script>": 1}
    assert counts_by_words(told) == {"PDF-fil": 9, "samme side under en anden adresse": 5, OTHER: 1}
    assert state_words("robots-closed").startswith("lukket af robots.txt")


def test_every_kind_in_a_real_frontier_has_words(town: Town) -> None:
    kinds = set()
    for path in (town.data / "work" / QUARTER).glob("*/frontier.db"):
        with closing(sqlite3.connect(path)) as db:
            kinds |= {row[0] for row in db.execute("select kind from not_taken")}
            kinds |= {row[0] for row in db.execute("select reason from url where state = 'excluded'")}
    assert len(kinds) > 3
    assert OTHER not in counts_by_words({kind.partition(": ")[0]: 1 for kind in kinds})


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((), []),
        (("rules, read 2026-10-03",), ["læst og fulgt"]),
        (("http://a.dk: rules, read 2026-10-03", "https://a.dk: rules, read 2026-10-03"), ["læst og fulgt"]),
        (
            ("http://a.dk: rules, read 2026-10-03", "https://a.dk: no rules, read 2026-10-03"),
            ["http://a.dk: læst og fulgt", "https://a.dk: fandtes ikke, så alt måtte hentes"],
        ),
    ],
)
def test_robots_txt_is_told_once_where_all_say_the_same(told: tuple[str, ...], expected: list[str]) -> None:
    assert robots_words(told) == expected


def test_numbers_and_dates_are_danish() -> None:
    assert (number(1_234_567), number(1_036.96, 1), number(0.004, 2)) == ("1.234.567", "1.037,0", "0,00")
    assert date(datetime.date(2026, 3, 1)) == "1. marts 2026"


def test_span_names_a_day_once() -> None:
    first = datetime.datetime(2026, 11, 23, 9, 5).astimezone()
    later = [first + datetime.timedelta(**each) for each in ({"seconds": 9}, {"minutes": 70}, {"days": 1})]
    assert [span(first, each) for each in later] == [
        "23. november 2026 kl. 09.05", "23. november 2026 kl. 09.05–10.15",
        "23. november 2026 kl. 09.05 – 24. november 2026 kl. 09.05",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://www.nordby.dk/a?b=1", True),
        ("javascript:alert(1)", False),
        ("//ond.example/", False),
        ("http:///a", False),
        ("https://www.nordby.dk/[cpr]", False),
        ("http://[::1/halv", False),
        ("https://www.nordby.dk/\u202ea", False),
    ],
)
def test_only_web_addresses_are_links(text: str, expected: bool) -> None:
    assert is_followable(text) is expected


def test_both_forms_show_every_sign_as_it_is() -> None:
    signs = r"a|b *c* [d](javascript:e) <f> `g` \h & \" \x1b"
    table = Table(heads=(signs, "n"), rows=((signs, "1"),))
    letter = Letter(
        title=signs, date="1. marts 2026", sender=(signs,), addressee=(signs,), opening=(signs,), closing=signs,
        footer=signs, sections=(Section(title=signs, texts=(signs,), tables=(table,), points=(signs,)),),
    )  # fmt: skip
    page = html.fromstring(letter_as_html(letter))
    assert page.text_content().count(signs) == 12
    marked = r"a\|b \*c\* \[d\](javascript:e) \<f\> \`g\` \\h & \\" + '" ' + r"\\x1b"
    assert letter_as_markdown(letter).count(marked) == 11  # without the title of the window
