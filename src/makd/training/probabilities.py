"""From log-odds to P(yes): computed when rows are taken, so that a large store may stay mapped from files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit


class Matrix(Protocol):
    """`[N, Q]` numbers of which rows can be taken: an array, or something that computes them."""

    @property
    def shape(self) -> tuple[int, ...]:
        """`(N, Q)`."""

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """Return rows, by place, slice or array of places."""

    def __array__(self, *arguments: Any, **more: Any) -> NDArray[np.float32]:
        """Return all of them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How log-odds are read: P(yes) = sigmoid((log-odds - offset) / temperature).

    Attributes:
        temperature: above 0.
        offset: `[Q]` what is taken from the log-odds of each question; None takes nothing.
        min_mass: an answer counts as missing when yes and no have a lower probability together, in [0, 1].
    """

    temperature: float = 1.0
    offset: NDArray[np.float32] | None = None
    min_mass: float = 0.0


AS_GIVEN = Reading()
"""sigmoid(log-odds), all answers counted: the paper's."""


class _Computed:
    """The part of a `Matrix` that follows from `shape` and rows."""

    shape: tuple[int, ...]

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        raise NotImplementedError

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.float32]:
        return self[:].astype(dtype or np.float32, copy=False)


class Probabilities(_Computed):
    """P(yes) of some columns of a store, in [0, 1], NaN where there is no answer.

    Args:
        log_odds: `[N, columns]`, in memory or mapped.
        columns: Q of its columns, in their order.
        reading: how they are read.
        mass: `[N, columns]` probability of yes and no together; NaN (not known) is never too low.
    """

    def __init__(
        self,
        log_odds: NDArray[np.floating[Any]],
        columns: Sequence[int],
        reading: Reading = AS_GIVEN,
        mass: NDArray[np.floating[Any]] | None = None,
    ) -> None:
        self.log_odds, self.reading = log_odds, reading
        self.mass = mass if reading.min_mass else None
        self.columns = np.asarray(columns, dtype=np.int64)
        self.shape = (len(log_odds), len(self.columns))
        self._all = log_odds.shape[1] == len(columns) and (self.columns == np.arange(len(columns))).all()

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """Return rows, by place, slice or array of places."""
        taken = self._take(self.log_odds, rows)
        if self.reading.offset is not None:
            taken = taken - self.reading.offset
        if self.mass is not None:
            taken = np.where(self._take(self.mass, rows) < self.reading.min_mass, np.float32(np.nan), taken)
        return np.asarray(expit(taken / np.float32(self.reading.temperature)), dtype=np.float32)

    def _take(self, matrix: NDArray[np.floating[Any]], rows: Any) -> NDArray[np.float32]:
        taken = np.asarray(matrix[rows], dtype=np.float32)
        return taken if self._all else taken[..., self.columns]


class Shrunken(_Computed):
    """Answers drawn towards their class's mean.

    Args:
        p_yes: `[N, Q]` in [0, 1], NaN where there is no answer.
        classes: `[N]` class of each row, below 0 where it stays as it is.
        means: `[C, Q]` of the classes.
        kept: `[Q]` in [0, 1], the part of the distance to the mean that is kept.
    """

    def __init__(
        self,
        p_yes: Matrix,
        classes: NDArray[np.int64],
        means: NDArray[np.float32],
        kept: NDArray[np.float32],
    ) -> None:
        self.p_yes, self.classes, self.means, self.kept = p_yes, classes, means, kept
        self.shape = p_yes.shape

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """Return rows, by place, slice or array of places."""
        given, classes = self.p_yes[rows], self.classes[rows]
        means = self.means[classes]
        drawn = (means + self.kept * (given - means)).astype(np.float32)
        return np.where(np.asarray(classes)[..., None] >= 0, drawn, given)
