"""What a student learns of a teacher: P(yes) of each training image and question."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from makd.answers.row_ids import RowIds
from makd.errors import MakdError, UsageError
from makd.progress import Progress
from makd.questions.bank import QuestionBank
from makd.training.bounds import Signs, find_bounds
from makd.training.probabilities import AS_GIVEN, Matrix, Probabilities, Reading, Shrunken

_ROWS_AT_ONCE = 65_536


class Answered(Protocol):
    """Answers as a store gives them, in memory (`Answers`) or mapped from files (`Index`)."""

    @property
    def keys(self) -> Sequence[str]:
        """N sample keys, each once."""

    @property
    def hashes(self) -> tuple[str, ...]:
        """Hashes of the questions in the columns."""

    @property
    def log_odds(self) -> NDArray[np.float32]:
        """`[N, Q]`, NaN where an answer is missing."""

    @property
    def yes_no_mass(self) -> NDArray[np.float32]:
        """`[N, Q]` probability of yes and no together, NaN where it is not known."""

    @property
    def kind(self) -> NDArray[np.uint8]:
        """`[N, Q]` what log_odds are: places in `makd.teachers.base.KINDS`."""


@dataclass(frozen=True)
class Targets:
    """Answers as a student sees them; nobody changes the arrays of finished ones.

    Attributes:
        question_ids: Q short names, in the order of the aspect outputs.
        question_hashes: the same questions' hashes.
        keys: N sample keys, each once.
        p_yes: `[N, Q]` float32 in [0, 1], NaN where an answer is missing; computed row by row where the
            answers are mapped from files.
        question_texts: the same questions as they were asked; empty when not known.
        weights: `[Q]` how much each question counts in the aspect loss; None: all alike.
        bounds: `[N, Q]` which of `p_yes` are bounds, and of which direction; None: none is.
    """

    question_ids: tuple[str, ...]
    question_hashes: tuple[str, ...]
    keys: Sequence[str]
    p_yes: Matrix
    question_texts: tuple[str, ...] = ()
    weights: NDArray[np.float32] | None = None
    bounds: Signs | None = None

    def __post_init__(self) -> None:
        if self.p_yes.shape != (len(self.keys), len(self.question_ids)):
            raise MakdError(
                f"p_yes {list(self.p_yes.shape)} must have one row for each of {len(self.keys)} keys "
                f"and one column for each of {len(self.question_ids)} questions."
            )
        if self.bounds is not None and self.bounds.shape != self.p_yes.shape:
            raise MakdError(
                f"bounds {list(self.bounds.shape)} must have the shape of p_yes {list(self.p_yes.shape)}."
            )

    @classmethod
    def from_answers(cls, answers: Answered, bank: QuestionBank, reading: Reading = AS_GIVEN) -> Targets:
        """Take the columns of `bank`, in its order, as P(yes).

        Raises:
            UsageError: the answers lack a question of the bank.
        """
        columns = columns_of(answers, bank)
        p_yes = Probabilities(
            answers.log_odds,
            columns,
            reading,
            answers.yes_no_mass if reading.min_mass else None,
        )
        return cls(
            question_ids=tuple(question.id for question in bank.questions),
            question_hashes=bank.hashes,
            keys=answers.keys,
            p_yes=p_yes if isinstance(answers.log_odds, np.memmap) else p_yes[:],
            question_texts=tuple(question.text for question in bank.questions),
            bounds=find_bounds(answers.log_odds, answers.kind, columns),
        )

    def shrunken(
        self, classes: NDArray[np.int64], means: NDArray[np.float32], kept: NDArray[np.float32]
    ) -> Targets:
        """Return them drawn towards their class's mean; see `Shrunken` for the arguments."""
        drawn = Shrunken(self.p_yes, classes, means, kept)
        return replace(self, p_yes=drawn[:] if isinstance(self.p_yes, np.ndarray) else drawn)

    def find(self, keys: Sequence[str]) -> NDArray[np.int64]:
        """Return the rows of these samples, -1 for those that have none."""
        ids = self.keys if isinstance(self.keys, RowIds) else RowIds.of(self.keys)
        return ids.find(keys)

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return `[len(rows), Q]`: these rows; NaN for -1."""
        there = rows >= 0
        if there.all():
            return self.p_yes[rows]
        taken = np.full((len(rows), len(self.question_ids)), np.nan, dtype=np.float32)
        taken[there] = self.p_yes[rows[there]]
        return taken

    def take_bounds(self, rows: NDArray[np.int64]) -> NDArray[np.int8] | None:
        """Return `[len(rows), Q]`: the bounds among these rows, 0 for -1; None where no answer is a bound."""
        if self.bounds is None:
            return None
        taken = np.zeros((len(rows), len(self.question_ids)), dtype=np.int8)
        taken[rows >= 0] = self.bounds[rows[rows >= 0]]
        return taken

    def rows(self, keys: Sequence[str]) -> NDArray[np.float32]:
        """Return `[len(keys), Q]`: the answers of these samples, NaN for those that have none."""
        return self.take(self.find(keys))

    @cached_property
    def fingerprint(self) -> str:
        """A hash of questions, keys and answers; equal targets have equal ones, however they are held.

        It reads all answers, so it is made once and goes with them to other processes.
        """
        digest = hashlib.sha256("\n".join((*self.question_hashes, *self.keys)).encode())
        for start in range(0, len(self.keys), _ROWS_AT_ONCE):
            digest.update(self.p_yes[start : start + _ROWS_AT_ONCE].tobytes())
        if self.bounds is not None:
            for start in range(0, len(self.keys), _ROWS_AT_ONCE):
                digest.update(self.bounds[start : start + _ROWS_AT_ONCE].tobytes())
        if self.weights is not None:
            digest.update(self.weights.tobytes())
        return digest.hexdigest()[:16]

    def gaps(self, rows: NDArray[np.int64]) -> tuple[int, int]:
        """Return how many of these rows lack an answer, and how many answers they lack."""
        lacking = missing = 0
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            absent = np.isnan(self.take(rows[start : start + _ROWS_AT_ONCE]))
            lacking, missing = lacking + int(absent.any(axis=1).sum()), missing + int(absent.sum())
        return lacking, missing


def columns_of(answers: Answered, bank: QuestionBank) -> list[int]:
    """Return the columns of `answers` that hold the bank's questions, in the bank's order.

    Raises:
        UsageError: the answers lack a question of the bank.
    """
    column = {hash_: i for i, hash_ in enumerate(answers.hashes)}
    absent = [question.id for question in bank.questions if question.hash not in column]
    if absent:
        raise UsageError(
            f"The answer store holds no answers to {len(absent)} of the {len(bank)} questions of bank "
            f"{bank.name!r} ({', '.join(absent[:5])}{', …' if len(absent) > 5 else ''}). "
            "Run `makd answers extract` with this bank first, or name the store's own with --questions."
        )
    return [column[hash_] for hash_ in bank.hashes]


def check_answers(targets: Targets, keys: Sequence[str], progress: Progress) -> None:
    """Say how many answers about the training images `keys` are missing.

    Raises:
        UsageError: more than half are.
    """
    lacking, missing = targets.gaps(targets.find(keys))
    if not missing:
        return
    share = missing / (len(keys) * len(targets.question_ids))
    found = f"{lacking} of {len(keys)} training images lack answers, {share:.1%} of all answers are missing"
    if share > 0.5:
        raise UsageError(
            f"{found}. Run `makd answers extract` over these images, or name the store that belongs to them."
        )
    progress.say(f"{found}; the aspect loss leaves them out.")
