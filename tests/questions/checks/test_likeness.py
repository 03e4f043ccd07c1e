from __future__ import annotations

import numpy as np
import pytest

from makd.questions.checks.likeness import near_duplicates


def places(*texts, embed=None):
    return [(later, earlier) for later, earlier, _ in near_duplicates(texts, embed)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Does the bird have a long tail?", "Is the bird's tail long?"),
        ("Does it have stripes?", "Is the body striped?"),
        ("Does it have a tail?", "Does it lack a tail?"),
        ("Is it red?", "is it red ?"),
        ("Is the subject larger than a person?", "Is the object bigger than a human?"),
        ("Is the lid fastened with a string?", "Is the lid attached by a cord?"),
        ("Are the ears upright?", "Do the ears stand up?"),
        ("Is there a lamp on top of the roof?", "Is there a lamp above the roof?"),
        ("Is the edge painted with a second colour?", "Is the edge painted?"),
        ("Is the landing gear lowered?", "Is the undercarriage down?"),
        ("Does the object have a power cord?", "Is there an electric cable on the object?"),
        ("Is the food served in a bowl?", "Is a bowl used to serve the food?"),
        ("Are the rear windows darkly tinted?", "Do the back windows have a dark tint?"),
        ("Is the garment sleeveless?", "Does the garment lack sleeves?"),
        ("Is the beak longer than the head?", "Is the head shorter than the bill?"),
        ("Is it longer than it is wide?", "Is its length greater than its width?"),
        ("Are cones hanging from the branches?", "Does the tree bear cones?"),
        ("Does the ship have two masts?", "Are two masts visible on the vessel?"),
        ("Do the horns grow in a spiral?", "Are the horns spiral?"),
        ("Is the instrument held by a player?", "Is somebody holding the instrument?"),
        ("Does the hem reach below the knee?", "Does the hem end lower than the knees?"),
        (
            "Are the rear wheels larger than the front ones?",
            "Are the front wheels smaller than those at the rear?",
        ),
        ("Is the animal galloping?", "Is the animal running?"),
        ("Does the animal have whiskers?", "Are there whiskers on the snout?"),
    ],
)
def test_the_same_in_other_words_is_found(one, other):
    assert places("Are wheels visible?", one, "Is the sky blue?", other) == [(3, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Is the body red?", "Is the body blue?"),
        ("Does it have a tail?", "Does it have a long tail?"),
        ("Is the tail long?", "Is the neck long?"),
        ("Is the belly lighter than the back?", "Is the back lighter than the belly?"),
        ("Are two stripes visible?", "Are three stripes visible?"),
        ("Is the beak red?", "Are the legs red?"),
        ("Is it longer than wide?", "Is it wider than long?"),
        ("Does the wing have a white stripe?", "Does the head have a white stripe?"),
        ("Is the boat red?", "Is the house red?"),
        ("Is the window round?", "Is the door round?"),
        ("Are horns visible?", "Is the surface shiny?"),
        ("Is the animal standing on snow?", "Is the animal lying on snow?"),
    ],
)
def test_a_word_that_differs_makes_another_question(one, other):
    assert places(one, other) == []


def test_meanings_find_what_words_do_not_but_keep_colours_apart():
    def alike(texts):
        return np.ones((len(texts), len(texts)))

    assert places("Does it live underwater?", "Is it a swimmer?", embed=alike) == [(1, 0)]
    assert places("Is the beak red?", "Is the beak blue?", embed=alike) == []
