"""What is known of a teacher's faults, used before a student learns: calibration, reliability, shrinkage.

Everywhere: N images, Q questions, C classes; `p_yes` `[N, Q]` in [0, 1], NaN where there is no answer;
nothing is changed in place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from makd.measures.information import Floats, Labels, variance
from makd.measures.negations import mean

_EDGE = 1e-6
"""A mean P(yes) counts as no nearer to 0 or 1 than this: its log-odds stay finite."""


def prior_offset(p_yes: Floats, temperature: float = 1.0) -> npt.NDArray[np.float32]:
    """Return `[Q]` what to take from log-odds so that no question leans to yes or no by itself.

    The log-odds of each question's mean P(yes) over the images, at `temperature`: Batch Calibration (Zhou et
    al. 2023, arXiv 2309.17249) for the two answers yes and no. A question that nothing answers keeps its own.
    """
    level = np.clip(mean(p_yes), _EDGE, 1 - _EDGE)
    offset: npt.NDArray[np.float32] = np.nan_to_num(temperature * logit(level)).astype(np.float32)
    return offset


def contextual_offset(blank: Floats) -> npt.NDArray[np.float32]:
    """Return `[Q]` what to take from log-odds so that a picture of nothing gets P(yes) = 0.5.

    Contextual calibration (Zhao et al. 2021, arXiv 2102.09690), with `blank` `[Q]` the log-odds about a blank
    picture as the answer without content. A question without such an answer keeps its own log-odds.
    """
    return np.nan_to_num(blank).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far a second look finds the answers again, `[Q]` each, in [0, 1]; NaN where that is not known.

    Attributes:
        within: of what varies from image to image of a class.
        total: of all that varies, between classes and within.
    """

    within: Floats
    total: Floats

    @classmethod
    def of(cls, p_yes: Floats, labels: Labels, second: Floats) -> Reliability:
        """Estimate it from two looks at the same images, `[N, Q]` both; see `variance`."""
        parts = variance(p_yes, labels, second)
        _, _, fleeting = parts.shares()
        return cls(np.clip(parts.stable, 0, 1), np.clip(1 - fleeting, 0, 1))

    def weights(self) -> npt.NDArray[np.float32]:
        """Return `[Q]` how much each question counts: its total reliability; of unknown ones, the mean."""
        known = np.isfinite(self.total)
        usual = self.total[known].mean() if known.any() else 1.0
        return np.where(known, self.total, usual).astype(np.float32)

    def kept(self, strength: float) -> npt.NDArray[np.float32]:
        """Return `[Q]` the part of an answer's distance to its class's mean that shrinkage leaves.

        At strength 1 it is the reliability itself, Kelley's estimate of a true score from a fallible one
        (Kelley 1947; Lord & Novick 1968, section 3.7), with the class as the group; at 0 it is 1. What is not
        known is left as it is.
        """
        return (1 - strength * (1 - np.nan_to_num(self.within, nan=1.0))).astype(np.float32)


def class_means(p_yes: npt.NDArray[np.float32], labels: Labels) -> npt.NDArray[np.float32]:
    """Return the `[C, Q]` averages of the answers that are there, NaN where a class has none to a question.

    `labels` is `[N]` in 0 … C - 1.
    """
    there = ~np.isnan(p_yes)
    sums = np.zeros((int(labels.max(initial=-1)) + 1, p_yes.shape[1]))
    counts = np.zeros_like(sums)
    np.add.at(sums, labels, np.where(there, p_yes, 0.0))
    np.add.at(counts, labels, there)
    means = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    return means.astype(np.float32)
