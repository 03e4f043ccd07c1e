"""Which answers of a store are bounds, not values: found when rows are taken, as P(yes) is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from makd.teachers.base import KINDS

_BOUNDED = KINDS.index("bounded")
_ROWS_AT_ONCE = 65_536


class Signs(Protocol):
    """`[N, Q]` int8: 1 where the truth is the answer or more, -1 where it is less, 0 where it is no bound."""

    @property
    def shape(self) -> tuple[int, ...]:
        """`(N, Q)`."""

    def __getitem__(self, rows: Any) -> NDArray[np.int8]:
        """Return rows, by place, slice or array of places."""


class Bounds:
    """The `Signs` of some columns of a store.

    A bounded answer's log-odds are at least as far from 0 in truth, so their own sign says on which side the
    truth lies; it stays there however the answers are calibrated, softened or drawn to a mean.

    Args:
        log_odds: `[N, columns]` as they were given, in memory or mapped.
        kind: `[N, columns]` uint8, places in `KINDS`.
        columns: Q of their columns, in their order.
    """

    def __init__(
        self, log_odds: NDArray[np.floating[Any]], kind: NDArray[np.uint8], columns: Sequence[int]
    ) -> None:
        self.log_odds, self.kind = log_odds, kind
        self.columns = np.asarray(columns, dtype=np.int64)
        self.shape = (len(log_odds), len(self.columns))

    def __getitem__(self, rows: Any) -> NDArray[np.int8]:
        """Return rows, by place, slice or array of places."""
        bounded = self.kind[rows][..., self.columns] == _BOUNDED
        signs = np.nan_to_num(np.sign(self.log_odds[rows][..., self.columns]))
        return np.where(bounded, signs, 0).astype(np.int8)


def find_bounds(
    log_odds: NDArray[np.floating[Any]], kind: NDArray[np.uint8], columns: Sequence[int]
) -> Signs | None:
    """Return the bounds among some columns, computed where the answers are mapped; None where none is."""
    starts = range(0, len(kind), _ROWS_AT_ONCE)
    if not any((kind[start : start + _ROWS_AT_ONCE] == _BOUNDED).any() for start in starts):
        return None
    bounds = Bounds(log_odds, kind, columns)
    return bounds if isinstance(log_odds, np.memmap) else bounds[:]
