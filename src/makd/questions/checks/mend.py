"""A bank without the faults that can be mended safely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from makd.errors import MakdError
from makd.questions.bank import Question, QuestionBank
from makd.questions.checks.finding import Finding


@dataclass(frozen=True, slots=True)
class Repair:
    """What became of a question.

    Attributes:
        question: its id.
        text: as it was.
        because: kind of the fault.
        becomes: texts in its place; empty when it was dropped.
    """

    question: str
    text: str
    because: str
    becomes: tuple[str, ...]


def mend(
    bank: QuestionBank, findings: Sequence[Finding], is_sound: Callable[[str], bool] = lambda _: True
) -> tuple[QuestionBank, list[Repair]]:
    """Return the bank with questions dropped or rewritten where their findings say how, and what was done.

    A question that has a fault to drop it for is dropped; a rewritten one stays as it is unless all that
    takes its place `is_sound`. A rewritten question loses its negation, which was another text's.

    Raises:
        MakdError: no question would be left.
    """
    kept: list[Question] = []
    repairs: list[Repair] = []
    taken = {question.text for question in bank.questions}
    for question in bank.questions:
        repair = _repair(question, [one for one in findings if one.question == question.id], is_sound, taken)
        if repair is None:
            kept.append(question)
            continue
        repairs.append(repair)
        taken.update(repair.becomes)
        kept += _in_its_place(question, repair.becomes)
    if not kept:
        raise MakdError(f"No question of {bank.name} could be kept; there is nothing to write.")
    return QuestionBank(name=bank.name, source=bank.source, questions=tuple(kept)), repairs


def _repair(
    question: Question, findings: Sequence[Finding], is_sound: Callable[[str], bool], taken: set[str]
) -> Repair | None:
    safe = sorted(
        (one for one in findings if one.rewrite is not None), key=lambda one: len(one.rewrite or ())
    )
    for finding in safe:
        becomes = tuple(text for text in finding.rewrite or () if text not in taken)
        if not finding.rewrite or (len(findings) == 1 and all(map(is_sound, finding.rewrite))):
            return Repair(question.id, question.text, finding.kind, becomes)
    return None


def _in_its_place(question: Question, texts: Sequence[str]) -> list[Question]:
    ends = [""] if len(texts) == 1 else [f"-{n}" for n in range(1, len(texts) + 1)]
    return [
        Question(id=f"{question.id}{end}", text=text, group=question.group)
        for end, text in zip(ends, texts, strict=True)
    ]
