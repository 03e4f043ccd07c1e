"""What answers tell about the class and beyond it: pure functions from arrays to arrays.

All take `p_yes` `[N, Q]` with NaN where an answer is missing; figures that cannot be computed are NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[np.int64]

_LN2 = float(np.log(2))
_ROUNDING = 1e-12
"""Variances below this are a constant column's rounding, not variation."""


def entropy(p: npt.ArrayLike) -> Floats:
    """Return the entropy of a yes/no answer of probability `p`, in bits (0 to 1)."""
    from scipy.special import entr

    p = np.asarray(p, dtype=np.float64)
    bits: Floats = (entr(p) + entr(1 - p)) / _LN2
    return bits


def class_information(p_yes: Floats, labels: Labels) -> Floats:
    """Return the mutual information between a question's answer and the class, in bits, `[Q]`.

    With the answer drawn as yes with probability `p_yes`, I = H(mean) - sum over classes of share * H(class
    mean). From few images a class this comes out too large; the excess is removed to first order by the
    delta method, given the number of images a class: half the variance of each mean times the curvature of
    H, 1 / (m (1 - m) ln 2). For answers of 0 or 1 that know no class it is the correction of Miller (1955),
    (classes - 1) / (2 N ln 2). An estimate of no
    information may be a little below 0. Classes with one answer are left out.
    """
    classes = _by_class(p_yes, labels)
    n = classes.count.sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = classes.count / n
        mean = (share * classes.mean).sum(0)
        found = entropy(mean) - (share * entropy(classes.mean)).sum(0)
        within = (share * classes.variance).sum(0)
        of_means = _spread(classes.variance, classes.mean, classes.count).sum(0)
        excess = (of_means - _spread(within, mean, n)) / (2 * n * _LN2)
        information: Floats = np.where(n > 0, found - excess, np.nan)
    return information


@dataclass(frozen=True, slots=True)
class Variance:
    """The variance of P(yes) over images, `[Q]` each, parted without bias.

    Attributes:
        between: of the classes' means: what the class average of a question explains.
        within: around them: what varies from image to image of a class.
        stable: correlation of that with a second look at the same images, in [-1, 1]: the share of the
            variation within classes that a repetition finds again (reliability; Lord & Novick 1968).
    """

    between: Floats
    within: Floats
    stable: Floats

    def shares(self) -> tuple[Floats, Floats, Floats]:
        """Return the shares explained by the class, stable within classes, and not stable; they sum to 1."""
        between = np.maximum(self.between, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            of_class = between / (between + self.within)
        found_again = (1 - of_class) * np.clip(self.stable, 0, 1)
        return of_class, found_again, 1 - of_class - found_again


def variance(p_yes: Floats, labels: Labels, second: Floats | None = None) -> Variance:
    """Part the variance of `p_yes` into between and within classes (one-way analysis of variance).

    Args:
        p_yes: `[N, Q]`.
        labels: `[N]`; below 0 where unknown. Classes with one answer are left out.
        second: `[N, Q]`, another measurement of the same: one minus the negation's answer, or another view.
    """
    classes = _by_class(p_yes, labels)
    with np.errstate(divide="ignore", invalid="ignore"):
        n = classes.count.sum(0)
        share = classes.count / n
        mean = (share * classes.mean).sum(0)
        within = (share * classes.variance).sum(0)
        by_chance = ((1 - share) * classes.variance).sum(0) / n
        between = (share * (classes.mean - mean) ** 2).sum(0) - by_chance
    stable = np.full(p_yes.shape[1], np.nan) if second is None else _within_correlation(p_yes, second, labels)
    return Variance(np.where(n > 0, between, np.nan), np.where(n > 0, within, np.nan), stable)


def correlations(p_yes: Floats) -> Floats:
    """Return Pearson's correlation of every two questions over the images that both answer, `[Q, Q]`."""
    known = np.isfinite(p_yes)
    one = known.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = np.where(known, p_yes - np.where(known, p_yes, 0).sum(0) / one.sum(0), 0)
        n = one.T @ one
        mean = centred.T @ one / n
        spread = (centred**2).T @ one / n - mean**2
        product = np.sqrt(_varying(spread) * _varying(spread).T)
        found: Floats = np.clip((centred.T @ centred / n - mean * mean.T) / product, -1, 1)
    return found


def separation(p_yes: Floats, truth: Floats) -> Floats:
    """Return the area under the ROC curve of each question against the truth (0, 1 or NaN), `[Q]`.

    The chance that a true yes has a higher P(yes) than a true no (Mann & Whitney 1947), ties counted half.
    """
    from scipy.stats import rankdata

    areas = np.full(p_yes.shape[1], np.nan)
    for q, (answers, facts) in enumerate(zip(p_yes.T, truth.T, strict=True)):
        both = np.isfinite(answers) & np.isfinite(facts)
        yes = facts[both] == 1
        ones, zeros = int(yes.sum()), int((~yes).sum())
        if ones and zeros:
            ranks = rankdata(answers[both])[yes].sum()
            areas[q] = (ranks - ones * (ones + 1) / 2) / (ones * zeros)
    return areas


@dataclass(frozen=True, slots=True)
class _ByClass:
    """Count, mean and unbiased variance, `[C, Q]` each, 0 where a class has fewer than two answers."""

    count: Floats
    mean: Floats
    variance: Floats


def _spread(variance: Floats, mean: Floats, count: Floats) -> Floats:
    """Return variance over m (1 - m), both unbiased: 1 for answers that are 0 or 1, 0 for equal ones."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance > 0, variance / (mean * (1 - mean) + variance / count), 0)


def _by_class(p_yes: Floats, labels: Labels) -> _ByClass:
    known = np.isfinite(p_yes) & (labels >= 0)[:, None]
    join = joining(labels)
    count = join @ known.astype(np.float64)
    enough = count >= 2
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(enough, (join @ np.where(known, p_yes, 0)) / count, 0)
        squares = join @ np.where(known, p_yes - mean[labels], 0) ** 2
        return _ByClass(np.where(enough, count, 0), mean, np.where(enough, squares / (count - 1), 0))


def _within_correlation(one: Floats, other: Floats, labels: Labels) -> Floats:
    both = np.isfinite(one) & np.isfinite(other) & (labels >= 0)[:, None]
    join = joining(labels)
    with np.errstate(divide="ignore", invalid="ignore"):
        count = join @ both.astype(np.float64)
        left, right = (
            np.where(both, p - (join @ np.where(both, p, 0) / count)[labels], 0) for p in (one, other)
        )
        spread = _varying((left**2).sum(0)) * _varying((right**2).sum(0))
        correlation: Floats = (left * right).sum(0) / np.sqrt(spread)
        return correlation


def _varying(spread: Floats) -> Floats:
    return np.where(spread > _ROUNDING, spread, np.nan)


def joining(labels: Labels) -> Any:
    """Return the sparse matrix `[C, N]` that sums rows by class."""
    from scipy.sparse import csr_array

    rows = np.flatnonzero(labels >= 0)
    shape = (int(labels.max(initial=0)) + 1, len(labels))
    return csr_array((np.ones(len(rows)), (labels[rows], rows)), shape=shape)
