"""What was traced, for programs.

In: `TracedSentence` or `TracedPage`, and the opened page. Out: one JSON object.
"""

import datetime
import json
from dataclasses import asdict
from typing import Any

from corpus.tracing.page_tracing import TracedPage
from corpus.tracing.shown_page import NotShown, OpenedPage
from corpus.tracing.traced_sentence import TracedSentence
from foundation.printing import printable_json


def as_json(found: TracedSentence | TracedPage, opened: OpenedPage | NotShown | None) -> str:
    """`opened` stands under that key, where it was asked for."""
    values = asdict(found)
    if values["origin"]:
        del values["origin"]["identity"]  # not masked
    values.pop("archived", None)
    if isinstance(found, TracedPage):
        values["without_archive"] = found.archived.reason if isinstance(found.archived, NotShown) else None
    kind = "page" if isinstance(found, TracedPage) else "sentence" if found.kept and not found.lost else "left out"
    if opened is not None:
        values["opened"] = asdict(opened)
    text = json.dumps({"kind": kind} | values, ensure_ascii=False, indent=2, default=_plain)
    return printable_json(text)


def _plain(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no form in JSON")
