from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from makd.measures.information import class_information, entropy
from makd.questions.selection.joint import JointAnswers, Pairs

NONE = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
LABELS = np.repeat(np.arange(6), 4000)
RNG = np.random.default_rng(0)
LEVEL = RNG.random((6, 4))
HARD = (RNG.random((24_000, 4)) < LEVEL[LABELS]).astype(float)


def test_alone_is_the_information_about_the_class():
    told = JointAnswers(HARD, LABELS, NONE).alone()
    assert told.of_class == pytest.approx(class_information(HARD, LABELS), abs=1e-5)


def test_beyond_another_is_conditional_mutual_information():
    """Against counts: I(q; class | s) = I((q, s); class) - I(s; class), for answers of 0 or 1."""
    told = JointAnswers(HARD, LABELS, NONE).beyond(1)
    for q in (0, 2, 3):
        both = 2 * HARD[:, q] + HARD[:, 1]
        counted = (mutual_info_score(LABELS, both) - mutual_info_score(LABELS, HARD[:, 1])) / np.log(2)
        assert told.of_class[q] == pytest.approx(counted, abs=1e-3)
    assert told.of_class[1] == pytest.approx(0, abs=1e-6)


def test_of_few_pictures_most_of_the_excess_is_removed():
    labels = np.repeat(np.arange(24), 10)
    chance = np.random.default_rng(1).integers(0, 2, (240, 60)).astype(float)
    told = JointAnswers(chance, labels, NONE).beyond(0).of_class[1:]
    both = [
        mutual_info_score(labels, 2 * chance[:, q] + chance[:, 0]) - mutual_info_score(labels, chance[:, 0])
        for q in range(1, 60)
    ]
    assert abs(told.mean()) < 0.4 * np.mean(both) / np.log(2)


def test_unsure_answers_are_noisy_bits():
    """Of a class that is answered 0.8, another 0.2, the answer tells 1 - H(0.8); the picture nothing more."""
    p = np.where(np.repeat([0, 1], 50) == 0, 0.8, 0.2)[:, None].repeat(2, axis=1)
    told = JointAnswers(p, np.repeat([0, 1], 50), Pairs(np.array([0]), np.array([1]), np.ones(1))).alone()
    expected = 1 - float(entropy(0.8))
    assert told.of_class == pytest.approx([expected] * 2)
    assert told.of_pairs[0] == pytest.approx([expected] * 2)
    assert told.within == pytest.approx([0, 0], abs=1e-9)


def test_what_varies_within_a_class():
    labels = np.zeros(400, np.int64)
    p = np.tile([0.0, 1.0], 200)[:, None]
    assert JointAnswers(p, labels, NONE).alone().within[0] == pytest.approx(1, abs=0.01)
    assert JointAnswers(p, labels, NONE).beyond(0).within[0] == pytest.approx(0, abs=0.01)


def test_pairs_are_told_apart_by_what_differs_between_them():
    labels = np.repeat(np.arange(3), 20)
    p = np.stack([labels == 0, labels == 2], axis=1).astype(float)
    pairs = Pairs(np.array([0, 1]), np.array([1, 2]), np.ones(2))
    assert JointAnswers(p, labels, pairs).alone().of_pairs == pytest.approx(np.eye(2), abs=1e-9)


def test_missing_answers_and_unknown_classes_do_not_count():
    rng = np.random.default_rng(2)
    labels = np.concatenate([LABELS, [-1] * 50])
    answers = np.vstack([HARD, rng.random((50, 4))])
    gone = rng.random(24_050) < 0.3
    answers[gone, 2] = np.nan
    told = JointAnswers(answers, labels, NONE).beyond(2)
    there = ~gone[:24_000]
    alone = JointAnswers(HARD[there], LABELS[there], NONE).beyond(2)
    assert told.of_class[[0, 1, 3]] == pytest.approx(alone.of_class[[0, 1, 3]])
