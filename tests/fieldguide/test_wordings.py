from __future__ import annotations

from makd.fieldguide.attributes import ASPECTS
from makd.fieldguide.wordings import INSTRUCTIONS, WORDINGS
from makd.questions.bank import QuestionBank
from makd.teachers.prompts import INSTRUCTION


def test_the_packaged_bank_asks_what_the_world_knows() -> None:
    bank = QuestionBank.load("fieldguide")
    assert [question.id for question in bank.questions] == [aspect.id for aspect in ASPECTS] == list(WORDINGS)
    for question, aspect in zip(bank.questions, ASPECTS, strict=True):
        words = WORDINGS[aspect.id]
        assert question.text == words.asked[0]
        assert question.negation == words.denied[0]
        assert question.group == aspect.group


def test_enough_wordings_and_none_twice() -> None:
    for words in WORDINGS.values():
        assert len(set(words.asked)) >= 6
        assert len(set(words.unseen)) >= 2
    everything = [
        text for words in WORDINGS.values() for text in (*words.asked, *words.denied, *words.unseen)
    ]
    assert len(set(everything)) == len(everything)
    assert all(text.endswith("?") and "{" not in text for text in everything)


def test_the_teacher_learns_the_engines_instruction() -> None:
    assert INSTRUCTIONS[0] == INSTRUCTION
