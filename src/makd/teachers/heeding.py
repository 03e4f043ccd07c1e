"""Whether a teacher heeds the instruction: one that says other things than yes or no is stopped early."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol, runtime_checkable

import numpy as np

from makd.data.samples import Sample
from makd.errors import MakdError
from makd.questions.bank import Question
from makd.teachers.base import Answer, Failure, Teacher

FIRST = 8
"""Pictures answered before a teacher is judged."""

REPLY_TOKENS = 24
_SHOWN = 3


@runtime_checkable
class Speaking(Protocol):
    """What a teacher can besides, if it makes texts."""

    def reply(self, sample: Sample, question: Question) -> str:
        """Return what the model says to the prompt in words, at most `REPLY_TOKENS` tokens."""


def heeded(
    teacher: Teacher, samples: Iterable[Sample], questions: Sequence[Question], min_mass: float
) -> Iterator[Answer | Failure]:
    """Yield what the teacher answers, unless the first answers are mostly neither yes nor no.

    Args:
        teacher: is asked.
        samples: as in `Teacher.answer`.
        questions: likewise.
        min_mass: least mean `yes_no_mass` of the first pictures, from 0 (never stop) to 1.

    Raises:
        MakdError: with some of the model's replies, once the first pictures' answers have been yielded.
    """
    shown: dict[tuple[str, str | None], Sample] = {}

    def remembered() -> Iterator[Sample]:
        for sample in samples:
            if len(first) < FIRST:
                shown[sample.key, sample.instance] = sample
            yield sample

    first: list[Answer] = []
    outcomes = teacher.answer(remembered(), questions)
    for outcome in outcomes:
        yield outcome
        if isinstance(outcome, Answer) and len(first) < FIRST:
            first.append(outcome)
            if len(first) == FIRST:
                break
    told = np.array([mass for answer in first for mass in answer.yes_no_mass if np.isfinite(mass)])
    if told.size and (mass := float(told.mean())) < min_mass:
        getattr(outcomes, "close", lambda: None)()
        asked = [shown[answer.key, answer.instance] for answer in first]
        raise MakdError(
            _complaint(teacher, len(first), mass, min_mass, _replies(teacher, first, asked, questions))
        )
    yield from outcomes


def _replies(
    teacher: Teacher, answers: Sequence[Answer], samples: Sequence[Sample], questions: Sequence[Question]
) -> list[str]:
    """Ask again, in words, for the answers with the least mass: each of another picture."""
    if not isinstance(teacher, Speaking):
        return []
    worst = [int(np.nan_to_num(answer.yes_no_mass).argmin()) for answer in answers]
    order = sorted(range(len(answers)), key=lambda i: float(answers[i].yes_no_mass[worst[i]]))
    return [
        f"{samples[i].key}, {questions[worst[i]].text} {teacher.reply(samples[i], questions[worst[i]])!r}"
        for i in islice(order, _SHOWN)
    ]


def _complaint(teacher: Teacher, images: int, mass: float, min_mass: float, replies: Sequence[str]) -> str:
    said = "".join(f"\n  {reply}" for reply in replies)
    return (
        f"{teacher.card.name} does not answer with yes or no: only {100 * mass:.1f} % of the probability is "
        f"theirs on the first {images} images (--min-mass {min_mass:g}). Take an instruction-tuned model, or "
        f"go on with a lower --min-mass.{' It says:' if said else ''}{said}"
    )
