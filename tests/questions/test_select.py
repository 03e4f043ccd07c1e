from __future__ import annotations

import numpy as np

from makd.questions.select import CandidateAnswers, select
from makd.questions.selection.greedy import Weights

LABELS = np.repeat(np.arange(6), 10)
RNG = np.random.default_rng(0)
VARIES = RNG.integers(0, 2, 60).astype(float)
P = np.stack([LABELS % 2, VARIES, RNG.integers(0, 2, 60), LABELS % 3 == 0], axis=1) * 0.9 + 0.05
MASS = np.ones_like(P)
WEIGHTS = Weights(confusable=0.3, within=0.2)


def answers(**more):
    return CandidateAnswers(P, MASS, LABELS, **more)


def test_negations_that_are_followed_are_the_second_look():
    negated = 1 - P
    negated[:, 2] = P[RNG.permutation(60), 2]
    choice = select(answers(negated=negated), 3, WEIGHTS)
    assert {pick.question for pick in choice.selection.picks} == {0, 1, 3}
    assert (choice.second_look, choice.trust.follows_negations) == ("negations", True)
    assert choice.trust.factor.tolist() == [1, 1, 0.5, 1]


def test_negations_that_are_not_followed_say_nothing():
    choice = select(answers(negated=P), None, WEIGHTS)
    assert (choice.second_look, choice.trust.follows_negations) == (None, False)
    assert len(choice.selection.picks) == 4
    assert {pick.question for pick in choice.selection.picks[:2]} == {0, 3}


def test_another_look_goes_before_negations():
    choice = select(answers(negated=P, view=P), 4, WEIGHTS)
    assert choice.second_look == "view"
    within = {pick.question: pick.within for pick in choice.selection.picks}
    assert within[1] > 0.3
