from __future__ import annotations

from pathlib import Path

import pytest

from makd import pipeline
from makd.config.commands import CheckCommand
from makd.errors import UsageError
from makd.questions.bank import QuestionBank


@pytest.fixture
def bank(tmp_path):
    file = tmp_path / "bank.txt"
    file.write_text("Is the tail long?\nIs it a puffin?\nIs the picture of a red square?\nIs it beautiful?\n")
    return str(file)


def kinds(result):
    return {(one["text"], one["kind"]) for one in result["findings"]}


def test_class_names_come_from_data_or_from_a_list(bank, folder, tmp_path):
    result = pipeline.check(CheckCommand.model_validate({"bank": bank, "data": str(folder)}))
    assert ("Is the picture of a red square?", "class-name") in kinds(result)
    (tmp_path / "classes.txt").write_text("# birds\nAtlantic_Puffin\n")
    result = pipeline.check(CheckCommand(bank=bank, classes=tmp_path / "classes.txt"))
    assert kinds(result) == {("Is it a puffin?", "class-name"), ("Is it beautiful?", "subjective")}
    with pytest.raises(UsageError, match="name one of them"):
        pipeline.check(
            CheckCommand.model_validate(
                {"bank": bank, "data": str(folder), "classes": tmp_path / "classes.txt"}
            )
        )


def test_a_packaged_bank_is_held_against_its_own_classes_and_any_bank_against_a_packaged_list(bank):
    assert pipeline.check(CheckCommand(bank="cub200-candidates"))["classes"] == 200
    result = pipeline.check(CheckCommand(bank=bank, classes=Path("cub200")))
    assert result["classes"] == 200
    assert ("Is it a puffin?", "class-name") in kinds(result)  # a horned one
    with pytest.raises(UsageError, match="cannot be read"):
        pipeline.check(CheckCommand(bank=bank, classes=Path("cub20")))


def test_fix_writes_another_file_and_lists_what_is_left(bank, tmp_path):
    (tmp_path / "classes.txt").write_text("puffin\n")
    settings = CheckCommand(
        bank=bank, classes=tmp_path / "classes.txt", fix=True, out=tmp_path / "fixed.yaml"
    )
    result = pipeline.check(settings)
    texts = [question.text for question in QuestionBank.load(tmp_path / "fixed.yaml").questions]
    assert texts == ["Is the tail long?", "Is the picture of a red square?", "Is it beautiful?"]
    assert [repair["question"] for repair in result["repairs"]] == ["q02"]
    assert kinds(result) == {("Is it beautiful?", "subjective")}
    with pytest.raises(UsageError, match="--overwrite"):
        pipeline.check(settings)


def test_what_cannot_be_checked_is_refused(tmp_path):
    (tmp_path / "twice.txt").write_text("Is it red?\nIs it red?\n")
    (tmp_path / "empty.txt").write_text("# none yet\n")
    (tmp_path / "empty.yaml").write_text("questions: []\n")
    with pytest.raises(UsageError, match="stands more than once: 'Is it red"):
        pipeline.check(CheckCommand(bank=str(tmp_path / "twice.txt")))
    for name in ("empty.txt", "empty.yaml"):
        with pytest.raises(UsageError, match="has no questions"):
            pipeline.check(CheckCommand(bank=str(tmp_path / name)))
    with pytest.raises(UsageError, match="add --fix"):
        pipeline.check(CheckCommand(bank="caltech101", out=tmp_path / "out.yaml"))
