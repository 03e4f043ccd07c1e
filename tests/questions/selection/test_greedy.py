from __future__ import annotations

import numpy as np
import pytest

from makd.errors import MakdError
from makd.questions.selection.greedy import Weights, choose
from makd.questions.selection.joint import Pairs

CLASSES, EACH = 8, 12
LABELS = np.repeat(np.arange(CLASSES), EACH)
NONE = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
CLASS_ALONE = Weights(confusable=0, within=0)


def chosen(p, keep, *, trusted=None, second=None, pairs=NONE, weights=CLASS_ALONE):
    trusted = np.ones(p.shape[1]) if trusted is None else np.array(trusted)
    return choose(p, LABELS, keep, trusted=trusted, second=second, pairs=pairs, weights=weights)


def bits(*places: int) -> np.ndarray:
    """Return the answers to "is bit k of the class's number 1?", 0.9 sure, for some k."""
    return np.stack([np.where((LABELS >> k) & 1, 0.9, 0.1) for k in places], axis=1)


def order(selection) -> list[int]:
    return [pick.question for pick in selection.picks]


def test_a_copy_adds_nothing_however_unsure_it_is():
    p = np.clip(bits(0, 0, 1, 2) + np.random.default_rng(0).normal(0, 0.02, (96, 4)), 0, 1)
    selection = chosen(p, 4)
    assert set(order(selection)[:3]) in ({0, 2, 3}, {1, 2, 3})
    last = selection.picks[-1]
    assert {last.question, last.closest} == {0, 1}
    assert last.correlation > 0.95
    assert last.gain < 0.1 * selection.picks[0].gain
    assert selection.picks[0].closest == -1


def test_gains_of_the_first_are_what_it_tells_and_fall():
    selection = chosen(bits(0, 1, 2), 3)
    gains = [pick.gain for pick in selection.picks]
    assert gains == sorted(gains, reverse=True)
    assert gains == pytest.approx([1 - 0.469] * 3, abs=1e-3)


def test_fewer_are_the_first_of_more():
    p = np.random.default_rng(1).random((96, 10))
    more, fewer = chosen(p, 10), chosen(p, 4)
    assert order(more)[:4] == order(fewer)
    assert len(fewer.left) == 6
    assert fewer.left[0].question == order(more)[4]


def test_who_is_not_trusted_comes_later():
    assert order(chosen(bits(0, 1), 2)) == [0, 1]
    assert order(chosen(bits(0, 1), 2, trusted=[0.5, 1])) == [1, 0]


def test_stable_variation_within_classes_counts_and_noise_does_not():
    rng = np.random.default_rng(2)
    varies, noise = rng.integers(0, 2, (2, 96)).astype(float)
    p = np.stack([noise, varies], axis=1)
    second = np.stack([rng.integers(0, 2, 96), varies], axis=1).astype(float)
    with_it = chosen(p, 2, second=second, weights=Weights(0, 0.2))
    assert order(with_it) == [1, 0]
    assert with_it.picks[0].within > 0.9
    assert with_it.picks[1].within < 0.2
    assert all(pick.within == 0 for pick in chosen(p, 2, weights=Weights(0, 0.2)).picks)


def test_confusable_pairs_count_more():
    """Of two questions that tell as much about all classes, the one that parts the pair comes first."""
    p = np.stack([np.isin(LABELS, [0, 1]), np.isin(LABELS, [1, 2])], axis=1).astype(float)
    pair = Pairs(np.array([0]), np.array([1]), np.ones(1))
    assert order(chosen(p, 1, pairs=pair, weights=Weights(0, 0))) == [0]
    selection = chosen(p, 1, pairs=pair, weights=Weights(0.5, 0))
    assert order(selection) == [1]
    assert selection.picks[0].of_pairs == pytest.approx(1)


def test_questions_without_answers_cannot_be_kept():
    p = bits(0, 1, 2)
    p[:, 1] = np.nan
    assert set(order(chosen(p, 2))) == {0, 2}
    with pytest.raises(MakdError, match="3 questions cannot be kept of 2"):
        chosen(p, 3)
    with pytest.raises(MakdError, match="must be"):
        chosen(p, 1, trusted=[1.0])
