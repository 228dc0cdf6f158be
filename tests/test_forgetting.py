"""find and forget as a user types them, on what the crawl's tests have made; the other stages' parts have own tests."""

import importlib.util
import json
import shutil
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import forgetting
import tvaerkom
from foundation.applied import missing_ids
from foundation.erasures import Trace, erasure_ids
from foundation.errors import BrokenRunError, ConfigError
from foundation.files import write_text
from foundation.locks import held
from foundation.places import Places

_MAKER = Path(__file__).parent / "crawler" / "test_erasing.py"
_spec = importlib.util.spec_from_file_location("made_for_erasing", _MAKER)
assert _spec and _spec.loader
made = importlib.util.module_from_spec(_spec)
sys.modules["made_for_erasing"] = made
_spec.loader.exec_module(made)

URL = "http://nordby.example/people/oluf?utm_source=x#top"
WORDS = (b"Oluf", b"oluf", b"Vindrose", b"vindrose", b"fyret", b"nordby.example/people")
REASON = "hun bad om det"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data: Path = tmp_path_factory.mktemp("forgetting") / "data"
    made.make_data(data)
    return data


@pytest.fixture
def places(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    shutil.copytree(template, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return Places(tmp_path / "data")


@pytest.fixture(autouse=True)
def _other_stages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Models are known to the training stage, which is not what is tested here."""
    for stage, name in (("corpus", "corpora"), ("training", "training")):
        module: Any = types.ModuleType(f"{stage}.erasing")
        setattr(module, f"find_in_{name}", lambda *_, **__: [])
        setattr(module, f"erase_from_{name}", lambda *_, **__: [])
        module.other_addresses, module.corpus_forms = lambda *_: frozenset(), list
        module.corpora_of = lambda _: frozenset()
        monkeypatch.setitem(sys.modules, f"{stage}.erasing", module)
    yield


@pytest.fixture
def run(places: Places) -> Callable[..., Any]:
    def run(*words: str, stdin: str | None = None) -> Any:
        arguments = ["--data", str(places.data), *words]
        return CliRunner().invoke(tvaerkom.app, arguments, input=stdin, catch_exceptions=True)

    return run


def test_find_tells_places_and_changes_nothing(places: Places, run: Callable[..., Any]) -> None:
    before = made.tree(places.data)
    result = run("find", "--url", URL)
    assert result.exit_code == 0, result.exception
    assert "nordby.example/folk/oluf" in result.output
    assert "snapshots/2020Q1/sites/9001/9001-2020Q1-00000.warc.gz" in result.output
    assert made.tree(places.data) == before
    found = json.loads(run("--json", "find", "--url", URL).stdout)
    assert found["found"] == sum(each["count"] for each in found["traces"]) > 10


def test_forget_works_in_a_data_folder_that_is_named_from_where_one_is(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.chdir(places.data.parent)
    words = ["--data", places.data.name, "forget", "--url", URL, "--reason", REASON, "--yes"]
    result = CliRunner().invoke(tvaerkom.app, words)
    assert result.exit_code == 0, result.exception
    assert made.hits(places, b"Oluf Vindrose", b"nordby.example/people/oluf") == []
    made.assert_whole(places)
    assert not (places.snapshots / "2020Q1" / places.data.name).exists()


def test_a_report_of_a_corpus_goes_with_every_erasure(places: Places, run: Callable[..., Any]) -> None:
    write_text(places.corpus_report("2020Q1") / "report.html", "<p>Oluf Vind…</p>")
    assert run("forget", "--url", URL, "--reason", REASON, "--yes").exit_code == 0
    assert not places.corpus_report("2020Q1").exists()
    assert (places.reports / "crawl-2020Q1.json").exists()


def test_find_says_that_there_is_nothing(run: Callable[..., Any]) -> None:
    assert run("find", "--url", "https://www.nordby.example/nobody").stdout == "nothing is kept of it\n"


def test_forget_leaves_a_receipt_without_a_word_of_it(places: Places, run: Callable[..., Any]) -> None:
    words = ("forget", "--url", URL, "--reason", REASON, "--case", "26/17")
    before = made.tree(places.data)
    dry = run(*words, "--dry-run")
    assert (dry.exit_code, made.tree(places.data)) == (0, before)
    result = run(*words, "--yes")
    assert result.exit_code == 0, result.exception
    assert "links to it are left in other pages: " in result.stdout
    assert "load_dataset" in result.stdout
    assert made.hits(places, b"Oluf Vindrose", b"nordby.example/people/oluf") == []
    made.assert_whole(places)
    (path,) = places.erasures.glob("*.json")
    receipt = json.loads(path.read_text())
    assert (receipt["state"], receipt["reason"], receipt["case"]) == ("done", REASON, "26/17")
    assert receipt["kinds"] == ["payload", "url"]
    assert [len(receipt["hashes"][kind]) for kind in ("payload", "url")] == [2 + 4, 3]
    assert {each["kind"] for each in receipt["erased"]} >= {"WARC record", "capture", "frontier row", "report line"}
    for each in places.erasures.iterdir():
        content = each.read_bytes()
        assert [word for word in WORDS if word in content] == [], each
    assert erasure_ids(places.erasures, only_pending=True) == missing_ids(places) == []


def test_forget_asks_and_takes_a_no(places: Places, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("forget", "--url", URL, "--reason", REASON)
    assert isinstance(result.exception, ConfigError)
    assert "--yes" in str(result.exception)
    monkeypatch.setattr(forgetting, "_is_attended", lambda: True)
    before = made.tree(places.data)
    assert run("forget", "--url", URL, "--reason", REASON, stdin="n\n").exit_code == 1
    assert made.tree(places.data) == before
    assert run("forget", "--url", URL, "--reason", REASON, stdin="y\n").exit_code == 0
    assert missing_ids(places) == []


@pytest.mark.parametrize(
    ("words", "stdin", "sentence"),
    [
        ((), None, "what is meant"),
        (("--url", "mailto:x@nordby.example"), None, "not an address"),
        (("--site", "Atlantis"), None, "no site 'Atlantis'"),
        (("--text-file", "nowhere.txt"), None, "cannot be read"),
        (("--text-file", "-"), "\n\n", "there is no text"),
        (("--text-file", "-"), "Oluf Vindrose Testesen passer fyret.\n\nOluf Testesen\n", "text 2 has 2 words"),
    ],
)
def test_wrong_use_is_one_sentence(words: tuple[str, ...], stdin: str, sentence: str, run: Callable[..., Any]) -> None:
    result = run("find", *words, stdin=stdin)
    assert isinstance(result.exception, ConfigError)
    assert sentence in str(result.exception)


def test_texts_come_from_standard_input(places: Places, run: Callable[..., Any]) -> None:
    text = "Noget der ikke står nogen steder.\n\nOluf  Vindrose Testesen passer\nfyret på ydre nordby"
    result = run("--json", "forget", "--text-file", "-", "--reason", REASON, "--yes", stdin=text)
    assert result.exit_code == 0, result.exception
    receipt = json.loads(result.stdout)
    assert receipt["kinds"] == ["payload", "text"]
    assert sorted(each["length"] for each in receipt["hashes"]["text"]) == [6, 8]
    assert made.hits(places, b"Oluf Vindrose", b"OLUF") == []
    made.assert_whole(places)


def test_kill_is_made_good_by_the_next_command(
    places: Places, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("crawler.erasing.erasing._erase_quarter", _stopped)
        stopped = run("forget", "--url", URL, "--reason", REASON, "--case", "7", "--yes")
        assert isinstance(stopped.exception, made.Stopped)
    (pending,) = erasure_ids(places.erasures, only_pending=True)
    assert forgetting.apply_missing_erasures(places) == [pending]
    assert made.hits(places, b"Oluf Vindrose") == []
    receipt = json.loads((places.erasures / f"{pending}.json").read_text())
    assert (receipt["state"], receipt["case"]) == ("done", "7")
    assert receipt["erased"]
    assert forgetting.apply_missing_erasures(places) == []


def _stopped(*_: Any) -> list[Trace]:
    raise made.Stopped


def test_backup_put_back_is_cleaned_and_told(
    template: Path, places: Places, run: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("forget", "--url", URL, "--reason", REASON, "--yes").exit_code == 0
    for name in ("snapshots", "work", "reports"):
        shutil.rmtree(places.data / name)
        shutil.copytree(template / name, places.data / name)
    (identity,) = forgetting.apply_missing_erasures(places)
    assert f"erasure {identity} was applied to " in capsys.readouterr().err
    assert made.hits(places, b"Oluf Vindrose") == []
    (again,) = json.loads((places.erasures / f"{identity}.json").read_text())["applied_again"]
    assert again["erased"]
    made.assert_whole(places)


def test_what_is_left_is_exit_code_1_and_stays_pending(
    places: Places, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sys.modules["corpus.erasing"], "find_in_corpora",
        lambda *_, **__: [Trace(place="corpora/2020Q1/sentences/train-00000.parquet", kind="sentence", count=2)],
    )  # fmt: skip
    result = run("forget", "--url", URL, "--reason", REASON, "--yes")
    assert isinstance(result.exception, BrokenRunError)
    assert "2 sentence in corpora/2020Q1" in str(result.exception)
    assert len(erasure_ids(places.erasures, only_pending=True)) == 1


def test_models_are_named_and_are_no_leftover(
    places: Places, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Trace(place="runs/2020Q1-published", kind="model", count=1)
    monkeypatch.setattr(sys.modules["training.erasing"], "find_in_training", lambda *_, **__: [model])
    result = run("forget", "--url", URL, "--reason", REASON, "--yes")
    assert result.exit_code == 0, result.exception
    assert "trained on it, and to be trained anew or put out of use: runs/2020Q1-published" in result.stdout


def test_nothing_is_erased_while_a_crawl_runs(places: Places, run: Callable[..., Any]) -> None:
    with held(places.crawl_work("2020Q3") / "lock", busy="x"):
        result = run("forget", "--url", URL, "--reason", REASON, "--yes")
    assert isinstance(result.exception, ConfigError)
    assert "2020Q3 is being crawled" in str(result.exception)
    assert erasure_ids(places.erasures, only_pending=True) == []


def test_second_of_a_day_has_a_number_of_its_own(places: Places, run: Callable[..., Any]) -> None:
    for path in ("/people/oluf", "/last", "/nobody"):
        assert run("forget", "--url", f"nordby.example{path}", "--reason", REASON, "--yes").exit_code == 0
    assert [path.stem.rsplit("-", 1)[1] for path in sorted(places.erasures.glob("*.json"))] == ["1", "2", "3"]
    assert missing_ids(places) == []


def test_looking_whether_something_is_missing_costs_nothing(places: Places, run: Callable[..., Any]) -> None:
    assert run("forget", "--url", URL, "--reason", REASON, "--yes").exit_code == 0
    times = []
    for _ in range(5):
        started = time.perf_counter()
        forgetting.apply_missing_erasures(places)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.01
