"""What may be said of a difference: intervals and tests over seeds, a bootstrap over test images.

Everywhere `values`, `a` and `b` are one figure a seed; `a[i]` and `b[i]` belong to the same seed. What cannot
be estimated is None: nothing about spread is known from one seed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import signal, stats

CONFIDENCE = 0.95
Interval: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds.

    Attributes:
        mean: of the n values.
        std: standard deviation of the values (n - 1 in the denominator); None for n = 1.
        ci95: 95 % t interval of the mean; None for n = 1.
        n: number of seeds.
    """

    mean: float
    std: float | None
    ci95: Interval | None
    n: int


def estimate(values: Sequence[float]) -> Estimate:
    """Return mean, standard deviation and 95 % t interval; equal values give an interval without width."""
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return Estimate(mean, None, None, n)
    std = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)) * std / math.sqrt(n)
    return Estimate(mean, std, (mean - reach, mean + reach), n)


def paired(a: Sequence[float], b: Sequence[float]) -> tuple[Estimate, float | None]:
    """Return the estimate of a - b over seeds and the two-sided p value of the paired t test.

    Differences without any spread give the limits of the test: p = 1 when they are all zero, else p = 0.
    """
    difference = estimate([x - y for x, y in zip(a, b, strict=True)])
    if difference.std is None:
        return difference, None
    if difference.std < 1e-12:
        return difference, float(abs(difference.mean) < 1e-12)
    t = difference.mean / (difference.std / math.sqrt(difference.n))
    return difference, float(2 * stats.t.sf(abs(t), difference.n - 1))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return the p values of one family of tests after Holm's step-down correction; None stays None."""
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, i) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        adjusted[i] = highest
    return adjusted


def sign_flip(gains: npt.NDArray[np.int64]) -> float:
    """Return the two-sided p value of gains whose signs might as well be the other way round.

    The exact permutation test of paired differences (Fisher 1935), by the distribution of the sum under all
    2^n choices of signs. With gains of -1, 0 and 1 it is McNemar's exact test.

    Args:
        gains: `[n]` of each test image: seeds in which a is right, less those in which b is.
    """
    sizes, counts = np.unique(np.abs(gains[gains != 0]), return_counts=True)
    chances = np.ones(1)
    for size, count in zip(sizes, counts, strict=True):
        of_size = np.zeros(2 * size * count + 1)
        of_size[:: 2 * size] = stats.binom.pmf(np.arange(count + 1), count, 0.5)
        chances = signal.fftconvolve(chances, of_size)
    reach = len(chances) // 2
    sums = np.arange(-reach, reach + 1)
    return float(np.clip(chances[np.abs(sums) >= abs(int(gains.sum()))].sum(), 0, 1))


def bootstrap(
    differences: npt.NDArray[np.float64],
    strata: npt.NDArray[np.int64] | None = None,
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """Return the 95 % percentile interval of a mean difference when the test images are drawn anew.

    Images take few different values (a hit more or less in S seeds), so instead of images the number of draws
    of each value is drawn, from the multinomial distribution: the same bootstrap, at no cost in images.

    Args:
        differences: `[n]` of each test image: share of seeds in which a is right, less that of b.
        strata: `[n]` classes; given, images are drawn within each class, and the mean is that of class means.
        resamples: number of bootstrap draws.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    groups = [differences] if strata is None else [differences[strata == s] for s in np.unique(strata)]
    means = np.zeros(resamples)
    for group in groups:
        values, counts = np.unique(group, return_counts=True)
        drawn = rng.multinomial(len(group), counts / len(group), size=resamples)
        means += drawn @ values / len(group) / len(groups)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
