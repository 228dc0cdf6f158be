"""The words of the report's page, and how its first language, Danish, writes numbers.

In: texts.yaml, the words of drop reasons, keys and arguments. Out: texts. report.js does the same for the language that
a reader chooses, with the browser's own numbers; a test holds the two together.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from corpus.inspection.danish_words import REASON_WORDS, REASON_WORDS_EN

LANGUAGES = ("da", "en")
NOTHING = "–"
_HOLE = re.compile(r"\{(\w+)(?::(\w+)|\|([^|}]*)\|([^}]*))?\}")
_DECIMALS = {"percent": 1, "signed_percent": 1, "decimal": 1, "score": 2}


@cache
def all_texts() -> Mapping[str, Mapping[str, str]]:
    """By language and key."""
    own = yaml.safe_load(files("corpus.report").joinpath("texts.yaml").read_text(encoding="utf-8"))
    reasons = {"da": REASON_WORDS, "en": REASON_WORDS_EN}
    return {
        language: {key: words[language] for key, words in own.items()}
        | {f"drop.{reason}": word for reason, word in reasons[language].items()}
        for language in LANGUAGES
    }


def say(key: str, **parts: Any) -> str:
    """The Danish text of a key, with its holes filled; a key that nobody knows is its own text."""
    text = all_texts()["da"].get(key, key.partition(".")[2])
    return _HOLE.sub(lambda hole: _fill(hole, parts), text)


def _fill(hole: re.Match[str], parts: Mapping[str, Any]) -> str:
    name, form, one, many = hole.groups()
    value = parts[name]
    if one is not None:
        return str(one if value == 1 else many)
    if isinstance(value, Mapping):
        return say(**value)
    return value if isinstance(value, str) else write_number(value, form or "integer")


def write_number(value: float | None, form: str = "integer") -> str:
    """As a Danish browser writes it: 1.234, +3, 4,1 %, 14,2."""
    if value is None:
        return NOTHING
    number = Decimal(repr(value)) * (100 if "percent" in form else 1)
    rounded = number.quantize(Decimal(1).scaleb(-_DECIMALS.get(form, 0)), ROUND_HALF_UP)
    text = f"{abs(rounded):,}".translate(str.maketrans(",.", ".,"))
    if form == "percent":
        text = text.removesuffix(",0")
    sign = "−" if rounded < 0 else "+" if rounded > 0 and form.startswith("signed") else ""
    return f"{sign}{text}\u00a0%" if "percent" in form else f"{sign}{text}"
