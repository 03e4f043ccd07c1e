"""What the packaged question banks hold."""

import re
from functools import cache

import pytest

from makd.questions.bank import CANDIDATES, QuestionBank, packaged_names
from makd.questions.classes import class_names, listed_names

GROUPS = {"shape", "colour", "texture", "part", "pose", "context", "pattern", "size", "material"}
LARGE = [name + ending for name in listed_names() for ending in ("", CANDIDATES)]
"""The banks of the data sets; `fieldguide` speaks of its own world."""

load = cache(QuestionBank.load)


def words(text: str) -> str:
    """Return a text as lower-case words between single spaces, with one at either end."""
    return f" {' '.join(re.findall('[a-z0-9]+', text.lower()))} "


@pytest.mark.parametrize("name", packaged_names())
def test_every_packaged_bank_loads_under_its_own_name(name: str) -> None:
    bank = load(name)
    assert bank.name == name
    assert bank.source


def test_each_data_set_has_both_its_banks() -> None:
    assert {*LARGE, "fieldguide"} == set(packaged_names())


@pytest.mark.parametrize("name", listed_names())
def test_fifty_questions_are_chosen_from_a_hundred_candidates(name: str) -> None:
    chosen, candidates = load(name), load(name + CANDIDATES)
    assert (len(chosen), len(candidates)) == (50, 100)
    assert set(chosen.questions) <= set(candidates.questions)


@pytest.mark.parametrize("name", LARGE)
def test_questions_are_short_and_answered_by_yes_or_no(name: str) -> None:
    for question in load(name).questions:
        for text in (question.text, question.negation):
            assert re.match(r"(Is|Are|Do|Does|Can|Would) [^?]*\?$", str(text))
        assert len(question.text.split()) <= 15
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", question.id)
        assert question.group in GROUPS


@pytest.mark.parametrize("name", LARGE)
def test_no_question_depends_on_the_place_in_the_picture(name: str) -> None:
    placed = re.compile(
        r"\b(left|right(?! angles)|top of the (picture|image)|middle of the (picture|image))\b"
    )
    assert not [q.id for q in load(name).questions if placed.search(q.text.lower())]


@pytest.mark.parametrize("name", LARGE)
def test_questions_and_negations_all_differ(name: str) -> None:
    questions = load(name).questions
    texts = [words(str(text)) for q in questions for text in (q.text, q.negation)]
    assert len(set(texts)) == 2 * len(questions)


@pytest.mark.parametrize("name", listed_names())
def test_no_class_is_named(name: str) -> None:
    for question in load(name + CANDIDATES).questions:
        for class_name in class_names(name):
            for form in (class_name, class_name + "s", class_name.removesuffix("s")):
                assert words(form) not in words(question.text), question.id
