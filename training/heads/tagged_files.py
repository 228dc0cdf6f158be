"""Files of sentences with a tag for each word: columns (.conll, .tsv, .iob2) and .jsonl.

In: a file. Out: its sentences, or an error that names every broken line. In columns a line is TOKEN tab TAG, or TOKEN
tab TAG tab UNIT; blank lines stand between sentences; a line that begins with # and has no tab is a comment. In JSONL a
line is {"tokens": [...], "tags": [...], "unit": "..."}, the last of which may be left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.heads.examples import Example
from training.heads.iob2 import OUTSIDE, complaint_about
from training.heads.lines import Complain, json_lines, lines_of, unit_in

COLUMN_SUFFIXES, JSON_SUFFIX = (".conll", ".tsv", ".iob2"), ".jsonl"
_DOCUMENT_START = "-DOCSTART-"  # CoNLL 2003 has one before each document


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    line: int
    token: str
    tag: str
    unit: str | None


def read_tagged(path: Path, complain: Complain) -> list[Example]:
    """The sentences of a file; of one in which something is wrong, `complain` is told what, and it is left out."""
    if path.suffix.lower() == JSON_SUFFIX:
        found = [_of_object(number, values, complain) for number, values in json_lines(path, complain)]
        return [example for example in found if example is not None]
    return [_of_rows(rows, complain) for rows in _blocks(path, complain)]


def _blocks(path: Path, complain: Complain) -> Iterator[list[_Row]]:
    """The lines between two blank ones."""
    block: list[_Row] = []
    for number, text in lines_of(path):
        if not text.strip() or text.startswith(_DOCUMENT_START):
            if block:
                yield block
            block = []
        elif not (text.startswith("#") and "\t" not in text):
            row = _row(number, text, complain)
            block += [row] if row else []
    if block:
        yield block


def _row(number: int, text: str, complain: Complain) -> _Row | None:
    fields = text.split("\t")
    if len(fields) not in (2, 3):
        complain(number, f"{len(fields)} columns; write TOKEN tab TAG, or TOKEN tab TAG tab UNIT")
        return None
    if not fields[0]:
        complain(number, "no token before the tab")
        return None
    return _Row(line=number, token=fields[0], tag=fields[1].strip(), unit=(*fields, "")[2].strip() or None)


def _of_rows(rows: Sequence[_Row], complain: Complain) -> Example:
    _check_tags([row.tag for row in rows], [row.line for row in rows], complain)
    for row in rows:
        if row.unit != rows[0].unit:
            complain(row.line, f"unit {row.unit} in a sentence of unit {rows[0].unit}; a sentence is of one unit")
            break
    return Example(
        words=tuple(row.token for row in rows), labels=tuple(row.tag for row in rows), unit=rows[0].unit,
        line=rows[0].line,
    )  # fmt: skip


def _of_object(number: int, values: dict[str, Any], complain: Complain) -> Example | None:
    tokens, tags = values.get("tokens"), values.get("tags")
    for name, found in (("tokens", tokens), ("tags", tags)):
        if not isinstance(found, list) or not found or not all(isinstance(each, str) and each for each in found):
            complain(number, f'"{name}" must be a list of strings, none of them empty')
            return None
    assert isinstance(tokens, list) and isinstance(tags, list)  # just looked at
    if len(tokens) != len(tags):
        complain(number, f"{len(tokens)} tokens and {len(tags)} tags; each token has one tag")
        return None
    _check_tags(tags, [number] * len(tags), complain)
    unit = unit_in(number, values, complain)
    return Example(words=tuple(tokens), labels=tuple(tags), unit=unit, line=number)


def _check_tags(tags: Sequence[str], lines: Sequence[int], complain: Complain) -> None:
    for before, tag, line in zip((OUTSIDE, *tags), tags, lines, strict=False):
        if wrong := complaint_about(tag, before):
            complain(line, wrong)
