"""Lines of a text file of the user's, and what is said of the broken ones.

In: a path. Out: its numbered lines, or the objects on them. Knows no labels.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from foundation.errors import ConfigError

UNIT = "unit"
Complain = Callable[[int, str], None]  # a line, counted from 1, and what is wrong with it


def text_of(path: Path) -> str:
    """Raises ConfigError where the file cannot be read, or is not UTF-8."""
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from None


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Each line with its number, without its end."""
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        yield number, line.removesuffix("\r")


def json_lines(path: Path, complain: Complain) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each object of a JSONL file with its line; blank lines are passed over."""
    for number, line in lines_of(path):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            json.dumps(values, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            complain(number, "half of a character (\\ud800 to \\udfff), which stands for nothing by itself")
            continue
        except (ValueError, RecursionError):
            complain(number, "not JSON")
            continue
        if isinstance(values, dict):
            yield number, values
        else:
            complain(number, "not a JSON object")


def unit_in(number: int, values: dict[str, Any], complain: Complain) -> str | None:
    """The unit that a row names; a whole number is taken for its digits."""
    unit = values.get(UNIT)
    if isinstance(unit, int) and not isinstance(unit, bool):
        return str(unit)
    if not isinstance(unit, str | None):
        complain(number, f'"{UNIT}" must be a string')
        return None
    return (unit or "").strip() or None
