"""Files of texts with a label each: .csv and .jsonl.

In: a file. Out: its texts, or an error that names every broken line. A CSV has a first line that names its columns,
`text` and `label`, and `unit` where there is one, in any order beside others; comma or semicolon stands between them.
In JSONL a line is {"text": "...", "label": "...", "unit": "..."}, the last of which may be left out.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.heads.examples import Example
from training.heads.lines import Complain, json_lines, text_of, unit_in

CSV_SUFFIX, JSON_SUFFIX = ".csv", ".jsonl"
_TEXT, _LABEL = "text", "label"
_MAX_FIELD = 10_000_000  # characters; of a file without a closing quotation mark the rest would be one text


def read_labelled(path: Path, complain: Complain) -> list[Example]:
    """The texts of a file; of one in which something is wrong, `complain` is told what, and it is left out."""
    rows = json_lines(path, complain) if path.suffix.lower() == JSON_SUFFIX else _csv_rows(path, complain)
    found = [_example(number, values, complain) for number, values in rows]
    return [example for example in found if example is not None]


def _example(number: int, values: dict[str, Any], complain: Complain) -> Example | None:
    for name in (_TEXT, _LABEL):
        found = values.get(name)
        if not isinstance(found, str) or not found.strip():
            complain(number, f'"{name}" must be a string that is not empty')
            return None
    unit = unit_in(number, values, complain)
    return Example(words=(values[_TEXT],), labels=(values[_LABEL].strip(),), unit=unit, line=number)


def _csv_rows(path: Path, complain: Complain) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row with the line on which it begins; a text in quotation marks may have several."""
    text = text_of(path)
    head = text.partition("\n")[0]
    csv.field_size_limit(_MAX_FIELD)
    delimiter = ";" if head.count(";") > head.count(",") else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        names, before = [name.strip() for name in next(rows, [])], rows.line_num
        if missing := [name for name in (_TEXT, _LABEL) if name not in names]:
            complain(1, f"no column {' and no column '.join(missing)}; the first line names the columns")
            return
        for row in rows:
            number, before = before + 1, rows.line_num
            if row and len(row) != len(names):
                complain(number, f"{len(row)} columns, and the first line names {len(names)}")
            elif row:
                yield number, dict(zip(names, row, strict=True))
    except csv.Error as error:
        complain(before + 1, f"not CSV from here on ({error})")
