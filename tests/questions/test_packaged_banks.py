"""What the packaged question banks hold."""

import re

import pytest

from makd.questions.bank import QuestionBank, packaged_names

GROUPS = {"part", "surface", "shape", "colour", "context", "composition", "size"}


@pytest.fixture(scope="module")
def bank() -> QuestionBank:
    return QuestionBank.load("caltech101")


@pytest.mark.parametrize("name", packaged_names())
def test_every_packaged_bank_loads_under_its_own_name(name: str) -> None:
    bank = QuestionBank.load(name)
    assert bank.name == name
    assert bank.source


def test_caltech101_asks_fifty_short_yes_no_questions(bank: QuestionBank) -> None:
    assert len(bank) == 50
    for question in bank.questions:
        assert re.match(r"(Is|Are|Do|Does|Can|Would) .*\?$", question.text)
        assert len(question.text.split()) <= 15
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", question.id)
    assert {question.group for question in bank.questions} == GROUPS


def test_caltech101_asks_nothing_that_a_mirrored_picture_changes(bank: QuestionBank) -> None:
    assert not [q.id for q in bank.questions if re.search(r"\b(left|right)\b", q.text.lower())]


def test_caltech101_questions_have_negations_of_their_own(bank: QuestionBank) -> None:
    negations = [question.negation for question in bank.questions]
    assert None not in negations
    assert len({*negations, *(question.text for question in bank.questions)}) == 100
