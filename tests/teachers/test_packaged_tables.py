"""What the packaged class tables hold: the Caltech-101 table against its bank."""

import re
from importlib import resources
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
import yaml

from makd.questions.bank import QuestionBank

LEVELS = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)
TABLE = resources.files("makd.teachers") / "tables" / "caltech101.yaml"


@pytest.fixture(scope="module")
def rows() -> dict[str, list[float]]:
    content = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    assert (content["name"], content["questions"]) == ("caltech101", "caltech101")
    assert "language model from text alone" in content["source"]
    classes: dict[str, list[float]] = content["classes"]
    return classes


@pytest.fixture(scope="module")
def p_yes(rows: dict[str, list[float]]) -> npt.NDArray[np.float64]:
    """`[C, Q]`."""
    return np.array(list(rows.values()))


@pytest.fixture(scope="module")
def bank() -> QuestionBank:
    return QuestionBank.load("caltech101")


def test_every_class_answers_every_question_at_a_level(
    rows: dict[str, list[float]], bank: QuestionBank
) -> None:
    assert len(rows) == 101
    assert {len(row) for row in rows.values()} == {len(bank)}
    assert {value for row in rows.values() for value in row} == set(LEVELS)


def test_the_columns_named_in_the_file_are_the_bank_in_order(bank: QuestionBank) -> None:
    comments = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    named = re.findall(r"\b[a-z]+(?:-[a-z]+)+", " ".join(comments[1:]))
    assert named == [question.id for question in bank.questions]


def test_every_question_splits_the_classes(p_yes: npt.NDArray[np.float64]) -> None:
    share = (p_yes > 0.5).mean(axis=0)
    assert share.min() > 0.04
    assert share.max() < 0.7


def test_all_pairs_of_classes_differ_in_several_answers(rows: dict[str, list[float]]) -> None:
    different = {
        (a, b): int((np.abs(np.subtract(rows[a], rows[b])) > 0.399).sum()) for a, b in combinations(rows, 2)
    }
    assert [pair for pair, count in different.items() if count < 3] == []
    assert np.median(list(different.values())) >= 15


def test_no_two_questions_give_nearly_the_same_column(p_yes: npt.NDArray[np.float64]) -> None:
    correlation = np.corrcoef(p_yes.T) - np.eye(p_yes.shape[1])
    assert np.abs(correlation).max() < 0.85


@pytest.mark.parametrize(
    ("yes", "question", "no"),
    [
        ("Motorbikes", "has-wheels-or-propellers", "grand_piano"),
        ("dalmatian", "is-spotted", "cougar_body"),
        ("ketch", "shows-sky", "stapler"),
        ("scorpion", "has-many-limbs", "elephant"),
        ("stop_sign", "is-red-or-pink", "dolphin"),
        ("pyramid", "is-larger-than-person", "watch"),
        ("starfish", "has-rays", "wrench"),
    ],
)
def test_answers_stand_in_their_columns(
    rows: dict[str, list[float]], bank: QuestionBank, yes: str, question: str, no: str
) -> None:
    column = [q.id for q in bank.questions].index(question)
    assert rows[yes][column] >= 0.9
    assert rows[no][column] <= 0.1


def test_no_question_names_a_class(rows: dict[str, list[float]], bank: QuestionBank) -> None:
    tokens = {token.rstrip("s") for name in rows for token in name.lower().split("_")}
    leaked = {
        (question.id, word)
        for question in bank.questions
        for word in re.findall(r"[a-z]+", f"{question.text} {question.negation}".lower())
        if word.rstrip("s") in tokens
    }
    assert leaked == set()
