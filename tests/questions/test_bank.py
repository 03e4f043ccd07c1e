import hashlib
from pathlib import Path

import pytest
import yaml

from makd.errors import UsageError
from makd.questions.bank import Question, QuestionBank, packaged_names


def test_a_question_is_the_hash_of_its_text_on_one_line() -> None:
    question = Question(id="tail", text=" Does it have \n a tail? ")
    assert question.text == "Does it have a tail?"
    assert question.hash == hashlib.sha256(b"Does it have a tail?").hexdigest()[:16]
    assert question.hash == Question(id="other", text="Does it have a tail?", group="part").hash


def test_a_bank_is_its_questions_in_order() -> None:
    bank = QuestionBank.from_texts(["Is it red?", "Is it round?"])
    turned = QuestionBank.from_texts(["Is it round?", "Is it red?"])
    assert set(bank.hashes) == set(turned.hashes)
    assert bank.hash != turned.hash
    assert [question.id for question in bank.questions] == ["q01", "q02"]


def test_a_text_file_has_a_question_a_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("# colours\nIs it red?\n\n  Is it blue?  \n")
    bank = QuestionBank.load(file)
    assert [question.text for question in bank.questions] == ["Is it red?", "Is it blue?"]
    assert (bank.name, bank.source) == ("mine", str(file))


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    question = Question(
        id="tail", text="Hat es einen längeren Schwanz?", group="part", negation="Kein Schwanz?"
    )
    bank = QuestionBank(name="tiere", source="by hand", questions=(question,))
    bank.save(tmp_path / "bank.yaml")
    assert QuestionBank.load(tmp_path / "bank.yaml") == bank


@pytest.mark.parametrize("name", packaged_names())
def test_packaged_banks_load_by_name(name: str) -> None:
    assert QuestionBank.load(name).name == name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"questions": []}, "has no questions"),
        (
            {"questions": [{"id": "a", "text": "Red?"}, {"id": "a", "text": "Blue?"}]},
            "id stands more than once",
        ),
        ({"questions": [{"id": "a", "text": "Red?"}, {"id": "b", "text": " Red?"}]}, "text stands more than"),
        ({"questions": [{"id": "a", "txt": "Red?"}]}, r"questions\.0\.txt"),
        (["Red?"], "is not a question bank"),
    ],
)
def test_what_is_no_bank_is_refused_with_its_place(tmp_path: Path, content: object, message: str) -> None:
    file = tmp_path / "bank.yaml"
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(UsageError, match=message):
        QuestionBank.load(file)


@pytest.mark.parametrize(("name", "message"), [("broken.yaml", "is not YAML"), ("bytes.txt", "is not UTF-8")])
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "broken.yaml").write_text("questions: [")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(UsageError, match=message):
        QuestionBank.load(tmp_path / name)


def test_near_names_are_told_packaged_ones_and_files_alike(tmp_path: Path) -> None:
    (tmp_path / "birds.txt").write_text("Is it a bird?\n")
    with pytest.raises(UsageError, match=r"Did you mean '.*birds\.txt'"):
        QuestionBank.load(tmp_path / "birds.tx")
    with pytest.raises(UsageError, match="Did you mean 'fieldguide'"):
        QuestionBank.load("fieldguid")
