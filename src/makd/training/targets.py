"""What a student learns of a teacher: P(yes) of each training image and question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from makd.errors import MakdError, UsageError
from makd.progress import Progress
from makd.questions.bank import QuestionBank

if TYPE_CHECKING:
    from torch import Tensor

    from makd.answers.store import Answers


@dataclass(frozen=True, slots=True)
class Targets:
    """Answers as a student sees them.

    Attributes:
        question_ids: Q short names, in the order of the aspect outputs.
        question_hashes: the same questions' hashes.
        keys: N sample keys, each once.
        p_yes: `[N, Q]` float32 in [0, 1], NaN where an answer is missing.
        question_texts: the same questions as they were asked; empty when not known.
    """

    question_ids: tuple[str, ...]
    question_hashes: tuple[str, ...]
    keys: tuple[str, ...]
    p_yes: NDArray[np.float32]
    question_texts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.p_yes.shape != (len(self.keys), len(self.question_ids)):
            raise MakdError(
                f"p_yes {list(self.p_yes.shape)} must have one row for each of {len(self.keys)} keys "
                f"and one column for each of {len(self.question_ids)} questions."
            )

    @classmethod
    def from_answers(cls, answers: Answers, bank: QuestionBank, temperature: float = 1.0) -> Targets:
        """Take the columns of `bank`, in its order, as P(yes) = sigmoid(log-odds / temperature).

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
        log_odds = answers.log_odds[:, [column[hash_] for hash_ in bank.hashes]]
        return cls(
            question_ids=tuple(question.id for question in bank.questions),
            question_hashes=bank.hashes,
            keys=tuple(answers.keys),
            p_yes=expit(log_odds / temperature).astype(np.float32),
            question_texts=tuple(question.text for question in bank.questions),
        )

    def rows(self, keys: Sequence[str]) -> NDArray[np.float32]:
        """Return `[len(keys), Q]`: the answers of these samples, NaN for those that have none."""
        row = {key: i for i, key in enumerate(self.keys)}
        rows = np.full((len(keys), len(self.question_ids)), np.nan, dtype=np.float32)
        known = [i for i, key in enumerate(keys) if key in row]
        rows[known] = self.p_yes[[row[keys[i]] for i in known]]
        return rows


def check_answers(p_yes: Tensor, progress: Progress) -> None:
    """Say how many answers `p_yes` `[N, Q]` of the training images lacks.

    Raises:
        UsageError: it lacks more than half.
    """
    missing = p_yes.isnan()
    share = float(missing.float().mean())
    if not share:
        return
    found = (
        f"{int(missing.any(dim=1).sum())} of {len(p_yes)} training images lack answers, "
        f"{share:.1%} of all answers are missing"
    )
    if share > 0.5:
        raise UsageError(
            f"{found}. Run `makd answers extract` over these images, or name the store that belongs to them."
        )
    progress.say(f"{found}; the aspect loss leaves them out.")
