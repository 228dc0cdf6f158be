"""The docs say what the code has: commands, reasons, columns, settings, exceptions, files and links."""

import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
import yaml
from pydantic import BaseModel

import tvaerkom
from corpus import schema
from corpus.config import CorpusConfig
from corpus.schema import DropReason
from crawler import site_tables, snapshot
from crawler.frontier import Frontier
from crawler.register import RegisterFile
from foundation import errors
from foundation.user_settings import UserSettings

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OPTION = re.compile(r"--[a-z][a-z-]*")
TREES = ("README.md", "docs/explanation/architecture.md")
MAX_LINES = 150


def _text(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def _sections(text: str) -> dict[str, str]:
    """Heading -> what stands below it, up to the next heading of any level."""
    parts = re.split(r"^#{1,6} (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _rows(section: str) -> set[str]:
    """What stands in code marks in the first cells of a section's tables."""
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(below, f"{path} {name}")


def _all_commands() -> dict[str, Any]:
    found = {"tvaerkom": typer.main.get_command(tvaerkom.app)}
    for name, (module, _) in tvaerkom.COMMANDS.items():
        stage = typer.main.get_command(importlib.import_module(module).app)
        found |= dict(_commands(stage.commands[name], f"tvaerkom {name}"))  # type: ignore[attr-defined]
    return found


def _options(command: Any) -> set[str]:
    written = (name for each in command.params for name in (*each.opts, *each.secondary_opts))
    return {name for name in written if name.startswith("--")} - {"--help"}


def test_every_command_has_a_section_and_no_other_has_one() -> None:
    headings = {heading for heading in _sections(_text("commands.md")) if heading.startswith("tvaerkom")}
    assert headings == set(_all_commands())


@pytest.mark.parametrize("path", sorted(_all_commands()))
def test_the_section_of_a_command_names_its_options_and_no_others(path: str) -> None:
    documented = {word.split()[0] for word in _rows(_sections(_text("commands.md"))[path])}
    assert documented - {"--help"} == _options(_all_commands()[path])


def test_no_page_types_an_option_or_command_that_is_not_there() -> None:
    commands = _all_commands()
    wrong = []
    for page in PAGES:
        for line in re.findall(r"^(?:\$ )?tvaerkom [^\n#]*|`tvaerkom [^`\n]*`", page.read_text(), flags=re.MULTILINE):
            words = line.strip("`$ ").split()
            path, options = "tvaerkom", set(_options(commands["tvaerkom"]))
            for word in words[1:]:
                if f"{path} {word}" in commands:
                    path = f"{path} {word}"
                    options |= _options(commands[path])
            wrong += [
                f"{page.name}: {line}: {each}" for each in OPTION.findall(line) if each not in options | {"--help"}
            ]
            if path in ("tvaerkom", "tvaerkom snapshot", "tvaerkom corpus"):
                bare = [word for word in words[1:] if re.fullmatch(r"[a-z]+", word)]
                wrong += [f"{page.name}: {line}"] if bare else []
    assert wrong == []


def test_every_drop_reason_is_explained_and_no_other() -> None:
    explained = set().union(*(_rows(section) for section in _sections(_text("drop-reasons.md")).values()))
    assert explained == {reason.value for reason in DropReason}


@pytest.mark.parametrize(
    ("section", "columns"),
    [
        ("Sentences", schema.SENTENCE_SCHEMA.names),
        ("Documents", schema.DOCUMENT_SCHEMA.names),
        ("Sites", schema.SITE_SCHEMA.names),
        ("Dropped", schema.DROPPED_SCHEMA.names),
        ("Personal data", schema.PERSONAL_DATA_SCHEMA.names),
        ("Carry", schema.CARRY_SCHEMA.names),
        ("Boilerplate", schema.BOILERPLATE_SCHEMA.names),
        ("Carried boilerplate", schema.CARRY_BOILERPLATE_SCHEMA.names),
        ("Carried documents", schema.CARRY_DOCUMENT_SCHEMA.names),
        ("Snapshot: captures.parquet", snapshot.capture_schema().names),
        ("Snapshot: outcomes.parquet", snapshot.outcome_schema().names),
        ("Snapshot: requests.parquet", site_tables._ledger_schema().names),
    ],
)
def test_every_column_of_a_table_is_described_and_no_other(section: str, columns: list[str]) -> None:
    assert _rows(_sections(_text("data-format.md"))[section]) == set(columns)


def test_every_schema_has_a_section() -> None:
    names = {name for name in vars(schema) if name.endswith("_SCHEMA")}
    sections = {
        "SENTENCE", "DOCUMENT", "SITE", "DROPPED", "PERSONAL_DATA", "CARRY", "BOILERPLATE", "CARRY_BOILERPLATE",
        "CARRY_DOCUMENT",
    }  # fmt: skip
    assert {f"{section}_SCHEMA" for section in sections} == names


def test_every_table_of_the_frontier_and_every_column_is_described_and_no_other(tmp_path: Path) -> None:
    sections = _sections(_text("frontier.md"))
    frontier = Frontier(tmp_path)
    tables = {row[0] for row in frontier.db.execute("select name from sqlite_master where type = 'table'")}
    columns = {table: {row[1] for row in frontier.db.execute(f"pragma table_info({table})")} for table in tables}
    frontier.close()
    assert _rows(sections["Tables"]) == tables
    assert {table: _rows(sections[f"Table: {table}"]) for table in tables} == columns


def test_every_site_state_and_manifest_key_of_a_site_is_described() -> None:
    section = _sections(_text("data-format.md"))["Manifests"]
    keys = set(snapshot.SiteSummary.__annotations__) | {state.value for state in snapshot.TerminalState}
    assert keys - _rows(section) == set()


def test_every_corpus_threshold_is_listed_with_its_default() -> None:
    section = _sections(_text("settings.md"))["Corpus thresholds"]
    assert _rows(section) == set(CorpusConfig.model_fields)
    for line in section.splitlines():
        if match := re.match(r"\| `(\w+)` \| (\S+) \|", line):
            written = yaml.safe_load(match[2].strip("`"))
            assert written == CorpusConfig().model_dump(mode="json")[match[1]], match[1]


def _keys(model: type[BaseModel]) -> Iterator[str]:
    """Names of all fields of a model and of the models inside it."""
    for name, field in model.model_fields.items():
        yield name
        waiting = [field.annotation]
        while waiting:
            kind = waiting.pop()
            waiting += get_args(kind)
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _keys(kind)


@pytest.mark.parametrize(("section", "model"), [("tvaerkom.yaml", UserSettings), ("municipalities.yaml", RegisterFile)])
def test_every_key_of_a_yaml_file_is_listed_and_no_other(section: str, model: type[BaseModel]) -> None:
    listed = {key.rpartition(".")[2] for key in _rows(_sections(_text("settings.md"))[section])}
    assert listed == set(_keys(model))


def test_the_example_of_tvaerkom_yaml_is_valid() -> None:
    example = re.search(r"```yaml\n(.*?)```", _sections(_text("settings.md"))["tvaerkom.yaml"], flags=re.DOTALL)
    assert example is not None
    assert UserSettings.model_validate(yaml.safe_load(example[1])).operator is not None


def test_every_exception_is_in_the_tree() -> None:
    classes = {name for name, value in vars(errors).items() if isinstance(value, type)}
    tree = _sections(_text("errors.md"))["Errors that end a command"]
    assert classes - set(re.findall(r"\w+Error", tree)) == set()


def test_every_exception_that_stays_inside_is_listed() -> None:
    defined = {
        name
        for package in ("crawler", "corpus", "training")
        for path in (ROOT / package).rglob("*.py")
        for name in re.findall(r"^class ([A-Z]\w*Error)\(", path.read_text(), flags=re.MULTILINE)
    }
    assert defined == {
        each for each in _rows(_sections(_text("errors.md"))["Errors that stay inside"]) if "/" not in each
    }


def _tree_paths(page: str) -> Iterator[str]:
    """Paths of a file tree: the first word of each line; what is indented lies below the folder above it."""
    for block in re.findall(r"```tree\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL):
        folder = ""
        for line in block.splitlines():
            name = line.split()[0]
            below = line.startswith("  ")
            if not below:
                folder = name if name.endswith("/") else ""
            yield folder + name if below else name


@pytest.mark.parametrize("page", TREES)
def test_every_file_named_in_a_tree_is_there(page: str) -> None:
    paths = list(_tree_paths(page))
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", TREES)
def test_every_module_named_in_code_marks_is_there(page: str) -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|yaml|j2))`", (ROOT / page).read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_tree_of_the_architecture_names_every_module() -> None:
    named = set(_tree_paths("docs/explanation/architecture.md"))
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in ("foundation", "crawler", "corpus", "training")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    assert modules - named == set()


def _anchors(text: str) -> set[str]:
    """GitHub's anchors: lower case, blanks to hyphens, other signs gone."""
    headings = re.findall(r"^#{1,6} (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_internal_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    assert broken == []


def test_the_index_links_every_page_of_the_docs() -> None:
    docs = ROOT / "docs"
    linked = {(docs / link).resolve() for link in re.findall(r"\]\(([^)#\s]+)\)", (docs / "index.md").read_text())}
    assert {path.resolve() for path in docs.rglob("*.md")} - linked - {(docs / "index.md").resolve()} == set()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_the_pages_at_the_top_are_short(name: str) -> None:
    assert len((ROOT / name).read_text().splitlines()) <= MAX_LINES


def test_make_targets_named_in_the_docs_are_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = {
        word for page in PAGES for word in re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), flags=re.MULTILINE)
    }
    assert named - targets == set()


def test_the_version_is_the_same_everywhere() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), flags=re.MULTILINE)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert version is not None
    assert citation["version"] == version[1]
    assert f"## [{version[1]}] - " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_no_page_names_a_place_on_a_developers_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True,
                            text=True, check=False).stdout.split()  # fmt: skip
    pages = [ROOT / name for name in listed] or PAGES
    wrong = [
        str(page) for page in pages if re.search(r"(?<!\w)/(?:work|tmp|root|home)/", page.read_text(encoding="utf-8"))
    ]
    assert wrong == []
