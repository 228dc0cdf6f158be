"""An audit in plain words: one paragraph in Danish and one in English, for whoever has to answer for the model.

In: the verdicts with their numbers. Out: what was tested, found and not testable, and whether it passed; and a line for
each verdict. Decides nothing (verdict.py); the sentences stand in phrases.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from training.audit.phrases import OF_HEAD, OF_LANGUAGE_MODEL, Phrases
from training.audit.verdict import (
    BOUND,
    EXTRACTION,
    LIMITED_RATE,
    MEMBERSHIP,
    NOT_TESTABLE,
    PROBE,
    Claim,
    Criterion,
)

_AT = f"_at_{LIMITED_RATE:g}"
_DECIMALS = {"epsilon": 2, "largest": 2, "claimed": 2}  # other numbers are counts or shares
_COUNTS = "num_"
_COLUMN = 11


def paragraphs(
    run: str, criteria: Sequence[Criterion], claim: Claim | None, passed: bool | None, *, fills_in_words: bool = True
) -> tuple[str, str]:
    """Danish, English; of a head where it fills in no words."""
    languages = OF_LANGUAGE_MODEL if fills_in_words else OF_HEAD
    danish, english = (_paragraph(run, criteria, claim, passed, phrases) for phrases in languages)
    return danish, english


def audit_lines(values: Mapping[str, Any]) -> list[str]:
    """What a terminal shows of audit.json."""
    rows = [f"  {each['name']:{_COLUMN}} {each['verdict']:13} {each['limit']}" for each in values["criteria"]]
    return [values["danish"], "", values["english"], "", "limits, fixed before anything was measured:", *rows]


def _paragraph(
    run: str, criteria: Sequence[Criterion], claim: Claim | None, passed: bool | None, phrases: Phrases
) -> str:  # fmt: skip
    tested = {each.name: _written(each, phrases) for each in criteria if each.verdict != NOT_TESTABLE}
    asked = {MEMBERSHIP, EXTRACTION, BOUND, *(each.name for each in criteria)}
    lacking = [phrases.lacking[name] for name in (MEMBERSHIP, EXTRACTION, BOUND, PROBE) if name in asked - set(tested)]
    what = "; ".join(phrases.what[name].format(**numbers) for name, numbers in tested.items())
    promise = phrases.promised if claim is not None else phrases.unpromised
    return " ".join([
        *([phrases.tested.format(run=run, what=what)] if tested else []),
        *(phrases.found[name].format(**numbers) for name, numbers in tested.items()),
        promise.format(claimed="" if claim is None else _decimal(claim.epsilon, 2, phrases)),
        phrases.not_testable.format(lacking="; ".join([*lacking, phrases.never])), phrases.outcomes[passed],
    ])  # fmt: skip


def _written(criterion: Criterion, phrases: Phrases) -> dict[str, str]:
    """The numbers of a criterion as this language writes them; those at LIMITED_RATE under their plain name."""
    written = {}
    for name, number in criterion.numbers.items():
        plain = name.removesuffix(_AT)
        if name.startswith(_COUNTS):
            written[plain] = f"{int(number):,}".replace(",", phrases.thousands)
        elif name in _DECIMALS:
            written[plain] = _decimal(number, _DECIMALS[name], phrases)
        else:
            written[plain] = f"{_decimal(100 * number, 1, phrases)} %"
    return written


def _decimal(number: float, digits: int, phrases: Phrases) -> str:
    return f"{number:.{digits}f}".replace(".", phrases.decimal)
