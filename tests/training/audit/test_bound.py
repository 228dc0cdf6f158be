"""The bound on epsilon against exact sums, a literal form of the theorem, and mechanisms whose epsilon is known."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from training.audit.bound import bound_from_scores, guess_counts, largest_bound, lower_bound, p_value


def exact_tail(number: int, right: int, chance: Fraction) -> float:
    """P[binomial >= right], in whole numbers."""
    terms = (
        math.comb(number, each) * chance**each * (1 - chance) ** (number - each) for each in range(right, number + 1)
    )
    return float(sum(terms))


def literal_p_value(num_guesses: int, num_right: int, num_canaries: int, epsilon: float, delta: float) -> float:
    """Theorem 5.2 word for word: P[W >= v] + 2 m delta max over i of P[v > W >= v - i] / i."""
    chance = Fraction(math.exp(epsilon) / (1 + math.exp(epsilon)))

    def tail(right: int) -> float:
        return exact_tail(num_guesses, max(right, 0), chance)

    shares = [(tail(num_right - i) - tail(num_right)) / i for i in range(1, num_canaries + 1)]
    return min(1.0, tail(num_right) + 2 * num_canaries * delta * max(shares))


@pytest.mark.parametrize(("guesses", "right"), [(20, 17), (100, 75), (100, 100), (37, 20), (300, 260)])
def test_without_delta_the_chance_is_the_exact_tail_of_a_binomial(guesses: int, right: int) -> None:
    for odds in (1, 3, 20):
        expected = exact_tail(guesses, right, Fraction(odds, odds + 1))
        assert p_value(guesses, right, 1000, math.log(odds), 0.0) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("guesses", "right"), [(20, 17), (60, 45), (60, 60), (40, 0)])
@pytest.mark.parametrize("delta", [1e-6, 1e-4, 1e-2])
def test_with_delta_it_is_the_theorem_word_for_word(guesses: int, right: int, delta: float) -> None:
    for epsilon in (0.0, 0.7, 2.0):
        expected = literal_p_value(guesses, right, 80, epsilon, delta)
        assert p_value(guesses, right, 80, epsilon, delta) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_the_chance_grows_with_epsilon_so_that_one_root_is_the_bound() -> None:
    for delta in (0.0, 1e-5, 1e-3):
        for guesses, right in ((50, 45), (200, 160), (1000, 700)):
            chances = [p_value(guesses, right, 1000, epsilon, delta) for epsilon in np.linspace(0, 6, 200)]
            assert all(later >= earlier - 1e-12 for earlier, later in pairwise(chances))
            bound = lower_bound(guesses, right, 1000, delta, 0.95)
            if bound:
                assert p_value(guesses, right, 1000, bound, delta) == pytest.approx(0.05, rel=1e-6)


def test_no_better_than_chance_shows_nothing() -> None:
    assert lower_bound(100, 50, 100, 0.0, 0.95) == 0.0
    assert lower_bound(10, 9, 1000, 1e-3, 0.95) == 0.0  # delta could do as much


def randomized_response(epsilon: float, number: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Each canary's coin told truly with chance e^epsilon / (1 + e^epsilon): epsilon-private, and no more."""
    is_in = rng.random(number) < 0.5
    is_true = rng.random(number) < 1 / (1 + math.exp(-epsilon))
    told = np.where(is_true, is_in, ~is_in)
    return told + rng.random(number) / 2, is_in


@pytest.mark.parametrize("epsilon", [0.5, 2.0])
def test_of_a_mechanism_of_known_epsilon_the_bound_is_below_it_in_95_of_100_repetitions(epsilon: float) -> None:
    rng = np.random.default_rng(5)
    bounds = [bound_from_scores(*randomized_response(epsilon, 1000, rng), delta=0.0).epsilon for _ in range(300)]
    assert np.mean(np.array(bounds) > epsilon) <= 0.05
    # not for being useless: with many canaries it comes close
    many = bound_from_scores(*randomized_response(epsilon, 50_000, rng), delta=0.0)
    assert 0.9 * epsilon < many.epsilon <= epsilon


def test_scores_that_tell_all_show_as_much_as_can_be_shown() -> None:
    is_in = np.arange(1000) % 2 == 0
    bound = bound_from_scores(is_in.astype(float), is_in, delta=1e-5)
    assert bound.epsilon == pytest.approx(largest_bound(1000, 1e-5))
    assert bound.epsilon == bound.largest
    assert bound.num_right == bound.num_guesses
    assert 5 < bound.largest < 6


def test_a_larger_delta_and_fewer_canaries_show_less() -> None:
    bounds = [largest_bound(number, 1e-5) for number in (100, 300, 1000, 10_000)]
    assert bounds == sorted(bounds) and bounds[0] > 2
    assert largest_bound(1000, 1e-3) < largest_bound(1000, 1e-5) < largest_bound(1000, 0.0)


def test_guesses_are_half_in_and_half_out() -> None:
    assert guess_counts(1000) == [50, 100, 200, 400, 1000]
    assert all(count % 2 == 0 and count <= 101 for count in guess_counts(101))
    rng = np.random.default_rng(0)
    scores, is_in = rng.normal(size=101), np.ones(101, dtype=bool)
    assert bound_from_scores(scores, is_in, delta=0.0).num_right * 2 == bound_from_scores(
        scores, is_in, delta=0.0
    ).num_guesses  # fmt: skip
