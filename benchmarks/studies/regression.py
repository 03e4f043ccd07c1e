"""Least squares on random subsets of questions, several draws together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Regression:
    """What least squares found.

    Attributes:
        coefficients: `[Q]` of the questions; they sum to 0.
        errors: `[Q]` standard errors.
        p_values: `[Q]` two-sided, uncorrected.
        residual: standard deviation of what is left.
        r_squared: share of the variance within draws that the questions explain, corrected for their number.
    """

    coefficients: Floats
    errors: Floats
    p_values: Floats
    residual: float
    r_squared: float


def regress(taken: npt.NDArray[Any], values: Floats, draws: Labels) -> Regression:
    """Regress `values` `[R]` on `taken` `[R, Q]` (which questions are in, or how many of each kind) by draw.

    Rows of `taken` have equal sums, so coefficients are told apart up to a constant only; they are found in
    the space of those that sum to 0. Each draw has an intercept of its own.
    """
    q = taken.shape[1]
    contrasts = np.linalg.qr(np.hstack([np.ones((q, 1)), np.eye(q)[:, : q - 1]]))[0][:, 1:]
    x, y = _within_draws(taken @ contrasts, draws), _within_draws(values[:, None], draws)[:, 0]
    found, *_ = np.linalg.lstsq(x, y, rcond=None)
    left = y - x @ found
    freedom = len(y) - len(np.unique(draws)) - (q - 1)
    noise = float(left @ left) / freedom
    covariance = contrasts @ np.linalg.inv(x.T @ x) @ contrasts.T * noise
    coefficients, errors = contrasts @ found, np.sqrt(np.diag(covariance))
    p_values = 2 * stats.t.sf(np.abs(coefficients / errors), freedom)
    total = float(y @ y) / (len(y) - len(np.unique(draws)))
    return Regression(coefficients, errors, p_values, noise**0.5, 1 - noise / total)


def foretold(figure: Floats, values: Floats, draws: Labels) -> dict[str, float]:
    """Return Pearson's correlation of a figure of subsets with accuracy within draws, and its p value."""
    x, y = (_within_draws(each[:, None], draws)[:, 0] for each in (figure, values))
    r = float(x @ y / np.sqrt((x @ x) * (y @ y)))
    freedom = len(y) - len(np.unique(draws)) - 1
    t = r * np.sqrt(freedom / (1 - r * r))
    return {"r": r, "p_value": float(2 * stats.t.sf(abs(t), freedom))}


def _within_draws(values: Floats, draws: Labels) -> Floats:
    centred = values.astype(np.float64)
    for draw in np.unique(draws):
        centred[draws == draw] -= centred[draws == draw].mean(0)
    return centred
