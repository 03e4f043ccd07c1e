"""Which classes are easily confused: those that a teacher answers alike, and those that a model confuses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from makd.measures.information import Floats, Labels, joining
from makd.questions.selection.joint import Pairs

NEIGHBOURS = 3
"""Pairs a class: it and those nearest to it."""


def alike(p_yes: Floats, labels: Labels, trusted: Floats) -> Pairs:
    """Return each class with the classes whose mean answers are nearest to its own.

    Args:
        p_yes: `[N, Q]`, NaN where there is no answer.
        labels: `[N]`, below 0 where unknown.
        trusted: `[Q]` weight of a question in the distance, in [0, 1].
    """
    from sklearn.neighbors import NearestNeighbors

    known = np.isfinite(p_yes) & (labels >= 0)[:, None]
    join = joining(labels)
    count = join @ known.astype(np.float64)
    total = join @ np.where(known, p_yes, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        overall = np.nan_to_num(total.sum(0) / count.sum(0))
    means = (total + overall) / (count + 1)  # towards the mean of all classes, where a class has few answers
    present = np.flatnonzero(count.sum(1))
    if len(present) < 2:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    neighbours = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(present) - 1))
    neighbours.fit(means[present] * np.sqrt(trusted))
    near = neighbours.kneighbors(return_distance=False)
    one, other = np.repeat(np.arange(len(present)), near.shape[1]), near.ravel()
    pairs = np.unique(np.sort(np.stack([one, other]), axis=0), axis=1)
    return Pairs(present[pairs[0]], present[pairs[1]], np.ones(pairs.shape[1]))


def with_confused(pairs: Pairs, confused: Mapping[tuple[int, int], int], labels: Labels) -> Pairs:
    """Return pairs together with those that a model confuses, in shares of how often it does.

    The confused ones weigh together as much as all the others do, so a pair that is among both weighs most.

    Args:
        pairs: classes that are answered alike.
        confused: how often two classes were taken for each other.
        labels: `[N]` classes of the pictures that were asked about; pairs of others tell nothing here.
    """
    present = frozenset(labels.tolist())
    known = {pair: times for pair, times in confused.items() if present.issuperset(pair) and times > 0}
    if not known:
        return pairs
    one, other = np.array(list(known), dtype=np.int64).T
    times = np.array(list(known.values()), dtype=np.float64)
    weights = times / times.sum() * (pairs.weights.sum() or 1)
    return Pairs(
        np.concatenate([pairs.one, one]),
        np.concatenate([pairs.other, other]),
        np.concatenate([pairs.weights, weights]),
    )
