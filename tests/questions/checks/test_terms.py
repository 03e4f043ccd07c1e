from __future__ import annotations

from makd.questions.checks.terms import own_terms

DOGS = ["Is the dog\N{RIGHT SINGLE QUOTATION MARK}s tail long?", "Is the dog white?", "Do dogs run?"]


def test_terms_are_what_several_questions_say_and_subjects_what_they_speak_of_as_given():
    terms, subjects = own_terms(DOGS)
    assert "dog" in terms
    assert "tail" not in terms
    assert subjects == {"dog"}


def test_a_large_bank_takes_three_questions_to_speak_of_a_thing():
    others = [f"Is part {number} red?" for number in range(10)]
    assert "dog" not in own_terms(DOGS + others)[1]
    assert "dog" in own_terms([*DOGS, "Are the dogs red?", *others])[1]
