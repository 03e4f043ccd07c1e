"""How near a student's answers come to its teacher's, and to the truth: pure, arrays in, figures out.

All take P(yes) `[N, Q]` with NaN where an answer is missing; a question without any figure is NaN.
"""

from __future__ import annotations

import numpy as np

from makd.measures.information import Floats, separation
from makd.measures.negations import mean, share

_LEAST = 1e-7
"""Probabilities are held this far from 0 and 1, as float32 outputs reach them."""


def divergence(teacher: Floats, student: Floats) -> Floats:
    """Return the mean KL divergence of the student's answers from the teacher's, in nats, `[Q]`.

    KL(t || s) = t ln(t / s) + (1 - t) ln((1 - t) / (1 - s)) of an answer; 0 where both agree. It is what a
    student adds to the binary cross-entropy beyond the teacher's own entropy.
    """
    from scipy.special import rel_entr

    t = np.asarray(teacher, dtype=np.float64)
    s = np.clip(np.asarray(student, dtype=np.float64), _LEAST, 1 - _LEAST)
    return mean(rel_entr(t, s) + rel_entr(1 - t, 1 - s))


def ranking(teacher: Floats, student: Floats) -> Floats:
    """Return the area under the ROC curve of the student's P(yes) against the teacher's yes or no, `[Q]`."""
    return separation(student, np.where(np.isnan(teacher), np.nan, teacher > 0.5))


def agreement(p_yes: Floats, truth: Floats) -> Floats:
    """Return the share of answers on the right side of 0.5, `[Q]`; `truth` is 0, 1 or NaN."""
    return share((p_yes > 0.5) == (truth > 0.5), p_yes + truth)
