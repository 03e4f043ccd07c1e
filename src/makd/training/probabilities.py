"""P(yes) of a large store: computed from memory-mapped log-odds when rows are taken."""

from __future__ import annotations

from collections.abc import Sequence
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


class Probabilities:
    """sigmoid(log-odds / temperature) of some columns, in [0, 1], NaN where there is no answer.

    Args:
        log_odds: `[N, columns]`, in memory or mapped.
        columns: Q of its columns, in their order.
        temperature: that divides log-odds.
    """

    def __init__(
        self, log_odds: NDArray[np.floating[Any]], columns: Sequence[int], temperature: float = 1.0
    ) -> None:
        self.log_odds, self.temperature = log_odds, temperature
        self.columns = np.asarray(columns, dtype=np.int64)
        self._all = log_odds.shape[1] == len(columns) and (self.columns == np.arange(len(columns))).all()

    @property
    def shape(self) -> tuple[int, ...]:
        """`(N, Q)`."""
        return len(self.log_odds), len(self.columns)

    def __len__(self) -> int:
        return len(self.log_odds)

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """Return rows, by place, slice or array of places."""
        taken = np.asarray(self.log_odds[rows], dtype=np.float32)
        if not self._all:
            taken = taken[..., self.columns]
        return np.asarray(expit(taken / np.float32(self.temperature)), dtype=np.float32)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.float32]:
        return self[:].astype(dtype or np.float32, copy=False)
