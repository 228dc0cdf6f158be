"""The house stands as drawn: import direction, exact versions, package data, a light command."""

import ast
import importlib.metadata
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
STAGES = {"foundation", "crawler", "corpus", "training", "demo"}
PACKAGES = STAGES | {"letters"}  # which crosses stages, as the modules at the top do
# What each package may import of the house: whole packages, or single modules (the seams).
MAY_IMPORT = {
    "foundation": {"foundation"},
    "crawler": {"foundation", "crawler"},
    "corpus": {"foundation", "crawler.snapshot", "corpus"},
    "training": {"foundation", "corpus.schema", "training"},
    "demo": STAGES,
    "letters": STAGES | {"letters"},
}
FOUNDATION_STANDS_ON = {"pydantic", "rich", "yaml", "typer"}
HEAVY = {"scrapy", "twisted", "trafilatura", "torch", "transformers", "duckdb", "lingua", "fastwarc", "warcio"}


def _imports(path: Path, *, top_level_only: bool = False) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_packages_import_upstream_only_and_only_the_seam(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in _imports(path)
        if name.split(".")[0] in PACKAGES
        and not any(name == allowed or name.startswith(f"{allowed}.") for allowed in MAY_IMPORT[package])
    ]
    assert wrong == []


@pytest.mark.parametrize("seam", ["crawler/snapshot.py", "corpus/schema.py"])
def test_seams_import_nothing_heavy_at_the_top(seam: str) -> None:
    code = f"import {seam.removesuffix('.py').replace('/', '.')}, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert HEAVY & {name.split(".")[0] for name in loaded.split()} == set()


def test_foundation_stands_on_little() -> None:
    named = {name.split(".")[0] for path in (ROOT / "foundation").glob("*.py") for name in _imports(path)}
    assert named - set(sys.stdlib_module_names) - {"foundation"} <= FOUNDATION_STANDS_ON


def test_only_cli_files_print() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for package in STAGES
        for path in (ROOT / package).rglob("*.py")
        if not path.name.endswith("cli.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert wrong == []


def test_every_module_opens_by_saying_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for package in STAGES
        for path in (ROOT / package).rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def _constraints() -> dict[str, str]:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]
    return {canonicalize_name(name): number for name, number in (line.split("==") for line in lines)}


def test_constraints_are_exact_and_fit_every_machine() -> None:
    constraints = _constraints()
    assert constraints["torch"] == "2.13.0"
    assert [number for number in constraints.values() if "+" in number] == []
    assert [name for name in constraints if name.startswith("nvidia") or name == "triton"] == []


def _needed(name: str, extras: frozenset[str], seen: set[tuple[str, frozenset[str]]]) -> Iterator[str]:
    """Names of all distributions that one needs, itself included."""
    if (name, extras) in seen:
        return
    seen.add((name, extras))
    yield name
    for text in importlib.metadata.requires(name) or []:
        requirement = Requirement(text)
        wanted = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in (*extras, "")
        )
        if wanted:
            yield from _needed(canonicalize_name(requirement.name), frozenset(requirement.extras), seen)


def test_constraints_name_every_dependency_and_nothing_else() -> None:
    extras = frozenset({"train", "private", "demo", "dev"})
    needed = set(_needed("tvaerkom", extras, set())) - {"tvaerkom"}
    constraints = _constraints()
    assert sorted(needed - constraints.keys()) == []
    installed = {name: importlib.metadata.version(name).split("+")[0] for name in needed}
    assert {name: constraints[name] for name in needed} == installed
    assert sorted(constraints.keys() - needed) == []


def test_packages_in_pyproject_are_those_that_are_there() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    there = {
        str(path.parent.relative_to(ROOT)).replace("/", ".")
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert set(listed) == there


@pytest.mark.slow
def test_wheel_holds_register_configurations_and_cards(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(tmp_path),
    ]
    copy = tmp_path / "source"
    subprocess.run(["cp", "-r", "--", *_sources(), str(_made(copy))], check=True, cwd=ROOT)
    subprocess.run([*command, str(copy)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "tvaerkom.py", "workflows.py", "forgetting.py", "letters/cli.py", "crawler/municipalities.yaml",
        "crawler/spiders/site.py", "training/configs/published.yaml", "training/telling/model_card.md.j2",
        "corpus/dataset_card.md.j2", "corpus/report/report.html.j2", "corpus/report/report.js",
        "corpus/report/texts.yaml", "letters/letter.html.j2", "demo/tour.py",
    } <= names  # fmt: skip
    assert [name for name in names if name.startswith(("tests/", "docs/", "data/"))] == []
    register = zipfile.ZipFile(wheel).read("crawler/municipalities.yaml")
    assert register == (ROOT / "municipalities.yaml").read_bytes()


def _sources() -> list[str]:
    return [
        *sorted(PACKAGES),
        "tvaerkom.py",
        "workflows.py",
        "forgetting.py",
        "municipalities.yaml",
        "pyproject.toml",
        "README.md",
        "LICENSE",
    ]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
