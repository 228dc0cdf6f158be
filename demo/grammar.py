"""The template grammar: one template and a generator in, one Danish sentence out.

`[one|two]` is a choice (it may be nested), `{word}` a binding or a vocabulary slot, `{n:3-40}` a
number in a range.
The grammar knows no topics; those stand in the `topics_*` modules.
"""

import random
import re
from collections.abc import Callable, Mapping

MONTHS = (
    "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober",
    "november", "december",
)  # fmt: skip
WEEKDAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag")

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{([a-z_]+)(?::(\d+)-(\d+))?\}")

VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "weekday": WEEKDAYS,
    "month": MONTHS,
    "year": ("2018", "2019", "2020", "2021", "2022", "2023", "2024", "2025"),
    "next_year": ("2026", "2027", "2028", "2029", "2030"),
    "season": ("foråret", "sommeren", "efteråret", "vinteren"),
    "law": (
        "serviceloven", "folkeskoleloven", "planloven", "miljøbeskyttelsesloven", "forvaltningsloven",
        "dagtilbudsloven", "sundhedsloven", "vejloven", "byggeloven", "folkeoplysningsloven",
    ),
    "paragraph": (
        "§ 3", "§ 7, stk. 2", "§ 11", "§ 14, stk. 1", "§ 16 a", "§ 19", "§ 23, stk. 3", "§ 27", "§ 42",
        "§ 83", "§ 85, stk. 4", "§ 95", "§ 112",
    ),
    "office": (
        "forvaltningen", "kommunen", "afdelingen", "sagsbehandleren", "rådhuset", "det lokale team",
        "vores medarbejdere", "den ansvarlige afdeling",
    ),
    "committee": (
        "byrådet", "økonomiudvalget", "børne- og skoleudvalget", "teknik- og miljøudvalget",
        "kultur- og fritidsudvalget", "socialudvalget", "sundhedsudvalget", "kommunalbestyrelsen",
    ),
    "citizen": (
        "borgere", "familier", "unge", "ældre", "tilflyttere", "foreninger", "virksomheder", "naboer",
    ),
}  # fmt: skip


def grouped(number: int) -> str:
    """A number with Danish thousands points: 12500 becomes 12.500."""
    return f"{number:,}".replace(",", ".")


def _date(rng: random.Random, _low: int, _high: int) -> str:
    return f"{rng.randint(1, 28)}. {rng.choice(MONTHS)}"


def _time(rng: random.Random, low: int, high: int) -> str:
    return f"{rng.randint(low, high)}.{rng.choice(('00', '15', '30', '45'))}"


def _number(rng: random.Random, low: int, high: int) -> str:
    return grouped(rng.randint(low, high))


def _bare_number(rng: random.Random, low: int, high: int) -> str:
    return str(rng.randint(low, high))


def _price(rng: random.Random, low: int, high: int) -> str:
    return grouped(rng.randint(low // 5, high // 5) * 5)


_DRAWN: Mapping[str, Callable[[random.Random, int, int], str]] = {
    "date": _date,
    "time": _time,
    "n": _number,
    "y": _bare_number,
    "kr": _price,
}


Bindings = Mapping[str, str | tuple[str, ...]]


def expand(template: str, bindings: Bindings, rng: random.Random) -> str:
    """Write one sentence out; its first letter becomes a capital. A tuple among the bindings is drawn from.

    Raises:
        KeyError: the template names a slot that is neither bound nor in the vocabulary.
    """

    def fill(match: re.Match[str]) -> str:
        slot, low, high = match[1], int(match[2] or 0), int(match[3] or 0)
        if slot in _DRAWN:
            return _DRAWN[slot](rng, low, high)
        words = bindings[slot] if slot in bindings else VOCABULARY[slot]
        return words if isinstance(words, str) else rng.choice(words)

    text = template
    while "[" in text or "{" in text:
        text = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), text)
        if "[" not in text:
            text = _SLOT.sub(fill, text)
    return text[:1].upper() + text[1:]
