from __future__ import annotations

import numpy as np
import pytest

from makd.measures.negations import as_second_look, compare_negations, contradicted

P = np.array([[0.9, 0.9, 0.2], [0.8, 0.9, np.nan], [0.3, 0.8, 0.4], [0.1, 0.7, np.nan]])
NEGATED = np.array([[0.2, 0.9, np.nan], [0.1, 0.8, 0.5], [0.6, 0.9, np.nan], [0.9, 0.9, 0.5]])


def test_agreement_by_hand():
    found = compare_negations(P, NEGATED)
    assert found.agreement[:2] == pytest.approx([1, 0])
    assert found.majority[:2] == pytest.approx([0.5, 1])
    assert found.excess[0] == pytest.approx(np.mean([0.1, -0.1, -0.1, 0.0]))
    assert np.isnan(found.agreement[2])
    assert found.contradicted.tolist() == [False, True, False]


def test_a_negation_that_never_changes_is_no_second_look():
    assert contradicted(0.95, 0.95)
    assert not contradicted(0.95, 0.9)
    assert contradicted(0.7, 0.5)
    assert not contradicted(1.0, 1.0)


def test_a_second_look_is_the_other_way_round():
    look = as_second_look(NEGATED, compare_negations(P, NEGATED))
    assert look[:, 0] == pytest.approx(1 - NEGATED[:, 0])
    assert np.isnan(look[:, 1]).all()
