"""Which classes an arm gains and which it loses against labels alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from makd.evaluation.hits import Floats, Hits, Integers
from makd.evaluation.statistics import bootstrap, holm, sign_flip

CLEAR = 0.05
"""A class is marked when its p value after Holm's correction over all classes is below this."""


def change_by_class(
    hits: Hits, pairs: Sequence[tuple[str, str]], classes: Sequence[str]
) -> dict[str, Any] | None:
    """Return each class's accuracy by arm, and its change in each pair of arms.

    A change is marked as clear when two things hold: the exact sign-flip test over the class's test images
    (of each image's hits in all seeds) stays below 0.05 after Holm's correction over the classes, and no
    seed has the opposite sign. The test speaks of images, the second condition of seeds.

    Args:
        hits: of all runs.
        pairs: arms (a, b); what a has above b.
        classes: their names, by label.

    Returns:
        `classes` and, in their order, `images` (judged a round), `accuracy` by arm and `changes`: for each
        pair `a`, `b` and lists `difference`, `ci95` (bootstrap over test images), `p_holm`, `clear` (1, 0 or
        -1). Classes without test images are left out. None where rounds have classes of their own.
    """
    if len(set(hits.sources)) != 1:
        return None
    order = np.argsort(hits.labels)
    counts = _by_group(hits, [np.ones(len(one.image)) for one in hits.rounds])
    judged = np.where(counts > 0, counts, np.nan)
    accuracy = {
        arm: _by_group(hits, [one.right[arm].astype(np.float64) for one in hits.rounds]) / judged
        for arm in hits.rounds[0].right
    }
    return {
        "classes": [classes[label] for label in hits.labels[order]],
        "images": counts.mean(axis=0)[order].round(1).tolist(),
        "accuracy": {arm: np.nanmean(values, axis=0)[order].tolist() for arm, values in accuracy.items()},
        "changes": [_change(hits, a, b, accuracy[a] - accuracy[b], order) for a, b in pairs],
    }


def _change(hits: Hits, a: str, b: str, gained: Floats, order: Integers) -> dict[str, Any]:
    """Return one pair's changes; `gained` is `[rounds, G]`."""
    by_image = hits.difference(a, b, by_class=True)
    seeds = np.zeros(len(hits.of_image), dtype=np.int64)
    for one in hits.rounds:
        np.add.at(seeds, one.image, one.right[a].astype(np.int64) - one.right[b])
    p_values: list[float | None] = []
    intervals = []
    for group in order:
        of_class = hits.of_image == group
        p_values.append(sign_flip(seeds[of_class]))
        intervals.append(list(bootstrap(by_image[of_class], resamples=2_000)))
    corrected = holm(p_values)
    above, below = ~(gained < 0).any(axis=0), ~(gained > 0).any(axis=0)
    agreed = np.where(above, 1, np.where(below, -1, 0))[order]
    return {
        "a": a,
        "b": b,
        "difference": np.nanmean(gained, axis=0)[order].tolist(),
        "ci95": intervals,
        "p_holm": corrected,
        "clear": [
            int(sign) if p is not None and p < CLEAR else 0 for sign, p in zip(agreed, corrected, strict=True)
        ],
    }


def _by_group(hits: Hits, values: Sequence[Floats]) -> Floats:
    """Return `[rounds, G]`: sums of each round's `values` `[n]` over the images of each class."""
    sums = [
        np.bincount(one.group, weights=of_round, minlength=len(hits.labels))
        for one, of_round in zip(hits.rounds, values, strict=True)
    ]
    return np.stack(sums)
