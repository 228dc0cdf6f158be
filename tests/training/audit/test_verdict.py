"""Verdicts at the limits, and the two paragraphs that tell them."""

import math
from dataclasses import replace

import pytest

from training.audit.bound import Bound
from training.audit.extraction import Extraction, Guessed
from training.audit.failures import Failure
from training.audit.limits import (
    FAILED,
    MAX_POWER,
    MAX_SURPLUS,
    MIN_WORDS,
    NO_LIMIT,
    PASSED,
    Claim,
    thresholds_sha256,
)
from training.audit.limits import NOT_TESTABLE as UNDECIDED
from training.audit.membership import Membership, PowerAt, Share
from training.audit.probing import BETTER, NEVER_SEEN, NOT_TESTABLE, ProbedLine
from training.audit.verdict import judge_bound, judge_extraction, judge_membership, judge_probe, passed
from training.audit.wording import audit_lines, paragraphs

CLAIM = Claim(epsilon=1.0, delta=1e-5)


def bound(epsilon: float) -> Bound:
    return Bound(epsilon=epsilon, num_canaries=1000, num_guesses=200, num_right=160, largest=5.3, delta=1e-5,
                 confidence=0.95)  # fmt: skip


def recognised(low: float, at_thousandth: Share | None = None) -> Membership:
    share = Share(value=low + 0.01, low=low, high=low + 0.02)
    return Membership(
        num_members=5000, num_others=5000, auc=Share(value=0.6, low=0.5, high=0.7),
        control_auc=Share(value=0.5, low=0.4, high=0.6),
        power=(PowerAt(false_positive_rate=0.001, found=at_thousandth), PowerAt(false_positive_rate=0.01, found=share)),
    )  # fmt: skip


def extracted(low: float | None, num_words: int = 1000) -> Extraction:
    counted = Guessed(num_words=num_words, run=0.05, base=0.02, run_pieces=0.2, base_pieces=0.1)
    return Extraction(
        members=counted, others=counted, surplus=Share(value=0.03, low=low, high=None if low is None else 0.05)
    )


def line(verdict: str) -> ProbedLine:
    return ProbedLine(line=1, num_hidden=4, base_loss=3.0, run_loss=2.0, base_first=0.1, run_first=0.2,
                      num_compared=900, chance=0.3, verdict=verdict)  # fmt: skip


def test_a_bound_above_the_promise_fails_and_one_at_it_passes() -> None:
    assert judge_bound(bound(1.01), CLAIM).verdict == FAILED
    assert judge_bound(bound(1.0), CLAIM).verdict == PASSED
    told = judge_bound(bound(3.0), None)
    assert told.verdict == NO_LIMIT and "claimed" not in told.numbers


def test_membership_of_a_run_without_privacy_has_a_fixed_limit_at_one_rate() -> None:
    assert judge_membership(recognised(MAX_POWER), None).verdict == PASSED
    assert judge_membership(recognised(MAX_POWER + 1e-6), None).verdict == FAILED
    high = Share(value=0.9, low=0.8, high=1.0)
    assert judge_membership(recognised(0.02, at_thousandth=high), None).verdict == PASSED
    assert judge_membership(None, None).verdict == UNDECIDED


def test_membership_of_a_private_run_is_held_against_its_own_promise_at_each_rate() -> None:
    allowed = math.e * 0.01 + 1e-5
    assert CLAIM.allowed(0.01) == pytest.approx(allowed)
    assert judge_membership(recognised(allowed - 1e-6), CLAIM).verdict == PASSED
    assert judge_membership(recognised(allowed + 1e-6), CLAIM).verdict == FAILED
    too_much = Share(value=0.004, low=0.003, high=0.005)
    assert judge_membership(recognised(0.0, at_thousandth=too_much), CLAIM).verdict == FAILED
    assert Claim(epsilon=1000.0, delta=0.0).allowed(0.01) == 1.0


def test_an_interval_that_cannot_be_made_decides_nothing() -> None:
    nothing = replace(recognised(0.0), power=(PowerAt(false_positive_rate=0.01, found=None),))
    assert judge_membership(nothing, CLAIM).verdict == UNDECIDED
    wide = Share(value=0.9, low=None, high=None)
    assert (
        judge_membership(replace(nothing, power=(PowerAt(false_positive_rate=0.01, found=wide),)), None).verdict
        == UNDECIDED
    )
    assert judge_extraction(extracted(None)).verdict == UNDECIDED
    assert judge_extraction(None).verdict == UNDECIDED


def test_extraction_is_judged_at_the_lower_end_and_with_enough_words() -> None:
    assert judge_extraction(extracted(MAX_SURPLUS)).verdict == PASSED
    assert judge_extraction(extracted(MAX_SURPLUS + 1e-6)).verdict == FAILED
    assert judge_extraction(extracted(0.5, num_words=MIN_WORDS - 1)).verdict == UNDECIDED


def test_one_line_of_a_probe_that_is_better_known_fails() -> None:
    assert judge_probe([line(NEVER_SEEN), line(NOT_TESTABLE)]).verdict == PASSED
    assert judge_probe([line(NEVER_SEEN), line(BETTER)]).verdict == FAILED
    assert judge_probe([line(NOT_TESTABLE)]).verdict == UNDECIDED


GOOD = [judge_membership(recognised(0.01), None), judge_extraction(extracted(0.0)), judge_bound(bound(0.5), None)]
PRIVATE = [judge_membership(recognised(0.01), CLAIM), judge_extraction(extracted(0.0)), judge_bound(bound(0.5), CLAIM)]


def test_what_decides_differs_for_private_runs() -> None:
    assert passed(GOOD, is_private=False) is True
    assert passed(GOOD[:2], is_private=False) is True  # without a twin
    assert passed([GOOD[0], GOOD[2]], is_private=False) is None
    assert passed(PRIVATE, is_private=True) is True
    assert passed(PRIVATE[:2], is_private=True) is None  # the promise was not tested
    assert passed([PRIVATE[2]], is_private=True) is True
    assert passed([*PRIVATE[:2], judge_bound(bound(2.0), CLAIM)], is_private=True) is False
    assert passed([*PRIVATE, judge_probe([line(BETTER)])], is_private=True) is False


def test_paragraphs_tell_the_same_numbers_in_both_languages() -> None:
    criteria = [*PRIVATE, judge_probe([line(NEVER_SEEN), line(BETTER)])]
    danish, english = paragraphs("kvartal", criteria, CLAIM, False)
    for numbers, text in ((("2,0 %", "5,30", "0,50", "1.000", "1,00"), danish),
                          (("2.0 %", "5.30", "0.50", "1,000", "1.00"), english)):  # fmt: skip
        assert all(number in text for number in numbers) and "kvartal" in text and "{" not in text
    assert danish.startswith("Revision af")
    assert danish.endswith("Resultat: ikke bestået (de tekster, der blev spurgt til).")
    assert english.startswith("Audit of")
    assert english.endswith("Result: not passed (the texts that were asked about).")


def test_paragraphs_name_what_was_not_tested() -> None:
    criteria = [judge_membership(None, None), judge_extraction(extracted(0.0))]
    danish, english = paragraphs("kvartal", criteria, None, None)
    assert "no twin was trained" in english and "nothing was asked about" in english and "undecided" in english
    assert "ikke trænet en tvilling" in danish and "intet at spørge om" in danish and "uafgjort" in danish
    assert "recognised (95" not in english and "texts that were asked about" not in english
    nothing = paragraphs("kvartal", [judge_membership(None, None)], None, None)
    assert all("{" not in each and "kvartal" in each for each in nothing)


def test_the_terminal_shows_both_paragraphs_and_each_limit() -> None:
    values = {"danish": "Dansk.", "english": "English.", "criteria": [vars(each) for each in GOOD]}
    lines = audit_lines(values)
    assert lines[0] == "Dansk." and "English." in lines
    assert all(any(each.name in row and each.verdict in row for row in lines) for each in GOOD)


def test_the_limits_have_a_hash_that_changes_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    before = thresholds_sha256()
    monkeypatch.setattr("training.audit.limits.MAX_POWER", 0.2)
    assert thresholds_sha256() != before


LARGE = Claim(epsilon=8.0, delta=1e-5, english_unit="one web page", danish_unit="én webside")


def test_a_bound_that_could_not_have_failed_decides_nothing() -> None:
    told = judge_bound(bound(0.0), LARGE)
    assert told.verdict == UNDECIDED and told.numbers["largest"] == 5.3 and told.numbers["claimed"] == 8.0
    assert "could show 5.30 at most, and 8.00 is promised" in (told.reason or "")
    assert judge_bound(bound(5.3), replace(LARGE, epsilon=5.29)).verdict == FAILED


def test_a_private_run_is_held_to_the_limits_of_the_others_too() -> None:
    assert LARGE.allowed(0.01) == 1.0  # no limit by itself
    assert judge_membership(recognised(MAX_POWER), LARGE).verdict == PASSED
    assert judge_membership(recognised(MAX_POWER + 1e-6), LARGE).verdict == FAILED
    high = Share(value=0.9, low=0.8, high=1.0)
    assert judge_membership(recognised(0.02, at_thousandth=high), LARGE).verdict == PASSED


def test_where_the_promise_is_too_large_membership_and_extraction_decide() -> None:
    asked = [judge_membership(recognised(0.01), LARGE), judge_extraction(extracted(0.0))]
    large = judge_bound(bound(0.0), LARGE)
    assert passed([*asked, large], is_private=True) is True
    assert passed([asked[0], judge_extraction(None), large], is_private=True) is None
    of_head = [asked[0], judge_extraction(None, fills_in_words=False), large]
    assert passed(of_head, is_private=True, fills_in_words=False) is True
    assert passed([judge_membership(recognised(0.5), LARGE), asked[1], large], is_private=True) is False
    assert passed(asked, is_private=True) is None  # without a twin
    few = judge_bound(replace(bound(0.0), num_canaries=999), LARGE)
    assert passed([*asked, few], is_private=True) is None  # else whoever takes few could call any promise too large
    danish, english = paragraphs("kvartal", [*asked, large], LARGE, True)
    assert "cannot be refuted by so many invented persons" in english and "rests on recognition" in english
    assert "ikke modbevise" in danish and "hviler på genkendelse" in danish
    assert "epsilon (so many canaries, 1000, could show 5.30 at most, and 8.00 is promised)" in english
    assert "kunne højst vise 5,30, og 8,00 er lovet" in danish
    assert "rests on" not in paragraphs("kvartal", PRIVATE, CLAIM, True)[1]


def test_a_promise_is_told_no_smaller_than_it_is_with_delta_and_unit() -> None:
    danish, english = paragraphs("kvartal", PRIVATE, replace(LARGE, epsilon=1.001), True)
    assert "at most 1.01 at delta 1e-05 for one web page" in english
    assert "højst 1,01 ved delta 1e-05 for én webside" in danish


def test_a_value_above_its_limit_that_passed_is_explained() -> None:
    above = [judge_membership(recognised(MAX_POWER - 1e-3), None), judge_extraction(extracted(0.0))]
    for text, said in zip(paragraphs("kvartal", above, None, True), ("nedre ende", "lower end"), strict=True):
        assert text.count(said) == 2
    below = [judge_membership(recognised(0.01), None), judge_extraction(replace(
        extracted(0.0), surplus=Share(value=0.005, low=0.0, high=0.01)
    ))]  # fmt: skip
    assert "lower end" not in paragraphs("kvartal", below, None, True)[1]


def test_differences_are_points_and_a_fall_is_no_effect_of_training() -> None:
    danish, english = paragraphs("kvartal", GOOD, None, True)
    assert "3,0 procentpoint" in danish and "skyldes træningen" in danish and "differentiel privathed" in danish
    fell = judge_extraction(replace(extracted(0.0), surplus=Share(value=-0.01, low=-0.02, high=0.0)))
    danish, english = paragraphs("kvartal", [GOOD[0], fell], None, True)
    assert "skyldes" not in danish and "come from training" not in english
    assert "-1,0 procentpoint" in danish and "-1.0 percentage points" in english


def test_one_is_told_as_one() -> None:
    danish, english = paragraphs("kvartal", [*GOOD, judge_probe([line(BETTER)])], None, False)
    assert "om 1 tekst, som" in danish and "Af 1 tekst kendes 1 bedre" in danish and "1 tekster" not in danish
    assert "whether 1 text that" in english and "Of 1 text 1 is known" in english


def test_what_failed_before_is_named_beside_what_fails_now() -> None:
    before = [Failure(part="twin", at="2026-11-23T10:00:00+00:00", reason="", num_canaries=1000, epsilon=3.0)]
    danish, english = paragraphs("kvartal", [GOOD[0], judge_extraction(extracted(0.5))], None, False,
                                 failed_before=before)  # fmt: skip
    assert "still stands: epsilon (2026-11-23)" in english and "står ved magt: epsilon (2026-11-23)" in danish
    assert english.endswith("Result: not passed (rare names and numbers; epsilon (2026-11-23)).")


def test_how_many_lines_can_be_tested_is_said() -> None:
    told = judge_probe([replace(line(NOT_TESTABLE), num_compared=150)] * 8)
    assert "against 150 validation sentences of like length at most 7 lines" in (told.reason or "")
    nothing = replace(line(NOT_TESTABLE), num_hidden=0)
    assert "nothing could be hidden" in (judge_probe([nothing]).reason or "")
