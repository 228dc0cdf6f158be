"""What the cache keeps is known by all of our code that it depends on."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.cached_code import JUDGED_PAGES, PAGE_TEXTS, files_of

ROOT = Path(__file__).parent.parent.parent
OURS = ("corpus", "foundation", "crawler")


def _imported(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            files = (ROOT / f"{name.replace('.', '/')}.py" for name in names)
            yield from (file for file in files if file.is_file())


def _closure(*paths: Path) -> set[Path]:
    found: set[Path] = set()
    waiting = list(paths)
    while waiting:
        if (path := waiting.pop()) not in found:
            found.add(path)
            waiting.extend(_imported(path))
    return found


@pytest.mark.parametrize(
    ("patterns", "roots"), [(PAGE_TEXTS, ("page_text", "page_keys")), (JUDGED_PAGES, ("judged_page",))]
)
def test_every_module_that_a_cached_value_needs_is_in_its_hash(
    patterns: tuple[str, ...], roots: tuple[str, ...]
) -> None:
    needed = _closure(*(ROOT / "corpus" / f"{root}.py" for root in roots))
    assert sorted(str(path.relative_to(ROOT)) for path in needed - files_of(patterns)) == []


def test_every_pattern_finds_files() -> None:
    assert [pattern for pattern in (*PAGE_TEXTS, *JUDGED_PAGES) if not files_of((pattern,))] == []
