"""An audit in plain words: one paragraph in Danish and one in English, for whoever has to answer for the model.

In: the verdicts with their numbers. Out: what was tested, found and not testable, and whether it passed; and a line for
each verdict. Decides nothing (verdict.py); the sentences stand in phrases.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from training.audit.failures import Failure
from training.audit.head_phrases import OF_HEAD
from training.audit.limits import (
    BOUND,
    EXTRACTION,
    FAILED,
    LIMITED_RATE,
    MEMBERSHIP,
    NOT_TESTABLE,
    PASSED,
    PROBE,
    Claim,
    Criterion,
)
from training.audit.phrases import OF_LANGUAGE_MODEL, Phrases
from training.audit.reasons import NO_TWIN, NOT_ASKED
from training.audit.verdict import is_too_large
from training.private.statement import rounded_up

_AT = f"_at_{LIMITED_RATE:g}"
_DECIMALS = {"epsilon": 2, "largest": 2, "claimed": 2}  # other numbers are counts or shares
_POINTS = {EXTRACTION: ("surplus", "low", "high", "allowed")}  # differences of shares
_VALUES = {MEMBERSHIP: ("found" + _AT, "allowed" + _AT), EXTRACTION: ("surplus", "allowed")}  # each with its limit
_COUNTS = "num_"
_COLUMN = 11


class _Count:
    """A number as it is written; behind a colon stand the words for one and for several."""

    def __init__(self, number: int, thousands: str) -> None:
        self._number, self._thousands = number, thousands

    def __format__(self, words: str) -> str:
        written = f"{self._number:,}".replace(",", self._thousands)
        return f"{written} {words.split('|')[self._number != 1]}" if words else written


def paragraphs(
    run: str, criteria: Sequence[Criterion], claim: Claim | None, passed: bool | None, *, fills_in_words: bool = True,
    failed_before: Sequence[Failure] = (),
) -> tuple[str, str]:  # fmt: skip
    """Danish, English; of a head where it fills in no words."""
    languages = OF_LANGUAGE_MODEL if fills_in_words else OF_HEAD
    danish, english = (_paragraph(run, criteria, claim, passed, failed_before, phrases) for phrases in languages)
    return danish, english


def audit_lines(values: Mapping[str, Any]) -> list[str]:
    """What a terminal shows of audit.json."""
    rows = [f"  {each['name']:{_COLUMN}} {each['verdict']:13} {each['limit']}" for each in values["criteria"]]
    return [values["danish"], "", values["english"], "", "limits, fixed before anything was measured:", *rows]


def _paragraph(
    run: str, criteria: Sequence[Criterion], claim: Claim | None, passed: bool | None, before: Sequence[Failure],
    phrases: Phrases,
) -> str:  # fmt: skip
    tested = {each.name: _written(each, phrases) for each in criteria if each.numbers}
    what = "; ".join(phrases.what[name].format(**numbers) for name, numbers in tested.items())
    now = [phrases.names[each.name] for each in criteria if each.verdict == FAILED]
    earlier = [f"{phrases.names[each.criterion]} ({each.at[:10]})" for each in before]
    return " ".join([
        phrases.opening.format(run=run),
        *([phrases.tested.format(what=what)] if tested else []),
        *(_found(each, tested[each.name], phrases) for each in criteria if each.name in tested),
        _promised(claim, phrases),
        *(phrases.too_large.format(by_asking=phrases.by_asking) for each in criteria if is_too_large(each)),
        phrases.not_testable.format(lacking="; ".join([*_lacking(criteria, phrases), phrases.never])),
        *([phrases.before.format(failed="; ".join(earlier))] if earlier else []),
        phrases.outcomes[passed].format(failed="; ".join([*now, *earlier])),
    ])  # fmt: skip


def _found(criterion: Criterion, numbers: Mapping[str, Any], phrases: Phrases) -> str:
    """What was found, and what decided where a value alone would mislead."""
    said = [phrases.found[criterion.name].format(**numbers)]
    if criterion.name == EXTRACTION:
        said.append(phrases.surplus[criterion.numbers["surplus"] > 0].format(**numbers))
    value, limit = (criterion.numbers.get(name, 0.0) for name in _VALUES.get(criterion.name, ("", "")))
    if criterion.verdict == PASSED and value > limit:
        said.append(phrases.lower_end)
    return " ".join(said)


def _promised(claim: Claim | None, phrases: Phrases) -> str:
    if claim is None:
        return phrases.unpromised
    return phrases.promised.format(
        claimed=rounded_up(claim.epsilon).replace(".", phrases.decimal),
        delta=f"{claim.delta:g}".replace(".", phrases.decimal),
        unit=claim.danish_unit if phrases.is_danish else claim.english_unit,
    )


def _lacking(criteria: Sequence[Criterion], phrases: Phrases) -> list[str]:
    """What was not tested, each with its reason."""
    given = {each.name: each.danish_reason if phrases.is_danish else each.reason for each in criteria}
    absent = {MEMBERSHIP: NOT_ASKED, EXTRACTION: NOT_ASKED, BOUND: NO_TWIN}
    why = {name: each.danish if phrases.is_danish else each.english for name, each in absent.items()}
    missing = {each.name for each in criteria if each.verdict == NOT_TESTABLE} | (set(absent) - set(given))
    return [
        f"{phrases.names[name]} ({given.get(name) or why[name]})"
        for name in (MEMBERSHIP, EXTRACTION, BOUND, PROBE)
        if name in missing
    ]


def _written(criterion: Criterion, phrases: Phrases) -> dict[str, Any]:
    """The numbers of a criterion as this language writes them; those at LIMITED_RATE under their plain name."""
    written: dict[str, Any] = {}
    for name, number in criterion.numbers.items():
        plain = name.removesuffix(_AT)
        if name.startswith(_COUNTS):
            written[plain] = _Count(int(number), phrases.thousands)
        elif name in _DECIMALS:
            written[plain] = _decimal(number, _DECIMALS[name], phrases)
        elif name in _POINTS.get(criterion.name, ()):
            written[plain] = _decimal(100 * number, 1, phrases)
        else:
            written[plain] = f"{_decimal(100 * number, 1, phrases)} %"
    return written


def _decimal(number: float, digits: int, phrases: Phrases) -> str:
    return f"{number:.{digits}f}".replace(".", phrases.decimal)
