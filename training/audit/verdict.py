"""What an audit has to find before it is seen: the limits, with their reasons, and the verdicts that follow.

In: what was found. Out: a verdict for each criterion, and one for all. Measures nothing. A change of a limit is a new
AUDIT_VERSION.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from foundation.files import sha256_of_text
from training.audit.bound import CONFIDENCE, GUESSED_SHARES, Bound
from training.audit.extraction import Extraction
from training.audit.membership import FALSE_POSITIVE_RATES, MIN_ABOVE, Membership, PowerAt
from training.audit.probing import BETTER, LIKE_LENGTH, MAX_CHANCE, MIN_ALIKE, ProbedLine
from training.audit.probing import NOT_TESTABLE as LINE_NOT_TESTABLE

AUDIT_VERSION = 1
PASSED, FAILED, NOT_TESTABLE, NO_LIMIT = "passed", "failed", "not testable", "no limit"
BOUND, MEMBERSHIP, EXTRACTION, PROBE = "bound", "membership", "extraction", "probe"
# Of a run without privacy, which promises nothing: at one wrong suspicion in a hundred, one trained sentence in ten may
# be recognised, ten times as many as by chance. Above that whoever holds a text can often tell that it was trained on.
MAX_POWER = 0.10
LIMITED_RATE = 0.01  # the rate of wrong suspicions that the limit is for: 0.1 % asks for 5,000 validation sentences
# Of rare words at most one in a hundred more may be guessed whole for having been trained on; taken at the lower end of
# the interval, so that chance fails nobody.
MAX_SURPLUS = 0.01
MIN_WORDS = 100  # of each kind; of fewer a single word is more than MAX_SURPLUS


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One question and its answer.

    Attributes:
        verdict: `passed`, `failed`, `not testable`, or `no limit` where nothing was promised.
        numbers: what was measured, by name; empty where nothing was.
        limit: what had to be kept, in words.
        reason: why it was not testable; else None.
    """

    name: str
    verdict: str
    numbers: dict[str, float]
    limit: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a private run promises for each unit."""

    epsilon: float
    delta: float

    def allowed(self, false_positive_rate: float) -> float:
        """The largest share of members that anyone may find at this rate (Kairouz, Oh and Viswanath 2015)."""
        return min(1.0, math.exp(min(self.epsilon, 700.0)) * false_positive_rate + self.delta)


LIMITS = {
    BOUND: "lower bound on epsilon, from guesses about canaries, not above the epsilon that was promised",
    MEMBERSHIP: f"without privacy: at {LIMITED_RATE:g} wrong suspicions at most {MAX_POWER:g} of the trained sentences "
                "recognised; private: at most e^epsilon x wrong suspicions + delta; both at the lower end of the 95 % "
                "interval",
    EXTRACTION: f"rare words guessed whole: at most {MAX_SURPLUS:g} more for having been trained on, at the lower end "
                "of the 95 % interval",
    PROBE: "no text of the probe file better known than texts never seen",
}  # fmt: skip


def thresholds() -> dict[str, object]:
    """Everything that decides a verdict besides what is measured."""
    return {
        "audit_version": AUDIT_VERSION, "max_power": MAX_POWER, "limited_rate": LIMITED_RATE,
        "max_surplus": MAX_SURPLUS, "min_words": MIN_WORDS, "false_positive_rates": list(FALSE_POSITIVE_RATES),
        "min_above": MIN_ABOVE, "confidence": CONFIDENCE, "guessed_shares": list(GUESSED_SHARES),
        "max_chance": MAX_CHANCE, "like_length": LIKE_LENGTH, "min_alike": MIN_ALIKE, "limits": LIMITS,
    }  # fmt: skip


def thresholds_sha256() -> str:
    return sha256_of_text(*(f"{key}={value}" for key, value in sorted(thresholds().items())))


def judge_bound(bound: Bound, claim: Claim | None) -> Criterion:
    """`claim`: None of a run without privacy."""
    numbers = {
        "epsilon": bound.epsilon, "largest": bound.largest, "num_canaries": bound.num_canaries,
        "num_guesses": bound.num_guesses, "num_right": bound.num_right,
    }  # fmt: skip
    if claim is None:
        return _criterion(BOUND, NO_LIMIT, numbers)
    return _criterion(BOUND, _passed(bound.epsilon <= claim.epsilon), numbers | {"claimed": claim.epsilon})


def judge_membership(found: Membership | None, claim: Claim | None) -> Criterion:
    """A run without privacy at LIMITED_RATE, a private one at each rate."""
    if found is None:
        return _not_testable(MEMBERSHIP, "nothing was asked about in one of the two splits")
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
        return _not_testable(MEMBERSHIP, f"{found.num_others} others to compare with, or their documents, are too few")
    return _criterion(MEMBERSHIP, _passed(held), numbers)


def _limit(each: PowerAt, claim: Claim | None) -> float | None:
    if claim is not None:
        return claim.allowed(each.false_positive_rate)
    return MAX_POWER if each.false_positive_rate == LIMITED_RATE else None


def judge_extraction(found: Extraction | None, *, fills_in_words: bool = True) -> Criterion:
    """Of runs with and without privacy; a head fills in no words."""
    if not fills_in_words:
        return _not_testable(EXTRACTION, "a head gives labels and no words, so none can be got out of it by asking")
    if found is None or min(found.members.num_words, found.others.num_words) < MIN_WORDS or found.surplus.low is None:
        return _not_testable(EXTRACTION, "too few rare words in one of the two splits, or in too few documents")
    numbers = {
        "surplus": found.surplus.value, "low": found.surplus.low, "high": found.surplus.high or 0.0,
        "allowed": MAX_SURPLUS, "num_members": found.members.num_words, "num_others": found.others.num_words,
        "members": found.members.run, "others": found.others.run, "members_base": found.members.base,
        "others_base": found.others.base,
    }  # fmt: skip
    return _criterion(EXTRACTION, _passed(found.surplus.low <= MAX_SURPLUS), numbers)


def judge_probe(lines: Iterable[ProbedLine]) -> Criterion:
    """Lines that cannot be tested fail nobody; they are counted."""
    verdicts = [each.verdict for each in lines]
    numbers: dict[str, float] = {
        "num_lines": len(verdicts), "num_better": verdicts.count(BETTER),
        "num_not_testable": verdicts.count(LINE_NOT_TESTABLE),
    }  # fmt: skip
    if verdicts.count(LINE_NOT_TESTABLE) == len(verdicts):
        return _not_testable(PROBE, "too few validation sentences of like length for so many lines")
    return _criterion(PROBE, _passed(not verdicts.count(BETTER)), numbers)


def passed(criteria: Iterable[Criterion], *, is_private: bool, fills_in_words: bool = True) -> bool | None:
    """None where what decides was not testable: the bound of a private run, else membership and extraction."""
    verdicts = {each.name: each.verdict for each in criteria}
    if FAILED in verdicts.values():
        return False
    deciding = (BOUND,) if is_private else (MEMBERSHIP, EXTRACTION) if fills_in_words else (MEMBERSHIP,)
    return True if all(verdicts.get(name) == PASSED for name in deciding) else None


def _passed(held: bool) -> str:
    return PASSED if held else FAILED


def _criterion(name: str, verdict: str, numbers: dict[str, float]) -> Criterion:
    return Criterion(name=name, verdict=verdict, numbers=numbers, limit=LIMITS[name], reason=None)


def _not_testable(name: str, reason: str) -> Criterion:
    return Criterion(name=name, verdict=NOT_TESTABLE, numbers={}, limit=LIMITS[name], reason=reason)
