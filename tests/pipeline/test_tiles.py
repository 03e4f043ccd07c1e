from __future__ import annotations

from pathlib import Path

import pytest

from makd.answers.store import AnswerStore
from makd.config.commands import ExtractCommand
from makd.errors import UsageError
from makd.pipeline import extract
from tests.recorder import Recorder
from tests.teachers import random_checkpoints


@pytest.fixture
def asked(folder: Path, bank: Path, tmp_path: Path) -> dict[str, object]:
    checkpoint = random_checkpoints.internvl(tmp_path / "internvl")
    return {
        "data": {"name": str(folder), "train_per_class": 1, "val_per_class": 1},
        "teacher": {"name": str(checkpoint), "tiles": "auto", "device": "cpu"},
        "questions": str(bank),
        "min_mass": 0,
        "out": tmp_path / "store",
    }


def test_the_choice_is_recorded_and_taken_up_again(asked, tmp_path: Path) -> None:
    first, again = Recorder(), Recorder()
    extract(ExtractCommand.model_validate(asked), first)
    (chosen,) = [int(line.split()[0]) for line in first.lines if line.endswith("chosen")]
    card = AnswerStore.open(tmp_path / "store").manifest.teacher
    assert card.image_settings["max_patches"] == chosen
    summary = extract(ExtractCommand.model_validate(asked), again)
    assert (summary["skipped"], summary["asked"]) == (6, 0)
    assert not any("tried on" in line for line in again.lines)
    assert f"--teacher.tiles auto: {chosen}, as {tmp_path / 'store'} was begun with." in again.lines


@pytest.mark.parametrize("value", ["many", "0", "-1"])
def test_neither_a_number_nor_auto(asked, value) -> None:
    with pytest.raises(ValueError, match="should be a number from 1 up or 'auto'"):
        ExtractCommand.model_validate({**asked, "teacher": {"name": "x", "tiles": value}})


def test_teachers_without_tiles_refuse_it(asked) -> None:
    with pytest.raises(UsageError, match="does not cut pictures into tiles"):
        extract(ExtractCommand.model_validate({**asked, "teacher": {"name": "fieldguide", "tiles": "auto"}}))
    with pytest.raises(UsageError, match="cuts no tiles here"):
        extract(
            ExtractCommand.model_validate({**asked, "teacher": {"name": "table:caltech101", "tiles": "auto"}})
        )
