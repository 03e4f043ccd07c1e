"""What a question's negation tells about it: pure functions from arrays to arrays.

All take P(yes) `[N, Q]` with NaN where an answer is missing; figures that cannot be computed are NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from makd.measures.information import Floats

FOLLOWED = 0.8
"""A negation that gets the opposite answer less often than this is not followed (`contradicted`)."""


@dataclass(frozen=True, slots=True)
class Negations:
    """How questions and their negations agree, `[Q]` each.

    Attributes:
        agreement: share of images where question and negation get opposite answers.
        majority: that share if the negation always got the answer that suits most images.
        excess: mean of P(yes) + P(yes to the negation) - 1; above 0: says yes to both.
    """

    agreement: Floats
    majority: Floats
    excess: Floats

    @property
    def contradicted(self) -> npt.NDArray[np.bool_]:
        """`[Q]` whether the negation is no second look at its question; False where there is none."""
        against: npt.NDArray[np.bool_] = contradicted(self.agreement, self.majority)
        return against

    @property
    def followed(self) -> bool | None:
        """Whether the teacher follows negations: no more than half are `contradicted`; None without any.

        One that does not says little about its questions by them.
        """
        asked = np.isfinite(self.agreement)
        return bool(self.contradicted[asked].mean() <= 0.5) if asked.any() else None


def compare_negations(p_yes: Floats, negated: Floats) -> Negations:
    """Hold the answers to questions against those to their negations, `[N, Q]` both."""
    both = p_yes + negated
    yes = share(p_yes > 0.5, both)
    return Negations(
        agreement=share((p_yes > 0.5) != (negated > 0.5), both),
        majority=np.maximum(yes, 1 - yes),
        excess=mean(both - 1),
    )


def contradicted(agreement: Floats | float, majority: Floats | float) -> Any:
    """Return whether a negation is no second look at its question, given its agreement and its majority.

    It is none when it gets the opposite answer on less than `FOLLOWED` of the images, or no more often than
    a negation that is always answered alike: of a rare thing, "yes, it is without" is nearly always right.
    """
    return (agreement < FOLLOWED) | ((agreement <= majority) & (agreement < 1))


def as_second_look(negated: Floats, judged: Negations) -> Floats:
    """Return what the negations say of their questions, `[N, Q]`; NaN where they are `contradicted`."""
    return np.where(judged.contradicted, np.nan, 1 - negated)


def share(holds: npt.NDArray[np.bool_], known: Floats) -> Floats:
    """Return the share of images for which it holds, of those where `known` is a number, `[Q]`."""
    return mean(np.where(np.isfinite(known), holds.astype(np.float64), np.nan))


def mean(values: Floats) -> Floats:
    """Return the mean of what is known in each column, `[Q]`."""
    known = np.isfinite(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(known, values, 0).sum(0) / known.sum(0)
    return found
