"""The rivals of a corpus build, on the same pages: a datatrove pipeline.

In: a folder and a number of pages. Out: figures and a table: pages per CPU second of the same steps, and how well the
text of real pages is found. datatrove runs in .venv-bench (benchmarks/constraints.txt); CPU is that of the command and
its processes, start and end included, on both sides.
"""

import gzip
import json
import shutil
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.corpus_inputs import Workshop, workshop_of_danish_pages, workshop_of_real_pages
from benchmarks.danish_prose import has_prose
from benchmarks.figures import Figure, at_least, skipped
from benchmarks.real_material import SHARED_DATA, gold_of_real_pages
from benchmarks.rivals import PYTHON, ROOT
from benchmarks.served import QUARTER, Cost, measured, say

NUM_ROUNDS = 3
OURS, RIVAL = "corpus build", "datatrove"
RATE = f"pages per CPU s, {OURS} / {RIVAL}"
F1 = f"segments of 200 real pages, F1 of the {OURS} - F1 of {RIVAL}'s Trafilatura"
MODEL = "lid.bin"
DEFAULT_TIMEOUT_S, PATIENT_S = 1, 60  # the block's own, and one that no page comes near
TRIAL = f"{QUARTER}-alle"
# The codes of one set of sentences in terms of the other.
_LANGUAGES = {"dan": "da", "nob": "nb", "nno": "nn", "swe": "sv", "fao": "fo", "isl": "is"}


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side's part in the comparison: rounds of a build, and the F1 on the real pages, by the way it was asked."""

    costs: list[Cost]
    num_documents: int
    f1: dict[str, float]

    @property
    def best_f1(self) -> float:
        return max(self.f1.values())

    def rate(self, num_pages: int) -> float:
        return statistics.median(num_pages / cost.cpu_s for cost in self.costs)


def has_rivals(package: str) -> bool:
    """Whether their environment is there, and has this package."""
    return any((PYTHON.parents[1] / "lib").glob(f"python3.*/site-packages/{package}"))


def rival_figures(folder: Path, num_pages: int) -> Iterator[Figure]:
    if not (has_rivals("datatrove") and has_prose()):
        yield from (skipped(name) for name in (RATE, F1))
        return
    sides = both_sides(folder, num_pages)
    yield at_least(f"{RATE}, {num_pages} pages", 1.5, sides[OURS].rate(num_pages) / sides[RIVAL].rate(num_pages))
    # the better of theirs: what its one second of wall clock loses depends on the machine
    yield at_least(F1, 0, round(sides[OURS].best_f1 - sides[RIVAL].best_f1, 4))


def rival_table(folder: Path, num_pages: int) -> Iterator[tuple[str, ...]]:
    if not (has_rivals("datatrove") and has_prose()):
        yield ("no ../shared/data, or no datatrove in .venv-bench: make bench makes it",)
        return
    sides = both_sides(folder, num_pages)
    yield (f"{num_pages} pages", "documents", "pages per CPU s", "against datatrove", "peak MB")
    for name, side in sides.items():
        rate, peak_mb = side.rate(num_pages), max(cost.peak_mb for cost in side.costs)
        ratio = rate / sides[RIVAL].rate(num_pages)
        yield (name, str(side.num_documents), f"{rate:.1f}", f"{ratio:.2f}x", f"{peak_mb:.0f}")
    yield ("segments of 200 real pages", "F1")
    for side in sides.values():
        yield from ((how, f"{f1:.4f}") for how, f1 in side.f1.items())


def both_sides(folder: Path, num_pages: int) -> dict[str, Side]:
    """Build in turn, three times over; then the real pages, once each."""
    workshop = workshop_of_danish_pages(folder, num_pages)
    model = _train_model(folder)
    costs: dict[str, list[Cost]] = {OURS: [], RIVAL: []}
    for number in range(NUM_ROUNDS):
        workshop.forget(QUARTER)
        costs[OURS].append(workshop.build())
        shutil.rmtree(folder / f"built-{number}", ignore_errors=True)
        costs[RIVAL].append(_datatrove(folder, "build", workshop.warcs[QUARTER], f"built-{number}", model))
        for name, found in costs.items():
            say(f"{name}: {num_pages} pages, {found[-1].cpu_s:.1f} s of CPU, {found[-1].wall_s:.1f} s")
    real = workshop_of_real_pages(folder / "real")
    documents = _read_jsonl(folder / f"built-{NUM_ROUNDS - 1}" / "documents")
    theirs = {
        f"{RIVAL}'s Trafilatura, {timeout_s} s for a page": segment_f1(their_texts(folder, real, timeout_s))
        for timeout_s in (DEFAULT_TIMEOUT_S, PATIENT_S)
    }
    ours = Side(
        costs=costs[OURS], num_documents=len(workshop.rows(QUARTER, "documents/*.parquet", ["url"])),
        f1={OURS: segment_f1(our_texts(real))},
    )  # fmt: skip
    return {OURS: ours, RIVAL: Side(costs=costs[RIVAL], num_documents=len(documents), f1=theirs)}


def our_texts(workshop: Workshop) -> dict[str, str]:
    """Name of a page -> its text, of a build in which every language is wanted."""
    workshop.forget(TRIAL)
    workshop.build(TRIAL, "--set", "languages=[]")
    dropped = workshop.rows(TRIAL, "dropped/*.parquet", ["url", "level", "text"])
    kept = workshop.rows(TRIAL, "documents/*.parquet", ["url", "text"])
    return {
        _name(row["url"]): row["text"]
        for row in [*(row for row in dropped if row["level"] == "document" and row["text"]), *kept]
    }  # fmt: skip


def their_texts(folder: Path, workshop: Workshop, timeout_s: int) -> dict[str, str]:
    """The same, of datatrove's Trafilatura block; but for the timeout it is as by default."""
    out = f"extracted-{timeout_s}"
    shutil.rmtree(folder / out, ignore_errors=True)
    _datatrove(folder, "extract", workshop.warcs[QUARTER], out, str(timeout_s))
    rows = _read_jsonl(folder / out)
    say(f"{RIVAL}, {timeout_s} s for a page: {len(rows)} of the 200 real pages have a text")
    return {_name(row["metadata"]["url"]): row["text"] for row in rows}


def segment_f1(texts: Mapping[str, str]) -> float:
    """Segments that must be in the text of a page, against those that must not."""
    right = missed = wrong = 0
    for name, (wanted, unwanted) in gold_of_real_pages().items():
        text = texts.get(name, "")
        right += sum(segment in text for segment in wanted)
        missed += sum(segment not in text for segment in wanted)
        wrong += sum(segment in text for segment in unwanted)
    return 2 * right / (2 * right + missed + wrong)


def _train_model(folder: Path) -> str:
    """Sentences of ten languages, for the language filter."""
    rows = []
    for name in ("lingua_testdata", "tatoeba_nordic_half"):
        with gzip.open(SHARED_DATA / "language" / f"{name}.jsonl.gz", "rt") as file:
            for row in map(json.loads, file):
                if row.get("kind", "sentences") == "sentences" and not row["text"].startswith("../"):
                    rows.append({"lang": _LANGUAGES.get(row["lang"], row["lang"]), "text": row["text"]})
    (folder / "lines.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    _datatrove(folder, "lid", "lines.jsonl", MODEL)
    return MODEL


def _datatrove(folder: Path, *arguments: str | Path) -> Cost:
    command = [str(PYTHON), "-m", "benchmarks.datatrove_pipeline", *map(str, arguments)]
    return measured(command, folder, environment={"PYTHONPATH": str(ROOT)})


def _read_jsonl(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]


def _name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]
