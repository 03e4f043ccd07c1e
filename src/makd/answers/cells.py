"""The answers themselves, as matrices: one row a sample, one column a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from makd.answers.parts import Part, kinds, matrix
from makd.answers.survey import Survey, rounds

_COLUMNS = {"log_odds": np.float32, "yes_no_mass": np.float32, "kind": np.uint8}


@dataclass(frozen=True, slots=True)
class Cells:
    """Matrices `[N, Q]`, in memory or mapped from files; see `Answers` for what they hold."""

    log_odds: NDArray[np.float32]
    yes_no_mass: NDArray[np.float32]
    kind: NDArray[np.uint8]

    @classmethod
    def empty(cls, n: int, questions: int) -> Cells:
        """Return cells without any answer."""
        nothing = np.full((n, questions), np.nan, dtype=np.float32)
        return cls(nothing, nothing.copy(), np.zeros((n, questions), dtype=np.uint8))

    @classmethod
    def create(cls, folder: Path, n: int, questions: int) -> Cells:
        """Return cells without any answer that are kept in new files of `folder`."""
        cells = cls(
            *(
                np.lib.format.open_memmap(folder / f"{name}.npy", "w+", dtype, (n, questions))
                for name, dtype in _COLUMNS.items()
            )
        )
        cells.log_odds[:] = cells.yes_no_mass[:] = np.nan
        return cells

    @classmethod
    def load(cls, folder: Path) -> Cells:
        """Map what `create` has made into memory; nothing is read yet."""
        return cls(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in _COLUMNS))

    def fill(
        self,
        parts: Sequence[Part],
        survey: Survey,
        source: str,
        hashes: Sequence[str],
        rows: NDArray[np.int64] | None = None,
    ) -> None:
        """Take over the newest answer to each question; NaN is no answer and replaces none.

        Args:
            parts: those that were surveyed.
            survey: of them.
            source: name of the data set.
            hashes: Q questions.
            rows: `[len(survey.ids)]` where each sample goes, -1 for nowhere; each to its place when None.

        Raises:
            MakdError: a part is damaged.
        """
        column = {hash_: i for i, hash_ in enumerate(hashes)}
        for part, inside, sample in rounds(survey, parts):
            to = sample if rows is None else rows[sample]
            wanted = to >= 0
            taken = np.array([i for i, hash_ in enumerate(part.hashes) if hash_ in column], dtype=np.int64)
            if not taken.size or not wanted.any():
                continue
            columns = np.array([column[part.hashes[i]] for i in taken], dtype=np.int64)
            self._take(part, source, np.ix_(inside[wanted], taken), np.ix_(to[wanted], columns))

    def _take(
        self,
        part: Part,
        source: str,
        there: tuple[NDArray[np.int64], ...],
        here: tuple[NDArray[np.int64], ...],
    ) -> None:
        """Copy the cells `there` of a part to `here`, both as rows and columns."""
        table, width = part.read([*_COLUMNS], source), len(part.hashes)
        log_odds = matrix(table["log_odds"], width)[there]
        answered = np.isfinite(log_odds)
        new: tuple[tuple[NDArray[Any], NDArray[Any]], ...] = (
            (self.log_odds, log_odds),
            (self.yes_no_mass, matrix(table["yes_no_mass"], width)[there]),
            (self.kind, kinds(table["kind"], width)[there]),
        )
        for kept, values in new:
            kept[here] = values if answered.all() else np.where(answered, values, kept[here])
