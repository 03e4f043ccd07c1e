from __future__ import annotations

import time

import pytest

from makd.questions.bank import CANDIDATES, QuestionBank, packaged_names
from makd.questions.checks.check import check
from makd.questions.checks.english import is_english
from makd.questions.classes import class_names, listed_names


@pytest.mark.parametrize("name", packaged_names())
def test_packaged_banks_pass_beside_the_names_of_their_classes(name):
    data_set = name.removesuffix(CANDIDATES)
    assert check(QuestionBank.load(name), class_names(data_set) if data_set in listed_names() else ()) == []


def test_findings_come_in_the_order_of_the_questions_with_their_ids():
    bank = QuestionBank.from_texts(["Is the tail long?", "Is it left or nice?", "Is the tail a long one?"])
    found = [(one.question, one.kind) for one in check(bank, ["tail"])]
    assert found == [
        ("q01", "class-name"),
        ("q02", "subjective"),
        ("q02", "flip"),
        ("q03", "class-name"),
        ("q03", "near-duplicate"),
    ]
    assert check(bank)[-1].reason == "It asks again what “Is the tail long?” asks (q01)."


@pytest.mark.parametrize(
    "texts",
    [
        ["Hat das Tier einen Schwanz?", "Ist der Körper rot?", "Ist der Körper rot ?"],
        ["La queue est-elle longue ?", "Le corps est-il rouge ?", "Le corps est-il rouge?"],
        ["Есть ли хвост?", "Тело красное?", "тело красное ?"],
    ],
)
def test_a_bank_in_another_language_is_told_so_once(texts):
    first, *rest = check(QuestionBank.from_texts(texts))
    assert (first.question, first.kind) == ("", "not-english")
    assert {one.kind for one in rest} <= {"near-duplicate"}


def test_english_is_known_by_its_small_words():
    assert is_english(["Is the tail long?", "Are wings visible?"])
    assert is_english(["Number of dorsal fins?"])
    assert not is_english(["Is de staart lang?", "Is het lichaam rood?"])


def test_a_hundred_questions_are_checked_in_a_moment():
    bank = QuestionBank.load("coco" + CANDIDATES)
    check(bank, class_names("coco"))
    begin = time.perf_counter()
    check(bank, class_names("coco"))
    assert time.perf_counter() - begin < 5  # a second on a quiet machine
