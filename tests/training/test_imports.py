"""Training imports nothing of the other stages but the seam, and its cli nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import training

STAGES = {"crawler", "corpus", "demo", "workflows", "tvaerkom"}


def imported_by(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_only_the_seam_of_the_corpus_is_imported() -> None:
    paths = list(Path(training.__file__).parent.rglob("*.py"))
    foreign = {name for path in paths for name in imported_by(path) if name.split(".")[0] in STAGES}
    assert {"corpus.schema"} == foreign


def test_the_commands_load_nothing_heavy() -> None:
    heavy = {"torch", "transformers", "datasets", "pyarrow", "numpy"}
    program = f"import sys, training.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
