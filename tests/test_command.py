"""The one command: light, helpful, and right in its exit codes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tvaerkom

HELP_LIMIT_S = 0.5
HEAVY = {"scrapy", "pyarrow", "duckdb", "trafilatura", "torch", "pydantic", "lingua", "datasets", "rich.progress"}
GROUPS = {
    "snapshot": ("list", "status", "show", "verify", "publish"),
    "corpus": ("build", "list", "config", "stats", "verify"),
}
LEAVES = [
    *((name,) for name in tvaerkom.COMMANDS if name not in GROUPS),
    *((group, name) for group, names in GROUPS.items() for name in names),
]


def run(*arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "tvaerkom", *arguments], capture_output=True, text=True, check=False, cwd=folder,
        env=os.environ | variables,
    )  # fmt: skip


def test_help_is_quick_and_imports_no_stage(tmp_path: Path) -> None:
    times = []
    for _ in range(4):
        started = time.monotonic()
        result = run("--help", folder=tmp_path)
        times.append(time.monotonic() - started)
        assert result.returncode == 0
    assert min(times) < HELP_LIMIT_S
    code = "import sys, tvaerkom; sys.argv = ['tvaerkom', '--help']\ntry: tvaerkom.main()\nfinally: print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert HEAVY & set(loaded.stdout.split()) == set()


@pytest.mark.parametrize("command", LEAVES, ids=" ".join)
def test_each_command_has_help_with_an_example(command: tuple[str, ...], tmp_path: Path) -> None:
    result = run(*command, "--help", folder=tmp_path)
    assert result.returncode == 0
    assert f"Example: tvaerkom {' '.join(command)}" in result.stdout


def test_help_of_a_command_does_not_import_its_libraries(tmp_path: Path) -> None:
    code = (
        "import sys, tvaerkom; sys.argv = ['tvaerkom', {!r}, '--help']\n"
        "try: tvaerkom.main()\nfinally: print(*sys.modules)"
    )
    for command in ("crawl", "train", "corpus", "quarter"):
        loaded = subprocess.run(
            [sys.executable, "-P", "-c", code.format(command)], capture_output=True, text=True, check=True, cwd=tmp_path
        )
        assert {"scrapy", "torch", "trafilatura", "pyarrow"} & set(loaded.stdout.split()) == set()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("walk",), 2, "No such command 'walk'"),
        (("crawl", "2026Q5"), 2, "'2026Q5' is not a quarter"),
        (("crawl", "2026Q4", "--only", "sønderbrog"), 2, "did you mean Sønderborg"),
        (("crawl", "2026Q4", "--only", "sønderborg"), 2, "tvaerkom init"),
        (("corpus", "build", "2026Q4"), 2, "run: tvaerkom crawl 2026Q4"),
        (("corpus", "stats"), 2, "there is no corpus"),
        (("corpus", "verify", "2026Q4"), 2, "there is no corpus 2026Q4"),
        (("snapshot", "verify", "2026Q4"), 2, "there is no snapshot 2026Q4"),
        (("snapshot", "publish", "2026Q4"), 2, "run: tvaerkom crawl 2026Q4"),
        (("train", "2026Q4"), 2, "tvaerkom corpus build 2026Q4"),
        (("fill", "nothing", "a [MASK]"), 2, "not a finished run"),
        (("quarter", "--until", "moon"), 2, "choose one of snapshot, corpus, model"),
        (("--register", "absent.yaml", "sites"), 2, "absent.yaml"),
    ],
)
def test_wrong_use_gets_one_sentence_and_no_traceback(
    arguments: tuple[str, ...], code: int, says: str, tmp_path: Path
) -> None:
    result = run(*arguments, folder=tmp_path)
    assert result.returncode == code
    assert says in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr


def test_works_from_any_directory_without_leaving_anything(tmp_path: Path) -> None:
    result = run("sites", folder=tmp_path)
    assert result.returncode == 0
    assert "102 of 106 sites are crawled" in result.stdout
    assert "Læsø" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_status_is_what_the_bare_command_shows(tmp_path: Path) -> None:
    assert run(folder=tmp_path).stdout == run("status", folder=tmp_path).stdout
    assert "next       tvaerkom demo" in run(folder=tmp_path).stdout


def test_init_writes_settings_once_and_a_broken_file_is_explained(tmp_path: Path) -> None:
    first = run("init", "--name", "Prøveby", "--contact", "data@proeveby.example", folder=tmp_path)
    assert first.returncode == 0
    written = (tmp_path / "tvaerkom.yaml").read_text()
    assert "Prøveby" in written
    again = run("init", "--name", "Andet", "--contact", "x@y.dk", folder=tmp_path)
    assert (again.returncode, (tmp_path / "tvaerkom.yaml").read_text()) == (0, written)
    (tmp_path / "tvaerkom.yaml").write_text(written + "operatr: {}\n")
    broken = run("status", folder=tmp_path)
    assert broken.returncode == 2
    assert "tvaerkom.yaml:" in broken.stderr and "operatr: there is no such key" in broken.stderr


def test_data_folder_comes_from_option_then_variable_then_settings(tmp_path: Path) -> None:
    (tmp_path / "tvaerkom.yaml").write_text("data: of-settings\n")
    assert "data folder of-settings" in run("status", folder=tmp_path).stdout
    assert "data folder of-variable" in run("status", folder=tmp_path, TVAERKOM_DATA="of-variable").stdout
    assert "data folder of-option" in run("--data", "of-option", "status", folder=tmp_path, TVAERKOM_DATA="x").stdout
