from __future__ import annotations

import pytest

from makd.questions.checks.open_ended import not_yes_no


@pytest.mark.parametrize(
    "text",
    [
        "Does it have more than two legs?",
        "Is it lit from above or below?",
        "Are arms or legs visible?",
        "Is the bill orange, yellow or red?",
        "Are the petals red or pink?",
        "Is the surface rough or bumpy?",
        "Are wheels, propellers or rotating blades visible?",
        "Does it have five or more legs?",
        "Is the subject covered with scales, plates or a hard shell?",
        "Are there green or blue feathers?",
        "In the picture, is the tail raised?",
        "Is there a line where the wing meets the body?",
    ],
)
def test_what_yes_or_no_answers_passes(text):
    assert not_yes_no(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "What colour is the tail?",
        "Describe the wings.",
        "Can you tell what shape the ears have?",
        "In the picture, which part is red?",
        "The bird has a red tail.",
        "Is the tail long or short?",
        "Are the petals pointed, rounded or notched?",
        "There is a net, isn't there?",
        "Can you point out where the tail begins?",
        "Is it clear which leg is raised?",
        "Number of fins?",
        "Do the ears stand up or flop over?",
        "Is the sauce red, brown or white?",
        "Are the leaves needle-shaped or broad?",
        "Does the animal have fins, arms or claws?",
        "Does it have keys or strings?",
        "Does it have two legs or four?",
        "Is it closed with buttons or with laces?",
        "Is it held by the arm, the leg or the tail?",
        "Is the handle of wood, plastic or rubber?",
        "Is it yellow or some other colour?",
    ],
)
def test_what_neither_yes_nor_no_answers_is_found(text):
    assert not_yes_no(text).kind == "not-yes-no"
