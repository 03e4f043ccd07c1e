from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from makd.distillation.quality import Reliability, class_means, contextual_offset, prior_offset

NAN = float("nan")


def test_after_prior_calibration_the_mean_answer_is_undecided():
    log_odds = np.array([[3.0, -1.0, NAN], [1.0, -2.0, NAN], [NAN, -4.0, NAN]])
    for temperature in (1.0, 2.0):
        p_yes = expit(log_odds / temperature)
        offset = prior_offset(p_yes, temperature)
        mean = logit(np.array([p_yes[:2, 0].mean(), p_yes[:, 1].mean()]))
        assert (temperature * mean - offset[:2]) / temperature == pytest.approx([0, 0], abs=1e-6)
        assert offset[2] == 0
    assert np.isfinite(prior_offset(np.ones((2, 1)))).all()


def test_after_contextual_calibration_a_blank_picture_is_undecided():
    blank = np.array([2.5, -1.0, NAN])
    assert expit(blank - contextual_offset(blank))[:2] == pytest.approx([0.5, 0.5])
    assert contextual_offset(blank)[2] == 0


def looks(noise: float, classes: int = 400, each: int = 10) -> tuple[np.ndarray, ...]:
    """Two looks at what varies by 0.1 within classes, whose means vary by 0.2; and the labels."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(classes), each)
    true = rng.normal(0, 0.2, (classes, 1))[labels] + rng.normal(0, 0.1, (len(labels), 1))
    first, second = (true + rng.normal(0, noise, true.shape) for _ in range(2))
    return first, second, labels


def test_reliability_is_the_share_that_a_second_look_finds_again():
    first, second, labels = looks(noise=0.1)
    found = Reliability.of(first, labels, second)
    assert found.within == pytest.approx([0.5], abs=0.06)
    assert found.total == pytest.approx([(0.04 + 0.01) / (0.04 + 0.02)], abs=0.06)
    first, _, labels = looks(noise=0.0)
    assert Reliability.of(first, labels, first).kept(1.0) == pytest.approx([1])


def test_shrinkage_at_its_full_strength_is_kelleys_and_nearest_to_the_truth():
    first, second, labels = looks(noise=0.2)
    truth, _, _ = looks(noise=0.0)
    reliability = Reliability.of(first, labels, second)
    assert reliability.kept(0.0) == pytest.approx([1])
    assert reliability.kept(1.0) == pytest.approx(reliability.within)
    means = class_means(first.astype(np.float32), labels)[labels]
    errors = {
        strength: float((((means + reliability.kept(strength) * (first - means)) - truth) ** 2).mean())
        for strength in (0.0, 0.5, 1.0)
    }
    assert errors[1.0] < errors[0.5] < errors[0.0]


def test_what_is_not_known_is_kept_and_counts_as_the_others():
    found = Reliability(np.array([0.2, NAN]), np.array([0.6, NAN]))
    assert found.kept(1.0) == pytest.approx([0.2, 1.0])
    assert found.weights() == pytest.approx([0.6, 0.6])
    assert Reliability(np.full(2, NAN), np.full(2, NAN)).weights() == pytest.approx([1, 1])


def test_class_means_are_of_the_answers_that_are_there():
    p_yes = np.array([[0.2, NAN], [0.4, NAN], [0.9, 0.5]], dtype=np.float32)
    means = class_means(p_yes, np.array([0, 0, 2]))
    np.testing.assert_allclose(means, [[0.3, NAN], [NAN, NAN], [0.9, 0.5]], rtol=1e-6)
