from __future__ import annotations

import json
from pathlib import Path

import pytest

from makd.config.commands import PreviewCommand
from makd.errors import UsageError
from makd.pipeline import preview
from makd.report.preview import headline
from makd.teachers.server.budget import Budget, BudgetSpentError
from tests.conftest import COLOURS


@pytest.fixture
def asked(folder: Path, bank: Path, table: Path, tmp_path: Path) -> dict[str, object]:
    return {
        "data": str(folder), "teacher": f"table:{table}", "questions": str(bank), "out": tmp_path / "out",
        "images": 6,
    }  # fmt: skip


def test_answers_of_a_few_training_pictures_and_the_forecast(asked, tmp_path, squares):
    result = preview(PreviewCommand.model_validate(asked))
    assert sorted(image["class"] for image in result["images"]) == sorted(COLOURS)
    for image in result["images"]:
        assert image["p_yes"] == pytest.approx([0.9 if part else 0.1 for part in COLOURS[image["class"]]])
        assert image["failure"] is None
    assert result["forecast"]["images"] == 6 * 6  # 60 % of 11, rounded, of six classes
    assert result["forecast"]["requests"] is None
    written = json.loads((tmp_path / "out" / "preview.json").read_text())
    assert {**written, "page": result["page"]} == result
    assert (tmp_path / "out" / "preview.html").is_file()
    assert not list(tmp_path.rglob("*.parquet"))
    assert not list(tmp_path.rglob("manifest.json"))


def test_the_same_pictures_again_and_others_by_another_seed(asked):
    keys = [image["key"] for image in preview(PreviewCommand.model_validate(asked))["images"]]
    assert [image["key"] for image in preview(PreviewCommand.model_validate(asked))["images"]] == keys
    with pytest.raises(UsageError, match="seed: 0 there, 1 asked for"):
        preview(PreviewCommand.model_validate({**asked, "seed": 1}))
    other = preview(PreviewCommand.model_validate({**asked, "seed": 1, "overwrite": True}))
    assert [image["key"] for image in other["images"]] != keys


def test_a_budget_that_does_not_do_is_named_and_leaves_nothing(asked, tmp_path, monkeypatch):
    def spend(*_: object) -> None:
        raise BudgetSpentError("max-requests 5", Budget())

    monkeypatch.setattr("makd.teachers.rate.ask_timed", spend)
    with pytest.raises(UsageError, match="max-requests 5 is not enough for 3 questions about 6 pictures"):
        preview(PreviewCommand.model_validate(asked))
    assert not (tmp_path / "out").exists()


def test_a_teacher_that_answers_nothing_gives_no_forecast(asked, table, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(table.read_text().replace("red:", "pink:"))
    result = preview(PreviewCommand.model_validate({**asked, "teacher": f"table:{other}"}))
    failed = [image for image in result["images"] if image["failure"]]
    assert [image["class"] for image in failed] == ["red"]
    assert headline(result).startswith("Asking 3 questions about 36 training images takes about ")
    none = headline({**result, "images": failed})
    assert none.startswith("The teacher answered about none of 1 images: class 'red' is not in the table")
    assert not none.endswith("..")


@pytest.mark.slow
def test_a_broken_picture_is_shown_as_such(broken, asked, bank, tmp_path):
    changes = {"data": str(broken), "teacher": "fieldguide", "images": 36}
    result = preview(PreviewCommand.model_validate({**asked, **changes}))
    failed = {image["key"]: image["failure"] for image in result["images"] if image["failure"]}
    assert failed
    assert all(key.endswith("00.png") and "truncated" in reason for key, reason in failed.items())
    assert "the file is truncated" in Path(result["page"]).read_text()
