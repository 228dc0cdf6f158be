"""What an audit has to find before it is seen: the limits, with their reasons.

In: nothing. Out: the limits, their hash, and the form of a verdict. A change of a limit is a new AUDIT_VERSION. Judges
nothing (verdict.py).
"""

import math
from dataclasses import dataclass

from foundation.files import sha256_of_text
from training.audit.bound import CONFIDENCE, GUESSED_SHARES
from training.audit.membership import FALSE_POSITIVE_RATES, MIN_ABOVE
from training.audit.probing import LIKE_LENGTH, MAX_CHANCE, MIN_ALIKE

FORMAT_VERSION = 2  # of audit.json; 2: failed_before
# 2: a bound that could not have failed decides nothing; a private run is held to the limits of the others, too
AUDIT_VERSION = 2
PASSED, FAILED, NOT_TESTABLE, NO_LIMIT = "passed", "failed", "not testable", "no limit"
BOUND, MEMBERSHIP, EXTRACTION, PROBE = "bound", "membership", "extraction", "probe"
# Whatever was promised: at one wrong suspicion in a hundred, one trained sentence in ten may be recognised, ten times
# as many as by chance. Above that whoever holds a text can often tell that it was trained on.
MAX_POWER = 0.10
LIMITED_RATE = 0.01  # the rate of wrong suspicions that the limit is for: 0.1 % asks for 5,000 validation sentences
# Of rare words at most one in a hundred more may be guessed whole for having been trained on; taken at the lower end of
# the interval, so that chance fails nobody.
MAX_SURPLUS = 0.01
MIN_WORDS = 100  # of each kind; of fewer a single word is more than MAX_SURPLUS
# Who takes fewer canaries than these could call nearly any promise too large to be refuted.
ENOUGH_CANARIES = 1000


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One question and its answer.

    Attributes:
        verdict: `passed`, `failed`, `not testable`, or `no limit` where nothing was promised.
        numbers: what was measured, by name; empty where nothing was.
        limit: what had to be kept, in words.
        reason, danish_reason: why it was not testable; else None.
    """

    name: str
    verdict: str
    numbers: dict[str, float]
    limit: str
    reason: str | None
    danish_reason: str | None


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a private run promises for each unit, which the last two name."""

    epsilon: float
    delta: float
    english_unit: str = "one sentence"
    danish_unit: str = "én sætning"

    def allowed(self, false_positive_rate: float) -> float:
        """The largest share of members that anyone may find at this rate (Kairouz, Oh and Viswanath 2015)."""
        return min(1.0, math.exp(min(self.epsilon, 700.0)) * false_positive_rate + self.delta)


LIMITS = {
    BOUND: "lower bound on epsilon, from guesses about canaries, not above the epsilon that was promised; not testable "
           "where even the best guesses could show no more",
    MEMBERSHIP: f"at {LIMITED_RATE:g} wrong suspicions at most {MAX_POWER:g} of the trained sentences recognised; "
                "private, at each rate: at most e^epsilon x wrong suspicions + delta, too; at the lower end of the "
                "95 % interval",
    EXTRACTION: f"rare words guessed whole: at most {MAX_SURPLUS:g} more for having been trained on, at the lower end "
                "of the 95 % interval",
    PROBE: "no text of the probe file better known than texts never seen",
}  # fmt: skip


def thresholds() -> dict[str, object]:
    """Everything that decides a verdict besides what is measured."""
    return {
        "audit_version": AUDIT_VERSION, "max_power": MAX_POWER, "limited_rate": LIMITED_RATE,
        "max_surplus": MAX_SURPLUS, "min_words": MIN_WORDS, "enough_canaries": ENOUGH_CANARIES,
        "false_positive_rates": list(FALSE_POSITIVE_RATES),
        "min_above": MIN_ABOVE, "confidence": CONFIDENCE, "guessed_shares": list(GUESSED_SHARES),
        "max_chance": MAX_CHANCE, "like_length": LIKE_LENGTH, "min_alike": MIN_ALIKE, "limits": LIMITS,
    }  # fmt: skip


def thresholds_sha256() -> str:
    return sha256_of_text(*(f"{key}={value}" for key, value in sorted(thresholds().items())))
