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
        "Does the T-tail have 2 fins?",
    ],
)
def test_words_for_what_is_seen_pass_in_every_form(text):
    assert not_shown(text) is None
