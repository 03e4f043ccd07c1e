"""What every question tells beyond one that is chosen, from expected counts of their joint answers.

An answer of P(yes) = 0.6 is a noisy bit: about a picture, two questions draw their answers independently. So
within a class the table of two answers holds means of products of P(yes), not counts of decided answers.
Entropies of such tables come out too small from few pictures a class; each is raised by half the variance of
each cell over the cell, the delta method, which for answers of 0 or 1 is the correction of Miller (1955),
(cells in use - 1) / (2 n ln 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from makd.measures.information import Floats, Labels, entropy, joining

Places: TypeAlias = npt.NDArray[np.int64]

_LN2 = float(np.log(2))
_PAIRS_AT_ONCE = 512  # tables of so many fit a processor's cache


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of classes that are easily confused.

    Attributes:
        one: `[P]` classes.
        other: `[P]` classes.
        weights: `[P]` above 0, by which what is told about them is averaged.
    """

    one: Places
    other: Places
    weights: Floats

    def __len__(self) -> int:
        return len(self.one)


@dataclass(frozen=True, slots=True)
class Told:
    """Bits that each question tells, alone or beyond another one.

    Attributes:
        of_class: `[Q]` about the class.
        within: `[Q]` about which picture of its class it is.
        of_pairs: `[P, Q]` about which class of a pair it is.
    """

    of_class: Floats
    within: Floats
    of_pairs: Floats


class JointAnswers:
    """Answers of which joint tables are made; classes with fewer than two pictures answered are left out."""

    def __init__(self, p_yes: Floats, labels: Labels, pairs: Pairs) -> None:
        """Take answers `[N, Q]`, NaN where there is none, and classes `[N]`, below 0 where unknown."""
        known = np.isfinite(p_yes) & (labels >= 0)[:, None]
        self._known = known.astype(np.float64)
        self._yes = np.where(known, p_yes, 0.0)
        self._no = self._known - self._yes
        self._yes_squared, self._no_squared = self._yes**2, self._no**2
        self._unsure = np.where(known, entropy(self._yes), 0.0)
        self._join = joining(labels)
        self._pairs = pairs

    def alone(self) -> Told:
        """Return what each question tells by itself."""
        return self._told(np.ones(len(self._yes)), np.ones(len(self._yes)))

    def beyond(self, chosen: int) -> Told:
        """Return what each question tells to whoever has the answer to question `chosen`."""
        return self._told(self._yes[:, chosen], self._known[:, chosen])

    def _told(self, given: Floats, given_known: Floats) -> Told:
        """Return what is told beyond an answer of P(yes) `given`, `[N]`, where it is known."""
        count = self._sums(given_known, self._known)
        count = np.where(count >= 2, count, 0)
        parts = (given, given_known - given)
        answers = ((self._yes, self._yes_squared), (self._no, self._no_squared))
        tables = _Tables.of(
            [self._mean(part, values, squares, count) for values, squares in answers for part in parts],
            [self._mean(part, self._known, self._known, count) for part in parts],
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.nan_to_num(count / count.sum(0))
        left = tables.entropy()
        in_class = (share * left).sum(0)
        unsure = self._sums(given_known, self._unsure) / np.maximum(count, 1)
        return Told(
            of_class=tables.mixed(share).entropy() - in_class,
            within=in_class - (share * unsure).sum(0),
            of_pairs=self._of_pairs(tables, left, count),
        )

    def _sums(self, weights: Floats, values: Floats) -> Floats:
        """Return the sums `[C, Q]` of `weights * values` in each class, without making that product."""
        weighted = self._join.copy()
        weighted.data = weights[weighted.indices]
        sums: Floats = weighted @ values
        return sums

    def _mean(self, weights: Floats, values: Floats, squares: Floats, count: Floats) -> tuple[Floats, Floats]:
        """Return the mean of `weights * values` in each class, `[C, Q]`, and the variance of that mean."""
        n = np.maximum(count, 1)
        mean = self._sums(weights, values) / n
        spread = np.maximum(self._sums(weights**2, squares) / n - mean**2, 0)
        some = count > 0
        return np.where(some, mean, 0), np.where(some, spread / n, 0)

    def _of_pairs(self, tables: _Tables, left: Floats, count: Floats) -> Floats:
        told = np.zeros((len(self._pairs), left.shape[1]))
        for start in range(0, len(self._pairs), _PAIRS_AT_ONCE):
            some = slice(start, start + _PAIRS_AT_ONCE)
            one, other = self._pairs.one[some], self._pairs.other[some]
            mixed = tables.at(one).halfway(tables.at(other)).entropy()
            both = (count[one] > 0) & (count[other] > 0)
            told[some] = np.where(both, mixed - (left[one] + left[other]) / 2, 0)
        return told


@dataclass(frozen=True, slots=True)
class _Tables:
    """Tables of answers to two questions: cell probabilities with the variances of their estimates.

    Attributes:
        cells: `[4, C, Q]` of both answers.
        errors: `[4, C, Q]`.
        margins: `[2, C, Q]` of the given answer.
        margin_errors: `[2, C, Q]`.
    """

    cells: Floats
    errors: Floats
    margins: Floats
    margin_errors: Floats

    @classmethod
    def of(cls, cells: list[tuple[Floats, Floats]], margins: list[tuple[Floats, Floats]]) -> _Tables:
        return cls(
            np.stack([mean for mean, _ in cells]),
            np.stack([error for _, error in cells]),
            np.stack([mean for mean, _ in margins]),
            np.stack([error for _, error in margins]),
        )

    def at(self, classes: Places) -> _Tables:
        """Return the tables of some classes."""
        parts = (self.cells, self.errors, self.margins, self.margin_errors)
        return _Tables(*(part[:, classes] for part in parts))

    def mixed(self, share: Floats) -> _Tables:
        """Return the table of all classes together, in these shares `[C, Q]`."""
        return _Tables(
            (share * self.cells).sum(1),
            (share**2 * self.errors).sum(1),
            (share * self.margins).sum(1),
            (share**2 * self.margin_errors).sum(1),
        )

    def halfway(self, other: _Tables) -> _Tables:
        """Return the tables of two classes each, in equal shares."""
        return _Tables(
            (self.cells + other.cells) / 2,
            (self.errors + other.errors) / 4,
            (self.margins + other.margins) / 2,
            (self.margin_errors + other.margin_errors) / 4,
        )

    def entropy(self) -> Floats:
        """Return the entropy of the question's answer where the given one is known, in bits."""
        return _entropy(self.cells, self.errors) - _entropy(self.margins, self.margin_errors)


def _entropy(cells: Floats, errors: Floats) -> Floats:
    from scipy.special import entr

    excess = np.divide(errors, cells, out=np.zeros_like(cells), where=cells > 0)
    bits: Floats = (entr(cells) + excess / 2).sum(0) / _LN2
    return bits
