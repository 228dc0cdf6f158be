"""The verdicts of an audit.

In: what was found. Out: a verdict for each criterion, and one for all, by the limits of limits.py. Measures nothing.
"""

from collections.abc import Sequence

from training.audit import reasons
from training.audit.bound import Bound
from training.audit.extraction import Extraction
from training.audit.limits import (
    BOUND,
    ENOUGH_CANARIES,
    EXTRACTION,
    FAILED,
    LIMITED_RATE,
    LIMITS,
    MAX_POWER,
    MAX_SURPLUS,
    MEMBERSHIP,
    MIN_WORDS,
    NO_LIMIT,
    NOT_TESTABLE,
    PASSED,
    PROBE,
    Claim,
    Criterion,
)
from training.audit.membership import Membership, PowerAt
from training.audit.probing import BETTER, ProbedLine, num_testable
from training.audit.probing import NOT_TESTABLE as LINE_NOT_TESTABLE
from training.audit.reasons import Reason


def judge_bound(bound: Bound, claim: Claim | None) -> Criterion:
    """`claim`: None of a run without privacy."""
    numbers = {
        "epsilon": bound.epsilon, "largest": bound.largest, "num_canaries": bound.num_canaries,
        "num_guesses": bound.num_guesses, "num_right": bound.num_right,
    }  # fmt: skip
    if claim is None:
        return _criterion(BOUND, NO_LIMIT, numbers)
    numbers |= {"claimed": claim.epsilon}
    if bound.largest <= claim.epsilon:
        return not_testable(BOUND, reasons.too_large(bound.num_canaries, bound.largest, claim.epsilon), numbers)
    return _criterion(BOUND, _passed(bound.epsilon <= claim.epsilon), numbers)


def is_too_large(criterion: Criterion) -> bool:
    """Whether a promise is larger than canaries enough could have shown."""
    is_bound = criterion.name == BOUND and criterion.verdict == NOT_TESTABLE
    return is_bound and "claimed" in criterion.numbers and criterion.numbers["num_canaries"] >= ENOUGH_CANARIES


def judge_membership(found: Membership | None, claim: Claim | None) -> Criterion:
    """Any run at LIMITED_RATE, a private one at each rate that its promise limits."""
    if found is None:
        return not_testable(MEMBERSHIP, reasons.NOTHING_ASKED)
    numbers = {
        "num_members": found.num_members, "num_others": found.num_others, "auc": found.auc.value,
        "control_auc": found.control_auc.value,
    }  # fmt: skip
    held = True
    for each in found.power:
        limit = _limit(each, claim)
        if each.found is not None:
            ends = {"found": each.found.value, "low": each.found.low, "high": each.found.high, "allowed": limit}
            told = ((f"{name}_at_{each.false_positive_rate:g}", end) for name, end in ends.items())
            numbers |= {name: end for name, end in told if end is not None}
            held &= limit is None or each.found.low is None or each.found.low <= limit
    limited = [each for each in found.power if _limit(each, claim) is not None]
    if not any(each.found is not None and each.found.low is not None for each in limited):
        return not_testable(MEMBERSHIP, reasons.few_others(found.num_others))
    return _criterion(MEMBERSHIP, _passed(held), numbers)


def _limit(each: PowerAt, claim: Claim | None) -> float | None:
    """A promise that allows everything is none."""
    rate = each.false_positive_rate
    limits = [MAX_POWER] if rate == LIMITED_RATE else []
    limits += [claim.allowed(rate)] if claim is not None and claim.allowed(rate) < 1 else []
    return min(limits, default=None)


def judge_extraction(found: Extraction | None, *, fills_in_words: bool = True) -> Criterion:
    """Of runs with and without privacy; a head fills in no words."""
    if not fills_in_words:
        return not_testable(EXTRACTION, reasons.NO_WORDS)
    if found is None or min(found.members.num_words, found.others.num_words) < MIN_WORDS or found.surplus.low is None:
        return not_testable(EXTRACTION, reasons.FEW_WORDS)
    numbers = {
        "surplus": found.surplus.value, "low": found.surplus.low, "high": found.surplus.high or 0.0,
        "allowed": MAX_SURPLUS, "num_members": found.members.num_words, "num_others": found.others.num_words,
        "members": found.members.run, "others": found.others.run, "members_base": found.members.base,
        "others_base": found.others.base,
    }  # fmt: skip
    return _criterion(EXTRACTION, _passed(found.surplus.low <= MAX_SURPLUS), numbers)


def judge_probe(lines: Sequence[ProbedLine]) -> Criterion:
    """Lines that cannot be tested fail nobody; they are counted."""
    verdicts = [each.verdict for each in lines]
    numbers: dict[str, float] = {
        "num_lines": len(verdicts), "num_better": verdicts.count(BETTER),
        "num_not_testable": verdicts.count(LINE_NOT_TESTABLE),
    }  # fmt: skip
    if verdicts.count(LINE_NOT_TESTABLE) == len(verdicts):
        return not_testable(PROBE, _why_no_line(lines))
    return _criterion(PROBE, _passed(not verdicts.count(BETTER)), numbers)


def _why_no_line(lines: Sequence[ProbedLine]) -> Reason:
    asked = [each.num_compared for each in lines if each.num_hidden]
    if not asked:
        return reasons.NOTHING_HIDDEN
    return reasons.too_many_lines(max(asked), num_testable(max(asked)))


def passed(criteria: Sequence[Criterion], *, is_private: bool, fills_in_words: bool = True) -> bool | None:
    """None where what decides was not testable.

    A private run's bound decides; where its promise is larger than ENOUGH_CANARIES could show, membership and
    extraction do, as of any other run.
    """
    verdicts = {each.name: each.verdict for each in criteria}
    if FAILED in verdicts.values():
        return False
    by_asking = (MEMBERSHIP, EXTRACTION) if fills_in_words else (MEMBERSHIP,)
    deciding = (BOUND,) if is_private and not any(map(is_too_large, criteria)) else by_asking
    return True if all(verdicts.get(name) == PASSED for name in deciding) else None


def _passed(held: bool) -> str:
    return PASSED if held else FAILED


def _criterion(name: str, verdict: str, numbers: dict[str, float]) -> Criterion:
    return Criterion(
        name=name, verdict=verdict, numbers=numbers, limit=LIMITS[name], reason=None, danish_reason=None
    )


def not_testable(name: str, reason: Reason, numbers: dict[str, float] | None = None) -> Criterion:
    return Criterion(
        name=name, verdict=NOT_TESTABLE, numbers=numbers or {}, limit=LIMITS[name], reason=reason.english,
        danish_reason=reason.danish,
    )  # fmt: skip
