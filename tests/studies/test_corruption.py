import numpy as np
import pytest
from benchmarks.studies import corruption
from scipy.special import expit

N, Q, CLASSES = 400, 20, 8


@pytest.fixture
def log_odds():
    return np.random.default_rng(0).normal(0, 3, (N, Q))


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_flips_negate_the_share_that_is_asked_for_and_nothing_else(log_odds, rng):
    spoiled = corruption.flipped(log_odds, 0.3, rng)
    changed = spoiled != log_odds
    assert changed.mean() == pytest.approx(0.3, abs=0.02)
    np.testing.assert_array_equal(spoiled[changed], -log_odds[changed])


def test_nothing_is_changed_in_place(log_odds, rng):
    before, labels = log_odds.copy(), np.arange(N) % CLASSES
    corruption.flipped(log_odds, 0.5, rng)
    corruption.yes_biased(log_odds, 2)
    corruption.ignored(log_odds, 0.5, rng)
    corruption.wrong_of_class(log_odds, labels, 0.5, rng)
    corruption.noisy_questions((log_odds, log_odds), 0.5, 0.5, rng)
    np.testing.assert_array_equal(log_odds, before)


def test_ignored_questions_say_their_mean_whatever_is_seen(log_odds, rng):
    spoiled = corruption.ignored(log_odds, 0.25, rng)
    blind = np.ptp(spoiled, axis=0) == 0
    assert blind.sum() == 5
    np.testing.assert_allclose(expit(spoiled).mean(0), expit(log_odds).mean(0))
    np.testing.assert_array_equal(spoiled[:, ~blind], log_odds[:, ~blind])


def test_errors_of_a_class_hit_whole_cells(log_odds, rng):
    labels = np.arange(N) % CLASSES
    wrong = corruption.wrong_of_class(log_odds, labels, 0.25, rng) != log_odds
    of_cells = np.array([wrong[labels == label].mean(0) for label in range(CLASSES)])
    assert set(np.unique(of_cells)) == {0.0, 1.0}
    assert of_cells.mean() == 0.25


def test_two_looks_share_the_noisy_questions_and_not_the_noise(log_odds, rng):
    first, second = (
        look != log_odds for look in corruption.noisy_questions((log_odds, log_odds), 0.3, 0.4, rng)
    )
    np.testing.assert_array_equal(first.any(0), second.any(0))
    noisy = first.any(0)
    assert noisy.sum() == 6
    assert first[:, noisy].mean() == pytest.approx(0.4, abs=0.03)
    assert (first & second)[:, noisy].mean() == pytest.approx(0.16, abs=0.03)


def test_answers_by_chance_do_not_follow_each_other(rng):
    made = corruption.by_chance(5000, 7, rng)
    assert made.shape == (5000, 7)
    assert np.abs(np.corrcoef(made.T) - np.eye(7)).max() < 0.06
