from __future__ import annotations

import pytest

from makd.errors import MakdError
from makd.questions.bank import QuestionBank
from makd.questions.checks.check import check
from makd.questions.checks.mend import mend


def mended(*texts):
    bank = QuestionBank.from_texts(texts)
    fixed, repairs = mend(bank, check(bank), lambda text: not check(QuestionBank.from_texts([text])))
    return [question.text for question in fixed.questions], {one.question: one.becomes for one in repairs}


def test_safe_faults_are_mended_and_the_rest_stays():
    texts, repairs = mended(
        "Is the tail long?",
        "Is the bird's tail long?",
        "Is it beautiful?",
        "Is the head red? Are wings visible?",
    )
    assert texts == ["Is the tail long?", "Is it beautiful?", "Is the head red?", "Are wings visible?"]
    assert repairs == {"q02": (), "q04": ("Is the head red?", "Are wings visible?")}


def test_a_half_that_is_faulty_itself_keeps_the_question_whole():
    texts, repairs = mended("Is the head red? Is the beak beautiful?", "Are wings visible?")
    assert (len(texts), repairs) == (2, {})


def test_a_half_that_stands_in_the_bank_is_not_repeated():
    texts, _ = mended("Is the head red?", "Is the head red? Are wings visible?")
    assert texts == ["Is the head red?", "Are wings visible?"]


def test_a_bank_is_never_emptied():
    with pytest.raises(MakdError, match="No question of questions could be kept"):
        mended("Does it make a sound?")
