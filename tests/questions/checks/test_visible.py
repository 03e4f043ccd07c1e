from __future__ import annotations

import pytest

from makd.questions.checks.visible import not_shown


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Is it fermented?", "subjective"),
        ("Does the meal look tempting?", "subjective"),
        ("Is it played in orchestras?", "beyond-picture"),
        ("Does the animal like jazz?", "beyond-picture"),
        ("Does the cap look like that of a zorbel?", "beyond-picture"),
        ("Is it a zorbel with red scales?", "beyond-picture"),
        ("Does the leaf zorbel?", "beyond-picture"),
        ("Does the wall have Zorbel stripes?", "beyond-picture"),
        ("Is there a warranty?", "subjective"),
        ("Is the bird zorbeled?", "subjective"),
    ],
)
def test_a_word_for_nothing_seen_is_found(text, kind):
    assert not_shown(text).kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "Are the wings folded over its striped back?",
        "Is the heart-shaped leaf darker than its stalk?",
        "Is the garment sleeveless?",
        "Are there gravestones or molehills?",
        "Is a zorbel raised on the roof?",
        "Does a zorbel hang below the roof?",
        "Is the seat zorbeled with mud?",
        "Is a man zorbeling the ladder?",
        "Does the T-tail have 2 fins?",
    ],
)
def test_words_for_what_is_seen_pass_in_every_form(text):
    assert not_shown(text) is None


def test_a_term_of_the_banks_own_is_known():
    assert not_shown("Does the zorbelous look good?") is not None
    assert not_shown("Is it zorbelous?", frozenset({"zorbelous"})) is None
