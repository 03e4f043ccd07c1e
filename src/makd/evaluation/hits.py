"""Which test images each arm's students name rightly, and what separates two arms on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from makd.errors import MakdError
from makd.evaluation.statistics import Interval, bootstrap
from makd.training.run_dir import RunDirectory

Runs: TypeAlias = Mapping[str, Sequence[RunDirectory]]
"""The runs of each arm; the i-th of all arms belong together."""

Bools: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Round:
    """One repetition: a run of every arm, judged on the same images.

    Attributes:
        image: `[n]` number of each image among those of all rounds.
        group: `[n]` number of its class among those of all rounds.
        right: `[n]` by arm, whether its student names the class rightly.
    """

    image: Integers
    group: Integers
    right: Mapping[str, Bools]


class Hits:
    """The hits of all runs. Rounds may have the same test images, or others where splits or data vary.

    Attributes:
        rounds: one a seed.
        labels: `[G]` label of each group; groups are classes, apart for each data set.
        sources: `[G]` data set of each group.
        of_image: `[K]` group of each image.
    """

    def __init__(self, runs: Runs) -> None:
        """Read the runs' predictions.

        Raises:
            MakdError: two runs of a round were judged on different images.
        """
        images: dict[tuple[str, str], int] = {}
        groups: dict[tuple[str, int], int] = {}
        self.rounds = [
            _read_round(dict(zip(runs, together, strict=True)), images, groups)
            for together in zip(*runs.values(), strict=True)
        ]
        self.sources = [source for source, _ in groups]
        self.labels = np.array([label for _, label in groups], dtype=np.int64)
        self.of_image = np.zeros(len(images), dtype=np.int64)
        for one in self.rounds:
            self.of_image[one.image] = one.group

    def difference(self, a: str, b: str, *, by_class: bool) -> Floats:
        """Return `[K]` by image what a has above b.

        Their mean is the difference in top-1 accuracy between the arms, averaged over rounds; `by_class`, the
        mean of their classes' means is that in mean per-class accuracy. An image of several rounds counts as
        one, so that drawing images anew draws all that hangs on them.
        """
        above = np.zeros(len(self.of_image))
        sizes = np.bincount(self.of_image, minlength=len(self.labels))
        for one in self.rounds:
            gain = one.right[a].astype(np.float64) - one.right[b]
            if by_class:
                counts = np.bincount(one.group, minlength=len(self.labels))
                weight = len(self.labels) / (counts > 0).sum() * sizes[one.group] / counts[one.group]
            else:
                weight = np.full(len(gain), len(above) / len(gain))
            np.add.at(above, one.image, gain * weight / len(self.rounds))
        return above.round(12)  # equal values stay equal, so that the bootstrap finds few

    def interval(self, a: str, b: str, *, by_class: bool) -> Interval:
        """Return the bootstrap interval of the difference between two arms."""
        return bootstrap(self.difference(a, b, by_class=by_class), self.of_image if by_class else None)


def _read_round(
    runs: Mapping[str, RunDirectory], images: dict[tuple[str, str], int], groups: dict[tuple[str, int], int]
) -> Round:
    """Read what belongs together; images and groups met for the first time get the next numbers."""
    first = next(iter(runs.values()))
    predictions = first.predictions()
    order = np.argsort(predictions["key"])
    keys, labels = predictions["key"][order], predictions["label"][order]
    right: dict[str, Bools] = {}
    for arm, run in runs.items():
        predictions = run.predictions()
        order = np.argsort(predictions["key"])
        if not np.array_equal(keys, predictions["key"][order]):
            raise MakdError(f"{run.path} was judged on other test images than the runs beside it.")
        right[arm] = np.asarray((predictions["prediction"] == predictions["label"])[order])
    source = str(first.config()["data"]["source"])
    return Round(
        np.array([images.setdefault((source, str(key)), len(images)) for key in keys], dtype=np.int64),
        np.array([groups.setdefault((source, int(label)), len(groups)) for label in labels], dtype=np.int64),
        right,
    )
