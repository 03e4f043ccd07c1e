from __future__ import annotations

import numpy as np
import pytest

from makd.measures.negations import Negations
from makd.questions.selection.reliability import trust

ANSWERED = np.array([1.0, 0.5, 1.0])
MASS = np.array([[0.9, 1.0, np.nan], [0.7, np.nan, np.nan]])


def judged(*agreement: float) -> Negations:
    return Negations(np.array(agreement), np.full(3, 0.5), np.zeros(3))


def test_answers_and_mass():
    found = trust(ANSWERED, MASS, None)
    assert found.factor == pytest.approx([0.8, 0.5, 1])
    assert found.follows_negations is None
    assert trust(ANSWERED, MASS, judged(*[np.nan] * 3)).follows_negations is None


def test_who_is_at_odds_with_its_negation_counts_half():
    found = trust(ANSWERED, MASS, judged(0.4, 0.9, np.nan))
    assert found.factor == pytest.approx([0.4, 0.5, 1])
    assert found.follows_negations is True


def test_a_teacher_that_does_not_follow_negations_blames_no_question():
    found = trust(ANSWERED, MASS, judged(0.4, 0.3, 0.9))
    assert found.factor == pytest.approx([0.8, 0.5, 1])
    assert found.follows_negations is False
