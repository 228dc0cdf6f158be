"""The gate that a challenger has to pass, fixed before any of them is seen.

In: what was measured of the challenger and of the model in use. Out: a verdict for each criterion, in words and
numbers, and one for all. Measures nothing (judging.py). A change of a threshold is a new GATE_VERSION. No difference
is no reason to change: then the model in use stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from foundation.files import sha256_of_text
from training.audit import limits
from training.evaluation.intervals import Difference, Scores

GATE_VERSION = 3  # 3: an audit under older limits counts no more than none
PASSED, REFUSED, NOT_JUDGED = "passed", "refused", "not judged"
DOMAIN, FORGETTING, AUDIT, SPEED, DATA = "domain", "forgetting", "audit", "speed", "data"
EPSILON_SHOWN = "epsilon_shown"  # of a private run whose twin broke its promise
GENERAL = "general"  # the control set of general Danish, as tvaerkom.yaml names it
# About 600 hidden tokens at 20 tokens a sentence; on fewer the interval is so wide that hardly any gain could pass.
MIN_SENTENCES = 200
MIN_DOCUMENTS = 20  # an interval from fewer clusters is too narrow (Cameron, Gelbach and Miller 2008)
# The whole 95 % interval of the paired difference in loss must lie below this: better, and not by chance.
MAX_DOMAIN_CHANGE = 0.0
# Loss on general Danish may rise by so much at most: chosen, not measured, and small beside what training on a domain
# gains on it. Taken at the upper end of the interval, so that a small control set cannot hide a loss.
MAX_FORGETTING = 0.01
# Tokens per second against the model in use: timings of one machine differ by a few parts in a hundred by themselves.
MIN_SPEED_SHARE = 0.9


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One question and its answer.

    Attributes:
        verdict: `passed`, `refused` or `not judged`.
        numbers: what was measured, by name; empty where nothing was.
        limit: what had to be reached, in words.
        reason: why the verdict is what it is, in words.
    """

    name: str
    verdict: str
    numbers: dict[str, float]
    limit: str
    reason: str


LIMITS = {
    DOMAIN: f"loss on municipal text lower: 95 % interval of the difference below {MAX_DOMAIN_CHANGE:g}, "
            f"on at least {MIN_SENTENCES} sentences of {MIN_DOCUMENTS} documents",
    FORGETTING: f"loss on general Danish at most {MAX_FORGETTING * 100:g} % higher, at the upper end of the 95 % "
                "interval",
    AUDIT: "the privacy audit of the run passed; of a private run it must have been done",
    SPEED: f"at least {MIN_SPEED_SHARE:g} of the tokens per second",
    DATA: "nothing was erased since from what it was trained on",
}  # fmt: skip


def thresholds() -> dict[str, Any]:
    """Everything that decides a verdict besides what is measured."""
    return {
        "gate_version": GATE_VERSION, "min_sentences": MIN_SENTENCES, "min_documents": MIN_DOCUMENTS,
        "max_domain_change": MAX_DOMAIN_CHANGE,
        "max_forgetting": MAX_FORGETTING, "min_speed_share": MIN_SPEED_SHARE, "limits": LIMITS,
        "audit_thresholds_sha256": limits.thresholds_sha256(),
    }  # fmt: skip


def thresholds_sha256() -> str:
    return sha256_of_text(*(f"{key}={value}" for key, value in sorted(thresholds().items())))


def not_judged(name: str, reason: str) -> Criterion:
    return Criterion(name=name, verdict=NOT_JUDGED, numbers={}, limit=LIMITS[name], reason=reason)


def domain(before: Scores, after: Scores, change: Difference) -> Criterion:
    """Loss on the common frozen sentences; `before` is the model in use."""
    if after.num_sentences < MIN_SENTENCES:
        return not_judged(DOMAIN, f"only {after.num_sentences} sentences that neither model was trained on")
    if after.num_documents < MIN_DOCUMENTS:
        return not_judged(DOMAIN, f"only {after.num_documents} documents; {MIN_DOCUMENTS} are needed for an interval")
    if change.high is None or change.low is None:
        return not_judged(DOMAIN, f"the sentences come from {after.num_documents} documents, too few for an interval")
    passed = change.high < MAX_DOMAIN_CHANGE
    worse = "not surely lower" if change.loss < MAX_DOMAIN_CHANGE else "not lower"
    return _decided(DOMAIN, passed, _numbers(before, after, change) | {"num_sentences": after.num_sentences}, (
        f"loss {before.loss:.4f} -> {after.loss:.4f}, difference {change.loss:+.4f} "
        f"({change.low:+.4f} to {change.high:+.4f}){'' if passed else f': {worse}'}"
    ))  # fmt: skip


def forgetting(before: Scores, after: Scores, change: Difference) -> Criterion:
    """Loss on general Danish; one that fell is no forgetting."""
    if change.high is None or change.low is None:
        return not_judged(FORGETTING, f"the control text has {after.num_documents} documents, too few for an interval")
    upper = change.high / before.loss
    return _decided(FORGETTING, upper <= MAX_FORGETTING, _numbers(before, after, change) | {"upper_share": upper}, (
        f"loss {before.loss:.4f} -> {after.loss:.4f}, {change.loss / before.loss:+.2%}, at most {upper:+.2%}"
    ))  # fmt: skip


def audit(run: str, values: dict[str, Any] | None, weights_sha256: str, *, is_private: bool) -> Criterion:
    """What the run's audit.json says; None where it has none. A private run is nothing without its audit.

    Args:
        weights_sha256: of the run; an audit of other weights says nothing of it. One that did not pass under older
            limits still counts.
    """
    if values is not None and values.get("weights_sha256") == weights_sha256 and values.get("passed") is False:
        return _decided(AUDIT, False, _broken_promise(values), f"the audit of run {run} did not pass")
    lacking = _lacking(run, values, weights_sha256)
    if lacking is None:
        return _decided(AUDIT, True, {}, f"the audit of run {run} passed")
    return _decided(AUDIT, False, {}, lacking) if is_private else not_judged(AUDIT, lacking)


def _lacking(run: str, values: dict[str, Any] | None, weights_sha256: str) -> str | None:
    """Why an audit that did not fail does not count; None where it passed."""
    again = f"run: tvaerkom audit {run}"
    if values is None:
        return f"run {run} was never audited; {again}"
    told = (values.get("format_version"), values.get("weights_sha256"), values.get("thresholds_sha256"))
    if told != (limits.FORMAT_VERSION, weights_sha256, limits.thresholds_sha256()):
        return f"the audit of run {run} is of other weights or under older limits; {again}"
    if values.get("passed") is not True:
        return f"the audit of run {run} is undecided: what decides could not be tested"
    return None


def _broken_promise(values: dict[str, Any]) -> dict[str, float]:
    """The bound of a twin that showed more than was promised, now or earlier."""
    now = [each["numbers"]["epsilon"] for each in values.get("criteria", ())
           if (each["name"], each["verdict"]) == (limits.BOUND, limits.FAILED)]  # fmt: skip
    earlier = [each["epsilon"] for each in values.get("failed_before", ()) if each["part"] == "twin"]
    return {EPSILON_SHOWN: max(now + earlier)} if now + earlier else {}


def is_final(criterion: Criterion) -> bool:
    """Whether no reason helps: something was erased, or a promise of privacy is broken."""
    return criterion.verdict == REFUSED and (criterion.name == DATA or EPSILON_SHOWN in criterion.numbers)


def same_speed() -> Criterion:
    return _decided(SPEED, True, {"share": 1.0}, "same architecture and size")


def speed(before: float, after: float) -> Criterion:
    """Tokens per second of two models of different shape, measured one after the other on one machine."""
    share = after / before
    numbers = {"before": before, "after": after, "share": share}
    return _decided(SPEED, share >= MIN_SPEED_SHARE, numbers, (
        f"{before:,.0f} -> {after:,.0f} tokens per second, {share:.2f} of the speed"
    ))  # fmt: skip


def data(complaint: str | None, gap: str | None) -> Criterion:
    """`complaint` says what was erased; `gap` why nobody can say whether anything was."""
    if complaint is None and gap is not None:
        return not_judged(DATA, gap)
    return _decided(DATA, complaint is None, {}, complaint or "nothing was erased since")


def verdict_of(criteria: Iterable[Criterion]) -> str:
    """Refused where one is, or where the domain was not judged: without it nothing speaks for a change."""
    return REFUSED if deciding(criteria) else PASSED


def deciding(criteria: Iterable[Criterion]) -> list[Criterion]:
    """Those that a refusal rests on."""
    return [each for each in criteria if each.verdict == REFUSED or (each.name, each.verdict) == (DOMAIN, NOT_JUDGED)]


def _decided(name: str, passed: bool, numbers: dict[str, float], reason: str) -> Criterion:
    return Criterion(
        name=name, verdict=PASSED if passed else REFUSED, numbers=numbers, limit=LIMITS[name], reason=reason
    )


def _numbers(before: Scores, after: Scores, change: Difference) -> dict[str, float]:
    """Those of a comparison of losses; its interval is known by now."""
    ends = {"low": change.low, "high": change.high}
    return {
        "before": before.loss, "after": after.loss, "difference": change.loss,
        **{name: end for name, end in ends.items() if end is not None},
    }  # fmt: skip
