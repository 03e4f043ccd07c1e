from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from makd.evaluation.statistics import bootstrap, estimate, holm, paired, sign_flip


def test_estimate_equals_numpy_and_scipy():
    values = [0.81, 0.79, 0.84, 0.80, 0.85]
    got = estimate(values)
    assert got.n == 5
    assert got.mean == pytest.approx(np.mean(values))
    assert got.std == pytest.approx(np.std(values, ddof=1))
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert got.ci95 == pytest.approx((expected.low, expected.high))


def test_interval_of_three_seeds_is_the_table_s():
    """t(0.975, 2) = 4.3027, from any table of Student's t."""
    low, high = estimate([1.0, 2.0, 3.0]).ci95
    assert high - 2 == pytest.approx(4.3027 / math.sqrt(3), rel=1e-4)
    assert low + high == pytest.approx(4.0)


def test_paired_equals_scipy():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.8, 0.02, 6), rng.normal(0.78, 0.02, 6)
    difference, p = paired(list(a), list(b))
    expected = stats.ttest_rel(a, b)
    assert difference.mean == pytest.approx(np.mean(a - b))
    assert difference.ci95 == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert p == pytest.approx(expected.pvalue)


def test_pairing_matters():
    a, b = [0.5, 0.6, 0.7, 0.8], [0.49, 0.591, 0.688, 0.79]
    assert paired(a, b)[1] < 0.001 < 0.5 < stats.ttest_ind(a, b).pvalue


def test_one_seed_says_nothing_about_spread():
    difference, p = paired([0.8], [0.7])
    assert difference.mean == pytest.approx(0.1)
    assert (difference.std, difference.ci95, p) == (None, None, None)


def test_differences_without_spread():
    equal, p = paired([0.8, 0.9, 0.7], [0.8, 0.9, 0.7])
    assert (equal.ci95, p) == ((0.0, 0.0), 1.0)
    constant, p = paired([0.8, 0.9, 0.7], [0.7, 0.8, 0.6])
    assert constant.ci95 == pytest.approx((0.1, 0.1))
    assert p == 0.0


def test_unequal_numbers_of_seeds_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        paired([0.8, 0.9], [0.8])


def test_holm_equals_a_worked_example():
    """0.01 * 4; 0.02 * 3; then 0.03 * 2 and 0.04 * 1, which may not fall below what stands before them."""
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, None, 0.8]) == [1.0, None, 1.0]
    assert holm([]) == []


def test_bootstrap_equals_resampling_images():
    rng = np.random.default_rng(3)
    differences = rng.choice([-1, -1 / 3, 0, 1 / 3, 1], p=[0.05, 0.1, 0.5, 0.2, 0.15], size=400)
    plain = [rng.choice(differences, 400).mean() for _ in range(10_000)]
    assert bootstrap(differences) == pytest.approx(np.quantile(plain, [0.025, 0.975]), abs=0.003)


def test_bootstrap_over_classes_weighs_them_equally():
    """In closed form: the variance of a mean of class means is their mean over the number of classes."""
    rng = np.random.default_rng(4)
    strata = np.repeat([0, 1, 2], [400, 100, 50])
    differences = rng.choice([-1.0, 0.0, 1.0], p=[0.1, 0.5, 0.4], size=550)
    groups = [differences[strata == k] for k in range(3)]
    centre = np.mean([g.mean() for g in groups])
    reach = 1.96 * math.sqrt(sum(g.var() / len(g) for g in groups)) / 3
    assert bootstrap(differences, strata) == pytest.approx((centre - reach, centre + reach), abs=0.01)


def test_bootstrap_without_differences_has_no_width():
    assert bootstrap(np.zeros(50)) == (0.0, 0.0)


def test_sign_flip_of_single_gains_is_mcnemar_s_exact_test():
    gains = np.array([1] * 9 + [-1] * 3 + [0] * 20)
    assert sign_flip(gains) == pytest.approx(stats.binomtest(9, 12).pvalue)


def test_sign_flip_counts_all_signs():
    gains = np.array([3, -1, 2, 2, 0, -1, 1, 3])
    signs = np.array(list(itertools.product([-1, 1], repeat=len(gains))))
    expected = (np.abs(signs @ gains) >= abs(gains.sum())).mean()
    assert sign_flip(gains) == pytest.approx(expected)
    assert sign_flip(-gains) == pytest.approx(expected)
    assert sign_flip(np.zeros(4, dtype=np.int64)) == 1
