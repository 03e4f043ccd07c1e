"""A few pictures that stand for many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from makd.data.samples import Sample


def spread(samples: Sequence[Sample], n: int, seed: int = 0) -> tuple[Sample, ...]:
    """Draw `n` samples (all, where there are fewer), as evenly over the classes as can be.

    Classes take turns in an order drawn once; within a class the draw is without return.
    """
    rng = np.random.default_rng(seed)
    by_class: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_class[sample.class_name or ""].append(sample)
    turns: list[tuple[int, int, Sample]] = []
    for place, name in enumerate(rng.permutation(sorted(by_class))):
        members = by_class[str(name)]
        drawn = rng.permutation(len(members))[:n]
        turns += [(turn, place, members[index]) for turn, index in enumerate(drawn)]
    return tuple(sample for _, _, sample in sorted(turns, key=lambda turn: turn[:2])[:n])


def of_each_class(samples: Sequence[Sample], n: int, seed: int = 0) -> tuple[Sample, ...]:
    """Draw `n` samples of each class (all, where it has fewer), in the order in which they came.

    A class's draw does not depend on `n` but in length: a larger one holds the smaller.
    """
    by_class: dict[str, list[int]] = defaultdict(list)
    for place, sample in enumerate(samples):
        by_class[sample.class_name or ""].append(place)
    rng = np.random.default_rng(seed)
    drawn = (rng.permutation(by_class[name])[:n] for name in sorted(by_class))
    return tuple(samples[place] for place in sorted(int(place) for places in drawn for place in places))
