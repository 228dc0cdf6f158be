"""Each criterion on both sides of its limit."""

from dataclasses import replace

import pytest

from training.audit import limits
from training.champions import gate
from training.champions.gate import NOT_JUDGED, PASSED, REFUSED
from training.evaluation.intervals import Difference, Scores

BEFORE = Scores(
    loss=2.0, loss_low=1.9, loss_high=2.1, top1=0.5, top1_low=0.4, top1_high=0.6, top5=0.7, num_masked=900,
    num_sentences=300, num_documents=40,
)  # fmt: skip


def change(loss: float, low: float | None, high: float | None) -> Difference:
    return Difference(loss=loss, low=low, high=high)


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (change(-0.2, -0.3, -0.1), PASSED),
        (change(-0.2, -0.4, 0.01), REFUSED),
        (change(-0.2, -0.4, 0.0), REFUSED),
        (change(0.2, 0.1, 0.3), REFUSED),
        (change(-0.2, None, None), NOT_JUDGED),
    ],
)
def test_domain_wants_the_whole_interval_below_zero(difference: Difference, expected: str) -> None:
    found = gate.domain(BEFORE, replace(BEFORE, loss=2.0 + difference.loss), difference)
    assert found.verdict == expected
    assert found.limit.startswith("loss on municipal text lower")


def test_domain_on_few_sentences_is_not_judged_and_so_refused() -> None:
    few = replace(BEFORE, num_sentences=199)
    found = gate.domain(few, few, change(-0.2, -0.3, -0.1))
    assert (found.verdict, found.numbers) == (NOT_JUDGED, {})
    assert gate.verdict_of([found]) == REFUSED
    assert gate.domain(BEFORE, replace(BEFORE, num_sentences=200), change(-0.2, -0.3, -0.1)).verdict == PASSED


@pytest.mark.parametrize(
    ("high", "expected"), [(-0.1, PASSED), (0.0199, PASSED), (0.0201, REFUSED), (None, NOT_JUDGED)]
)  # fmt: skip
def test_forgetting_allows_one_part_in_a_hundred_at_the_upper_end(high: float | None, expected: str) -> None:
    assert gate.forgetting(BEFORE, BEFORE, change(-0.1, None if high is None else -0.2, high)).verdict == expected


PASSED_AUDIT: dict[str, object] = {
    "passed": True, "weights_sha256": "a", "format_version": limits.FORMAT_VERSION,
    "thresholds_sha256": limits.thresholds_sha256(),
}  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected", "said"),
    [
        (PASSED_AUDIT, PASSED, "the audit of run r passed"),
        (PASSED_AUDIT | {"passed": False}, REFUSED, "the audit of run r did not pass"),
        ({"passed": False, "weights_sha256": "a"}, REFUSED, "did not pass"),  # under older limits, too
        (None, NOT_JUDGED, "run r was never audited; run: tvaerkom audit r"),
        (PASSED_AUDIT | {"passed": None}, NOT_JUDGED, "the audit of run r is undecided"),
        (PASSED_AUDIT | {"passed": "yes"}, NOT_JUDGED, "undecided"),
        (PASSED_AUDIT | {"weights_sha256": "b"}, NOT_JUDGED, "of other weights or under older limits"),
        (PASSED_AUDIT | {"thresholds_sha256": "b"}, NOT_JUDGED, "of other weights or under older limits"),
        (PASSED_AUDIT | {"format_version": 1}, NOT_JUDGED, "of other weights or under older limits"),
    ],
)  # fmt: skip
def test_audit_is_what_the_run_says_of_these_weights(
    values: dict[str, object] | None, expected: str, said: str
) -> None:
    found = gate.audit("r", values, "a", is_private=False)
    assert found.verdict == expected and said in found.reason
    without = REFUSED if expected == NOT_JUDGED else expected  # a private run needs one
    private = gate.audit("r", values, "a", is_private=True)
    assert private.verdict == without and private.reason == found.reason


def test_a_broken_promise_of_privacy_is_final_and_other_failures_are_not() -> None:
    failed = PASSED_AUDIT | {"passed": False}
    shown = {"name": "bound", "verdict": "failed", "numbers": {"epsilon": 3.0, "claimed": 1.0}}
    asked = {"name": "membership", "verdict": "failed", "numbers": {}}
    earlier = [{"part": "twin", "at": "", "reason": "", "num_canaries": 100, "epsilon": 2.0}]
    final = [
        gate.is_final(gate.audit("r", failed | more, "a", is_private=True))
        for more in ({"criteria": [shown]}, {"failed_before": earlier}, {"criteria": [asked]})
    ]
    assert final == [True, True, False]
    assert gate.is_final(gate.data("erased", None)) and not gate.is_final(gate.data(None, None))


@pytest.mark.parametrize(("after", "expected"), [(89.9, REFUSED), (90.0, PASSED), (200.0, PASSED)])
def test_speed_may_be_a_tenth_lower(after: float, expected: str) -> None:
    found = gate.speed(100.0, after)
    assert (found.verdict, found.numbers["share"]) == (expected, after / 100.0)
    assert gate.same_speed().verdict == PASSED


def test_erased_data_is_refused_whatever_else_is_unknown() -> None:
    assert gate.data(None, None).verdict == PASSED
    assert gate.data(None, "corpus is gone").verdict == NOT_JUDGED
    assert (gate.data("erased", "corpus is gone").verdict, gate.data("erased", None).reason) == (REFUSED, "erased")


def test_absent_criteria_do_not_refuse_by_themselves() -> None:
    domain = gate.domain(BEFORE, BEFORE, change(-0.2, -0.3, -0.1))
    absent = [gate.not_judged(name, "") for name in (gate.FORGETTING, gate.AUDIT, gate.SPEED, gate.DATA)]
    assert gate.verdict_of([domain, *absent]) == PASSED
    failed = gate.audit("r", {"passed": False, "weights_sha256": "a"}, "a", is_private=False)
    assert gate.verdict_of([domain, failed]) == REFUSED


def test_another_threshold_has_another_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    before = gate.thresholds_sha256()
    assert before == gate.thresholds_sha256()
    monkeypatch.setattr(gate, "MAX_FORGETTING", 0.02)
    assert gate.thresholds_sha256() != before
