"""A few pictures that stand for many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

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
    return _in_order(samples, [places[:n] for places in _permuted(samples, seed)])


def share_of_each_class(samples: Sequence[Sample], share: float, seed: int = 0) -> tuple[Sample, ...]:
    """Draw a share of each class, at least one sample, in the order in which they came.

    A class's draw does not depend on the share but in length: a larger one holds the smaller.

    Args:
        samples: with their classes.
        share: above 0, at most 1.
        seed: of the draw.
    """
    drawn = [places[: max(1, round(share * len(places)))] for places in _permuted(samples, seed)]
    return _in_order(samples, drawn)


def _permuted(samples: Sequence[Sample], seed: int) -> list[npt.NDArray[np.int64]]:
    """Return the places of each class's samples in an order drawn at random."""
    by_class: dict[str, list[int]] = defaultdict(list)
    for place, sample in enumerate(samples):
        by_class[sample.class_name or ""].append(place)
    rng = np.random.default_rng(seed)
    return [rng.permutation(by_class[name]) for name in sorted(by_class)]


def _in_order(samples: Sequence[Sample], drawn: Sequence[npt.NDArray[np.int64]]) -> tuple[Sample, ...]:
    return tuple(samples[place] for place in sorted(int(place) for places in drawn for place in places))
