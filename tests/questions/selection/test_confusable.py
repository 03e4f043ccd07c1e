from __future__ import annotations

import numpy as np

from makd.questions.selection.confusable import alike, with_confused
from makd.questions.selection.greedy import Weights, choose


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


def test_confused_pairs_weigh_as_much_as_all_others_by_how_often_they_are_confused():
    labels = np.repeat(np.arange(4), 3)
    pairs = alike(np.random.default_rng(0).random((12, 2)), labels, np.ones(2))
    more = with_confused(pairs, {(0, 1): 3, (2, 3): 1, (1, 9): 5}, labels)
    assert list(zip(more.one[-2:], more.other[-2:], strict=True)) == [(0, 1), (2, 3)]
    np.testing.assert_allclose(more.weights[-2:], len(pairs) * np.array([0.75, 0.25]))
    assert with_confused(pairs, {(1, 9): 5}, labels) is pairs


def test_what_tells_a_confused_pair_apart_is_chosen_first():
    labels = np.repeat(np.arange(4), 20)
    p = np.stack([labels % 2, labels // 2], axis=1) * 0.8 + 0.1  # the second halves the classes as the first
    for pair, first in (((0, 1), 0), ((0, 2), 1)):
        pairs = with_confused(alike(p, labels, np.ones(2)), {pair: 7}, labels)
        chosen = choose(p, labels, 1, trusted=np.ones(2), second=None, pairs=pairs, weights=Weights(0.5, 0))
        assert chosen.picks[0].question == first
