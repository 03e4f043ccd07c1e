from __future__ import annotations

import pytest

from makd.questions.checks.form import MOST_WORDS, too_long, two_questions

SOUND = [
    "Does it have more than two legs?",
    "Does it have black and white stripes?",
    "Is it lit from above or below?",
    "Are arms or legs visible?",
    "Is the body long and low?",
    "In the picture, is the tail raised?",
    "Is the outline formed mainly by straight edges and corners?",
    "Does the bird have a dark head and neck?",
    "Is a stripe visible between the eye and the beak?",
    "Is the bird dark above but pale below?",
]


@pytest.mark.parametrize("text", SOUND)
def test_sound_forms_pass(text):
    assert two_questions(text) is None
    assert too_long(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Is the head black and the body white?",
        "Does the bird have a crest and a long tail?",
        "Does it have long legs and webbed feet?",
        "Is the dog sitting and wearing a collar?",
        "Is the tail long and red?",
        "Is the object round but not red?",
        "Does it have stripes as well as spots?",
        "Does the car have four doors and look red?",
        "Are the engines at the rear and the wings low?",
        "Is the bark pale and peeling off in strips?",
        "Are there cones and needles on the twigs?",
        "Does it have horns on its head and plates on its back?",
        "Does it have a mast plus two sails?",
        "Is it long, thin and white?",
        "Can both a crane and a boat be seen?",
        "Is there a pond, and are boats floating on it?",
        "Is a rider sitting on it, and is he wearing a helmet?",
        "Does the machine have a windscreen and panniers?",
        "Is the seat made of wood and hung from ropes?",
        "Is the shade torn and the bulb missing?",
    ],
)
def test_two_questions_in_one_are_found_and_left_to_a_person(text):
    finding = two_questions(text)
    assert finding.kind == "two-questions"
    assert finding.rewrite is None


def test_halves_that_stand_alone_are_split_and_others_are_not():
    assert two_questions("Is the head red and is the tail long?").rewrite == (
        "Is the head red?",
        "Is the tail long?",
    )
    assert two_questions("Is the head red? Are wings visible?").rewrite == (
        "Is the head red?",
        "Are wings visible?",
    )
    assert two_questions("Is the head red and is it large?").rewrite is None


def test_a_question_is_too_long_by_its_words():
    assert too_long("Is " + "very " * (MOST_WORDS - 1) + "?") is None
    assert f"{MOST_WORDS + 1} words" in too_long("Is " + "very " * MOST_WORDS + "?").reason
