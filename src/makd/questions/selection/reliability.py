"""How far the answers to a question can be trusted: is it answered, and is it at one with its negation?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from makd.measures.information import Floats
from makd.measures.negations import Negations, mean

AT_ODDS = 0.5
"""What a question counts for that is at odds with its negation."""


@dataclass(frozen=True, slots=True)
class Trust:
    """How far each question is trusted.

    Attributes:
        factor: `[Q]` in [0, 1], by which what it tells is multiplied.
        follows_negations: whether the teacher follows negations, so that they say anything about questions;
            None where none was asked.
    """

    factor: Floats
    follows_negations: bool | None


def trust(answered: Floats, mass: Floats, negations: Negations | None) -> Trust:
    """Judge every question: the share answered, times the mass of yes and no, less where a negation objects.

    Args:
        answered: `[Q]` share of the pictures with an answer.
        mass: `[N, Q]` probability that the answer is a form of yes or no at all, NaN where it is not known.
        negations: how they agree with their questions. When more than half are at odds the teacher does not
            follow negations, which says little about its questions: they are left out of account.
    """
    factor = answered * np.nan_to_num(mean(mass), nan=1.0)
    if negations is None or not negations.followed:
        return Trust(factor, None if negations is None else negations.followed)
    return Trust(factor * np.where(negations.contradicted, AT_ODDS, 1.0), True)
