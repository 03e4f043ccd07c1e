from __future__ import annotations

import pytest

from makd.questions.checks.forms import forms, single_words, singular, stem, verb, words


def test_words_and_their_singular():
    assert words("Does the bird\N{RIGHT SINGLE QUOTATION MARK}s T-tail show?") == [
        "does",
        "the",
        "bird",
        "t-tail",
        "show",
    ]
    assert [singular(word) for word in ("leaves", "bodies", "glasses", "feet", "grass", "wings")] == [
        "leaf", "body", "glass", "foot", "grass", "wing",
    ]  # fmt: skip


def test_words_with_a_hyphen_are_taken_apart():
    assert single_words("Is it heart-shaped?") == ["is", "it", "heart", "shaped"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stripe", "striped"),
        ("stripe", "stripy"),
        ("deep", "deeply"),
        ("dark", "darkened"),
        ("sleeve", "sleeveless"),
        ("spot", "spotted"),
    ],
)
def test_forms_of_a_word_share_their_stem(one, other):
    assert stem(one) == stem(other)


def test_a_comparison_is_a_form_of_its_adjective():
    assert "large" in forms("larger")
    assert "big" in forms("biggest")
    assert "curly" in forms("curlier")


def test_a_verb_keeps_its_forms_and_no_adjective_made_of_a_noun():
    assert verb("carved") == verb("carving") == verb("carve")
    assert verb("handy") != verb("hand")
