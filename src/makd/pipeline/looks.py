"""What a store holds about pictures and questions, as arrays: answers, negations, a second look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from makd.errors import UsageError
from makd.questions.bank import Question, QuestionBank

if TYPE_CHECKING:
    from makd.answers.store import AnswerStore
    from makd.measures.information import Floats


def negations(
    store: AnswerStore, keys: Sequence[str], bank: QuestionBank, source: str | None
) -> Floats | None:
    """Return P(yes) of the questions' negations, as `columns` does."""
    return columns(store, keys, [_negation(question) for question in _texts(store, bank)], source)


def _texts(store: AnswerStore, bank: QuestionBank) -> list[Question]:
    """Return the bank's questions, with the negations that the store knows where the bank has none."""
    known = {question.hash: question for question in store.manifest.questions}
    return [q if q.negation else known.get(q.hash, q) for q in bank.questions]


def _negation(question: Question) -> str | None:
    return Question(id="negation", text=question.negation).hash if question.negation else None


def second_look(
    path: Path | None, keys: Sequence[str], bank: QuestionBank, source: str | None
) -> Floats | None:
    """Return the answers of another store to the same questions about the same pictures.

    Raises:
        UsageError: there is no such store, or it shares nothing with the first.
    """
    import numpy as np

    from makd.answers.store import AnswerStore

    if path is None:
        return None
    other = AnswerStore.open(path)
    found = columns(other, keys, bank.hashes, source if source in other.sources() else None)
    if found is None or not np.isfinite(found).any():
        raise UsageError(f"--view {path} has no question and picture in common with the store.")
    return found


def columns(
    store: AnswerStore, keys: Sequence[str], hashes: Sequence[str | None], source: str | None
) -> Floats | None:
    """Return P(yes) `[keys, hashes]`, NaN where the store has no answer; None when it knows none of them."""
    import numpy as np
    from scipy.special import expit

    known = [(q, hash_) for q, hash_ in enumerate(hashes) if hash_ in store.manifest.hashes]
    if not known:
        return None
    distinct = list(dict.fromkeys(str(hash_) for _, hash_ in known))
    answers = store.answers(keys=keys, hashes=distinct, source=source).log_odds.astype(np.float64)
    found = np.full((len(keys), len(hashes)), np.nan)
    found[:, [q for q, _ in known]] = expit(answers)[:, [distinct.index(str(hash_)) for _, hash_ in known]]
    return found
