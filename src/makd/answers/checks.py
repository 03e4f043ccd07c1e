"""Further questions and rows by which answers are checked: negations, and a blank picture."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from makd.data.images import ImageError, load_image
from makd.data.samples import Sample
from makd.errors import UsageError
from makd.questions.bank import Question, QuestionBank
from makd.storage import cache_dir, replacing

BLANK = "@blank"
"""Key of the row about a blank picture: no picture of a data set has it."""

_GREY = (128, 128, 128)
_SIZE = (448, 448)


def with_negations(bank: QuestionBank) -> QuestionBank:
    """Return the bank with each question's negation as a question of its own behind all others.

    Raises:
        UsageError: no question has a negation.
    """
    known = {question.text for question in bank.questions}
    negations = [
        Question(id=f"not-{question.id}", text=question.negation, group=question.group)
        for question in bank.questions
        if question.negation is not None and question.negation not in known
    ]
    if not any(question.negation for question in bank.questions):
        raise UsageError(
            f"No question of bank {bank.name!r} has a negation (`negation:` beside `text:`), "
            "so there are none to ask; leave --negations out."
        )
    return bank.model_copy(update={"questions": (*bank.questions, *negations)})


def without_negations(questions: Iterable[Question]) -> tuple[Question, ...]:
    """Return the questions that are not the negation of another one: those that a student learns."""
    questions = tuple(questions)
    negations = {question.negation for question in questions} - {None}
    mutual = {question.text for question in questions if question.negation}
    return tuple(question for question in questions if question.text not in negations - mutual)


def blank_sample(like: Iterable[Sample]) -> Sample:
    """Return a sample that shows nothing: even grey, as large as the first readable one of some pictures.

    The file lies in makd's cache and is made when it is not there.
    """
    width, height = next(filter(None, map(_size, like)), _SIZE)
    path = cache_dir() / "blank" / f"{width}x{height}.png"
    if not path.is_file():
        from PIL import Image

        with replacing(path) as temporary:
            Image.new("RGB", (width, height), _GREY).save(temporary)
    return Sample(BLANK, path)


def _size(sample: Sample) -> tuple[int, int] | None:
    try:
        return load_image(Path(sample.path)).size if sample.path else None
    except ImageError:
        return None
