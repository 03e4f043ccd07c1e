from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score, roc_auc_score

from makd.measures.information import class_information, correlations, entropy, separation, variance

CLASSES, EACH = 12, 30
RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(CLASSES), EACH)
LEVEL = np.linspace(0.1, 0.9, CLASSES)
"""Each class's chance of a yes: independent of the images drawn."""


def true_information(level=LEVEL):
    """Bits by the definition: sum over answer and class of p(a, c) log2 p(a, c) / (p(a) p(c))."""
    joint = np.stack([level, 1 - level]) / len(level)
    product = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    return float((joint * np.log2(joint / product)).sum())


def soft(rng, each=EACH):
    """P(yes) around each class's level, by a beta distribution."""
    labels = np.repeat(np.arange(CLASSES), each)
    return rng.beta(4 * LEVEL[labels], 4 * (1 - LEVEL[labels]))[:, None], labels


def test_entropy_in_bits():
    assert entropy([0.5, 0.0, 1.0, 0.25]) == pytest.approx([1, 0, 0, 2 - 0.75 * np.log2(3)])


def test_hard_answers_have_the_counted_information_less_the_excess():
    answers = (RNG.random(len(LABELS)) < LEVEL[LABELS]).astype(float)
    n, mean = len(LABELS), answers.mean()
    counted = mutual_info_score(LABELS, answers) / np.log(2)
    within = np.mean([answers[c == LABELS].var(ddof=1) for c in range(CLASSES)])
    excess = (CLASSES - within / (mean * (1 - mean) + within / n)) / (2 * n * np.log(2))
    assert class_information(answers[:, None], LABELS)[0] == pytest.approx(counted - excess, abs=1e-9)


def test_without_any_knowledge_the_excess_is_millers():
    answers = np.tile([0.0, 1.0, 0.0, 1.0], CLASSES)  # each class half yes: the counted information is 0
    n = len(answers)
    found = class_information(answers[:, None], np.repeat(np.arange(CLASSES), 4))[0]
    assert -found == pytest.approx((CLASSES - 1) / (2 * n * np.log(2)), rel=0.05)


@pytest.mark.parametrize(("each", "tolerance"), [(4, 0.08), (30, 0.02)])
def test_few_images_a_class_do_not_inflate_it(each, tolerance):
    draws = [soft(np.random.default_rng(seed), each) for seed in range(200)]
    estimates = [class_information(p, labels)[0] for p, labels in draws]
    assert np.mean(estimates) == pytest.approx(true_information(), rel=tolerance)
    uncorrected = [
        entropy(p.mean()) - entropy([p[labels == c].mean() for c in range(CLASSES)]).mean()
        for p, labels in draws
    ]
    excess = [np.mean(found) - true_information() for found in (uncorrected, estimates)]
    assert excess[0] > 3 * abs(excess[1])


def test_answers_that_know_no_class_have_none():
    estimates = [
        class_information(np.random.default_rng(seed).random((200, 1)), np.arange(200) % 20)[0]
        for seed in range(300)
    ]
    assert abs(np.mean(estimates)) < 0.002


def test_missing_answers_unknown_labels_and_single_images_are_left_out():
    p, labels = soft(RNG)
    expected = class_information(p, labels)
    more = np.concatenate([p, [[np.nan], [0.9], [0.1]]])
    assert class_information(more, np.append(labels, [0, -1, CLASSES])) == pytest.approx(expected)
    assert np.isnan(class_information(np.full((4, 1), np.nan), np.array([0, 0, 1, 1]))).all()


def test_variance_is_that_of_the_draw():
    """Class means of variance 0.02, images around them of variance 0.01, a second look of half the noise."""
    between, within = [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        level = rng.normal(0.5, np.sqrt(0.02), 40)
        labels = np.repeat(np.arange(40), 3)
        parts = variance((level[labels] + rng.normal(0, 0.1, 120))[:, None], labels)
        between.append(parts.between[0])
        within.append(parts.within[0])
    assert np.mean(within) == pytest.approx(0.01, rel=0.03)
    assert np.mean(between) == pytest.approx(0.02 * 39 / 40, rel=0.05)


def test_what_is_found_again_is_stable():
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(50), 40)
    level, own = rng.normal(0, 1, 50)[labels], rng.normal(0, 1, 2000)
    one, other = (level + own + rng.normal(0, 1, 2000) for _ in range(2))
    parts = variance(one[:, None], labels, other[:, None])
    assert parts.stable[0] == pytest.approx(0.5, abs=0.05)
    assert [share[0] for share in parts.shares()] == pytest.approx([1 / 3, 1 / 3, 1 / 3], abs=0.06)
    residual = [
        values - np.array([values[labels == label].mean() for label in labels]) for values in (one, other)
    ]
    assert parts.stable[0] == pytest.approx(np.corrcoef(*residual)[0, 1], abs=1e-12)


def test_constant_answers_have_no_stable_part():
    parts = variance(np.full((6, 1), 0.7), np.array([0, 0, 0, 1, 1, 1]), np.full((6, 1), 0.7))
    assert np.isnan(parts.stable[0])
    assert (parts.between[0], parts.within[0]) == pytest.approx((0, 0), abs=1e-12)


def test_correlations_over_what_both_answer():
    p = RNG.random((80, 4))
    p[:, 1] = 1 - 0.5 * p[:, 0]
    p[:30, 2] = np.nan
    p[20:40, 3] = np.nan
    p = np.column_stack([p, np.full(80, 0.4)])
    found = correlations(p)
    for i in range(4):
        for j in range(4):
            both = np.isfinite(p[:, i]) & np.isfinite(p[:, j])
            assert found[i, j] == pytest.approx(np.corrcoef(p[both, i], p[both, j])[0, 1], abs=1e-9)
    assert found[0, 1] == pytest.approx(-1)
    assert np.isnan(found[4]).all()


def test_separation_is_the_area_under_the_curve():
    p = np.round(RNG.random((100, 3)), 1)  # with ties
    truth = (RNG.random((100, 3)) < p).astype(float)
    truth[:10, 0] = np.nan
    p[90:, 0] = np.nan
    truth[:, 2] = 1
    both = np.isfinite(p[:, 0]) & np.isfinite(truth[:, 0])
    found = separation(p, truth)
    assert found[0] == pytest.approx(roc_auc_score(truth[both, 0], p[both, 0]))
    assert found[1] == pytest.approx(roc_auc_score(truth[:, 1], p[:, 1]))
    assert np.isnan(found[2])
