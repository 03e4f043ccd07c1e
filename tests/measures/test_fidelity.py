from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from makd.measures import fidelity

RNG = np.random.default_rng(0)


def test_divergence_is_cross_entropy_above_the_teacher_s_entropy():
    t, s = RNG.random((30, 2)), RNG.random((30, 2))
    t[0, 0] = np.nan
    cross = -(t * np.log(s) + (1 - t) * np.log(1 - s))
    own = -(t * np.log(t) + (1 - t) * np.log(1 - t))
    np.testing.assert_allclose(fidelity.divergence(t, s), np.nanmean(cross - own, axis=0))
    np.testing.assert_allclose(fidelity.divergence(t[1:], t[1:]), 0, atol=1e-12)


def test_sure_answers_give_finite_figures():
    found = fidelity.divergence(np.array([[1.0], [0.0]]), np.array([[1.0], [1.0]]))
    assert 0 < found[0] < 20


def test_ranking_is_the_area_under_the_roc_curve():
    t, s = RNG.random((50, 3)), RNG.random((50, 3))
    t[:, 2] = 0.9
    t[:4, 0] = np.nan
    expected = roc_auc_score(t[4:, 0] > 0.5, s[4:, 0])
    found = fidelity.ranking(t, s)
    assert found[0] == pytest.approx(expected)
    assert np.isnan(found[2])


def test_agreement_counts_known_answers():
    p = np.array([[0.9, 0.2], [0.6, np.nan], [0.1, np.nan]])
    truth = np.array([[1.0, 1.0], [0.0, 1.0], [np.nan, 0.0]])
    assert fidelity.agreement(p, truth).tolist() == [0.5, 0.0]
    assert np.isnan(fidelity.agreement(p[1:], truth[1:])[1])
