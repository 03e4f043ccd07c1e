from __future__ import annotations

import numpy as np
import pytest

from makd.questions.selection.curve import enough, told_together

LABELS = np.repeat(np.arange(4), 20)
RNG = np.random.default_rng(0)
P = np.stack(
    [LABELS % 2, LABELS // 2, LABELS % 2, RNG.integers(0, 2, 80), np.full(80, np.nan)], axis=1
).astype(float)


def test_bits_by_hand():
    """Two certain bits tell a class of four; a copy, chance and silence tell nothing more."""
    found = told_together(P, LABELS, [0, 1, 2, 3, 4])
    assert found[0] == pytest.approx(1, abs=0.1)
    assert found[1:] == pytest.approx([2] * 4, abs=0.15)
    assert (found <= 2).all()
    assert told_together(P, LABELS, [3, 4]) == pytest.approx([0, 0], abs=0.05)


def test_a_picture_does_not_vouch_for_itself():
    """Chance answers to many questions would give each picture away, were it in its own class's mean."""
    chance = np.random.default_rng(1).integers(0, 2, (40, 60)).astype(float)
    assert told_together(chance, np.repeat(np.arange(20), 2), range(60)).max() < 0.3


def test_unknown_classes_are_left_out():
    more = np.vstack([P, 1 - P[:10]])
    labels = np.concatenate([LABELS, [-1] * 10])
    assert told_together(more, labels, [0, 1]) == pytest.approx(told_together(P, LABELS, [0, 1]))


def test_enough():
    assert enough(np.array([1.0, 1.8, 1.91, 1.95, 2.0, 1.9])) == 3
    assert enough(np.array([0.0, 0.0])) == 1
