from __future__ import annotations

import numpy as np

from makd.questions.selection.confusable import alike


def test_classes_answered_alike_are_paired():
    levels = np.array([[0.1, 0.1], [0.15, 0.1], [0.9, 0.9], [0.9, 0.8], [0.1, 0.9], [0.2, 0.9], [0.9, 0.1]])
    labels = np.repeat(np.arange(7), 5)
    p = levels[labels] + np.random.default_rng(0).normal(0, 0.02, (35, 2))
    p[3, 0] = np.nan
    pairs = alike(p, labels, np.ones(2))
    found = set(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True))
    assert {(0, 1), (2, 3), (4, 5)} <= found
    assert (0, 2) not in found
    assert all(one < other for one, other in found)


def test_what_is_not_trusted_parts_no_classes():
    labels = np.repeat(np.arange(5), 4)
    p = np.stack([labels / 4, (labels % 2) * 1.0], axis=1)
    pairs = alike(p, labels, np.array([0.0, 1.0]))
    assert (0, 2) in set(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True))


def test_one_class_makes_no_pair():
    assert len(alike(np.ones((4, 2)), np.zeros(4, np.int64), np.ones(2))) == 0
    assert len(alike(np.ones((4, 2)), np.array([0, 0, 3, 3]), np.ones(2))) == 1
