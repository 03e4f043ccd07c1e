"""The vocabularies, and how words are looked up in them."""

from __future__ import annotations

from collections import Counter

import pytest

from makd.questions.bank import CANDIDATES, QuestionBank
from makd.questions.checks.forms import single_words
from makd.questions.checks.lexicon import read
from makd.questions.checks.vocabulary import alike, is_known, other_names, phrases_as_one, wider_names
from makd.questions.classes import listed_names


@pytest.mark.parametrize("name", ["synonyms.yaml", "names.yaml"])
def test_each_line_names_several_words_once_in_lower_case(name):
    content = read(name)
    for lines in content.get("same", content).values():
        for line in lines.splitlines():
            members = line.split(", ")
            assert len(members) > 1, line
            assert line == line.lower(), line
            assert max(Counter(members).values()) == 1, line
            assert all(member and member == member.strip() for member in members), line


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("beak", "bill"),
        ("bonnet", "hood"),
        ("striped", "bands"),
        ("larger", "big"),
        ("landing gear", "undercarriage"),
    ],
)
def test_words_of_a_group_are_alike_in_every_form(one, other):
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("red", "blue"), ("bell", "belly"), ("cap", "cape"), ("orange", "red"), ("leg", "beak")],
)
def test_other_words_are_not(one, other):
    assert not alike(one, other)


def test_words_that_stand_for_one_thing_are_joined():
    assert phrases_as_one(["the", "landing", "gears", "show"]) == ["the", "landing gears", "show"]


def test_names_hold_both_ways_and_kinds_one_way():
    assert "sofa" in other_names()["couch"]
    assert "couch" in other_names()["sofa"]
    assert "whale" in wider_names()["orca"]
    assert "orca" not in wider_names()["whale"]


@pytest.mark.parametrize("name", listed_names())
def test_the_words_of_the_packaged_candidates_are_known(name):
    questions = QuestionBank.load(name + CANDIDATES).questions
    said = {word for question in questions for word in single_words(question.text) if len(word) > 2}
    assert [word for word in sorted(said) if word.isalpha() and not is_known(word)] == []
