from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from makd.data.samples import Sample
from makd.errors import UsageError
from makd.questions.bank import Question, QuestionBank
from makd.teachers.base import Answer, Failure
from makd.teachers.class_table import ClassTableTeacher, packaged_tables

BANK = QuestionBank(
    name="pets",
    questions=(
        Question(id="horns", text="Does it have horns?"),
        Question(id="fur", text="Is it furry?"),
        Question(id="wings", text="Does it have wings?"),
    ),
)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    BANK.save(tmp_path / "pets.yaml")

    def table(classes: Any, questions: str | None = "pets.yaml") -> Path:
        path = tmp_path / "table.yaml"
        content = {"name": "by-hand", "source": "written by hand", "classes": classes}
        path.write_text(yaml.safe_dump(content | ({"questions": questions} if questions else {})))
        return path

    return table


def sample(label: str | None) -> Sample:
    return Sample(f"{label}/1.jpg", None, 0, label)


def ask(path: Path, *labels: str | None) -> list[Answer | Failure]:
    return list(ClassTableTeacher.load(path).answer([sample(label) for label in labels], BANK.questions))


def test_lists_follow_the_bank(write: Any) -> None:
    path = write({"goat": [0.9, 0.7, 0.02], "bat": [0.02, 0.5, 0.98]})
    goat, bat = ask(path, "goat", "bat")
    assert isinstance(goat, Answer)
    assert isinstance(bat, Answer)
    np.testing.assert_allclose(1 / (1 + np.exp(-goat.log_odds)), [0.9, 0.7, 0.02], rtol=1e-5)
    np.testing.assert_allclose(bat.log_odds, np.log([0.02 / 0.98, 1, 0.98 / 0.02]), rtol=1e-5, atol=1e-7)
    assert goat.yes_no_mass.tolist() == [1, 1, 1]
    assert (goat.path, goat.kind) == ("table", "soft")


def test_columns_follow_the_questions_asked(write: Any) -> None:
    teacher = ClassTableTeacher.load(write({"goat": [0.9, 0.7, 0.02]}))
    (answer,) = teacher.answer([sample("goat")], BANK.questions[::-1])
    assert isinstance(answer, Answer)
    np.testing.assert_allclose(1 / (1 + np.exp(-answer.log_odds)), [0.02, 0.7, 0.9], rtol=1e-5)


@pytest.mark.parametrize(
    ("questions", "row"),
    [
        ("pets.yaml", {"wings": 0.1, "horns": 0.9}),
        (None, {"Does it have wings?": 0.1, "Does it have horns?": 0.9}),
    ],
)
def test_mappings_may_leave_questions_out(write: Any, questions: str | None, row: dict[str, float]) -> None:
    (answer,) = ask(write({"goat": row}, questions), "goat")
    assert isinstance(answer, Answer)
    np.testing.assert_allclose(1 / (1 + np.exp(-answer.log_odds)), [0.9, np.nan, 0.1], rtol=1e-5)
    assert np.isnan(answer.yes_no_mass).tolist() == [False, True, False]


def test_unknown_class_is_a_failure_with_near_names(write: Any) -> None:
    unknown, unlabelled = ask(write({"goat": [0.9, 0.7, 0.02]}), "gote", None)
    assert isinstance(unknown, Failure)
    assert unknown.reason == "class 'gote' is not in the table 'by-hand'. Did you mean 'goat'?"
    assert isinstance(unlabelled, Failure)
    assert unlabelled.reason == "no label, and a class table sees nothing else"


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ({"goat": [0.9, 0.7]}, r"'goat' has 2 answers, the bank 'pets' 3 questions"),
        ({"goat": {"wing": 0.1}}, r"'goat' answers 'wing', .* Did you mean 'wings'"),
        ({"goat": [0.9, 0.7, 1.0]}, r"not a class table: classes\.goat.*less than 1"),
        ({"goat": [0.9, 0.7, 0]}, r"not a class table: classes\.goat.*greater than 0"),
        ({}, r"not a class table: classes"),
        (["goat"], r"not a class table: classes"),
    ],
)
def test_faulty_tables_are_refused(write: Any, classes: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ClassTableTeacher.load(write(classes))


def test_lists_need_a_bank(write: Any) -> None:
    with pytest.raises(UsageError, match="the table must name its bank"):
        ClassTableTeacher.load(write({"goat": [0.9]}, None))


def test_questions_of_another_bank_are_refused(write: Any) -> None:
    teacher = ClassTableTeacher.load(write({"goat": [0.9, 0.7, 0.02]}))
    with pytest.raises(UsageError, match="answers none of these questions"):
        next(iter(teacher.answer([sample("goat")], QuestionBank.from_texts(["Is it night?"]).questions)))


def test_text_that_is_no_yaml(tmp_path: Path) -> None:
    path = tmp_path / "table.yaml"
    path.write_text("a: [1")
    with pytest.raises(UsageError, match="not YAML"):
        ClassTableTeacher.load(path)


def test_missing_table_names_the_packaged_ones() -> None:
    with pytest.raises(UsageError, match=r"No class table 'caltech-101'.*Did you mean 'caltech101'"):
        ClassTableTeacher.load("caltech-101")


def test_card_follows_the_content(write: Any) -> None:
    one = ClassTableTeacher.load(write({"goat": [0.9, 0.7, 0.02]})).card
    other = ClassTableTeacher.load(write({"goat": [0.9, 0.7, 0.1]})).card
    assert one.name == "table:by-hand"
    assert one.revision != other.revision


@pytest.mark.parametrize("name", packaged_tables())
def test_packaged_tables_answer_their_banks_in_full(name: str) -> None:
    teacher = ClassTableTeacher.load(name)
    assert teacher.needs == "label"
    questions = QuestionBank.load(str(teacher.table.questions)).questions
    for answer in teacher.answer([sample(label) for label in teacher.table.classes], questions):
        assert isinstance(answer, Answer)
        assert np.isfinite(answer.log_odds).all()
