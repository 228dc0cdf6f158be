"""The report of a corpus as a file: `data/reports/<name>/report.html`.

In: a corpus, the register. Out: the file, in place of an earlier one, and beside it its data for programs; with
`figures` also its pictures for papers.
Everything in it comes from contents.py, its look from page.py.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.report.contents import report_contents
from corpus.report.page import render
from corpus.report.pictures import pictures, write_figures
from crawler.snapshot import RegisteredSite
from foundation.files import write_text
from foundation.places import Places
from foundation.progress import progress

REPORT_NAME, DATA_NAME = "report.html", "report.json"


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Where pictures for papers go, and in which language: da or en."""

    folder: Path
    language: str


def make_report(
    places: Places, corpus: Path, registered: Sequence[RegisteredSite], *, tokenizer: str | None = None,
    figures: Figures | None = None,
) -> list[Path]:  # fmt: skip
    """Write the report; gives its path, then those of the pictures.

    Raises:
        BrokenRunError: a corpus is not complete, or a file cannot be read.
    """
    path = places.corpus_report(corpus.name) / REPORT_NAME
    with progress(f"report {corpus.name}", unit="steps", total=3) as meter:
        contents = report_contents(places, corpus, registered, tokenizer=tokenizer)
        meter.advance()
        drawn = pictures(contents)
        meter.advance()
        write_text(path, render(contents, drawn))
        write_text(path.with_name(DATA_NAME), json.dumps(contents, ensure_ascii=False, indent=1) + "\n")
        meter.advance()
    return [path, *(write_figures(contents, figures.folder, figures.language) if figures else ())]
