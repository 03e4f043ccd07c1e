from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from makd.config.commands import CompareCommand, ExtractCommand, TrainCommand
from makd.config.training import TrainingSettings
from makd.data.samples import Catalog
from makd.errors import UsageError
from makd.pipeline import compare, extract, train
from makd.pipeline.arms import asked_arms, own_settings
from makd.pipeline.train import check_vision_teachers
from makd.training import loggers, vision_teacher
from tests.pipeline.conftest import TINY
from tests.recorder import Recorder

SHORT = {**TINY, "epochs": 1, "seeds": 1}


@pytest.fixture
def teacher(folder: Path, tmp_path: Path) -> Path:
    """A run that a student may imitate."""
    asked = {name: value for name, value in SHORT.items() if name not in {"seeds", "jobs"}}
    train(TrainCommand.model_validate({**asked, "data": str(folder), "out": tmp_path / "teacher"}))
    return tmp_path / "teacher"


def test_a_vision_teacher_alone_and_together_with_answers(
    folder: Path, table: Path, bank: Path, teacher: Path, tmp_path: Path
) -> None:
    store, out = tmp_path / "store", tmp_path / "compare"
    asked = {"data": str(folder), "teacher": f"table:{table}", "questions": str(bank), "out": store}
    extract(ExtractCommand.model_validate(asked))
    results = compare(
        CompareCommand.model_validate(
            {
                **SHORT,
                "data": str(folder),
                "answers": store,
                "arms": ("base", "kd", "kd+signature"),
                "vision_teacher": str(teacher),
                "out": out,
            }
        )
    )
    pairs = [(pair["a"], pair["b"]) for pair in results["pairs"]]
    assert pairs[-1] == ("kd+signature", "kd")
    parts = {}
    for arm in results["arms"]:
        line = json.loads((out / "runs" / f"{arm}-0" / "metrics.jsonl").read_text().splitlines()[0])
        parts[arm] = {name for name in ("train_kd", "train_aspect") if name in line}
    assert parts == {
        "base": set(),
        "kd": {"train_kd"},
        "kd+signature": {"train_kd", "train_aspect"},
    }
    assert "a vision teacher" in (out / "report.html").read_text()


def test_a_vision_teacher_that_no_arm_imitates_is_refused(folder: Path, tmp_path: Path) -> None:
    asked = {**SHORT, "data": str(folder), "vision_teacher": str(tmp_path), "arms": ("base",)}
    settings = CompareCommand.model_validate({**asked, "out": tmp_path / "compare"})
    with pytest.raises(UsageError, match=r"no arm imitates it.*kd\+makd"):
        asked_arms(settings, None, None)
    with pytest.raises(UsageError, match="not a finished run"):
        compare(settings.model_copy(update={"arms": ("base", "kd")}))


def test_each_vision_teacher_is_opened_once_as_arms_imitate_it(
    squares: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[str, str]] = []

    def opening(settings: TrainingSettings, *_: object) -> None:
        opened.append((settings.vision_teacher.name, settings.kd.name))

    monkeypatch.setattr(vision_teacher, "open_distiller", opening)
    asked = {"arms": ("base", "kd", "at"), "arm": ("kd-15: beta=15", "at-other: vision_teacher=resnet34")}
    settings = CompareCommand.model_validate(
        {**SHORT, **asked, "data": "x", "vision_teacher": "resnet18", "out": tmp_path}
    )
    check_vision_teachers(own_settings(asked_arms(settings, None, None), settings), squares)
    assert opened == [("resnet18", "kd"), ("resnet18", "at"), ("resnet34", "at")]


def test_an_arm_that_imitates_nobody_is_refused(folder: Path, tmp_path: Path) -> None:
    asked = {**SHORT, "data": str(folder), "arms": ("base", "kd"), "out": tmp_path / "compare"}
    with pytest.raises(UsageError, match=r"'kd' imitates a vision teacher.*--vision-teacher"):
        compare(CompareCommand.model_validate(asked))


@pytest.mark.parametrize(
    ("idle", "message"),
    [
        ({"teacher": "fieldguide"}, "--teacher: it is asked for the class.*--references naming"),
        ({"questions": "fieldguide"}, "--questions selects answers of a store"),
        ({"kd": "dkd"}, "--kd: nobody is imitated"),
    ],
)
def test_what_would_change_nothing_is_refused(
    folder: Path, tmp_path: Path, idle: dict[str, Any], message: str
) -> None:
    asked = {**SHORT, "data": str(folder), "arms": ("base",), "out": tmp_path / "compare", **idle}
    with pytest.raises(UsageError, match=message):
        compare(CompareCommand.model_validate(asked))


def test_loggers_are_told_of_every_run_and_change_no_result(
    folder: Path, tmp_path: Path, heard: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {**TINY, "epochs": 1, "data": str(folder), "arms": ["base"], "out": tmp_path / "out"}
    with monkeypatch.context() as without:
        without.setattr(loggers, "find_spec", lambda package: None)
        with pytest.raises(UsageError, match="--logger comet: not installed"):
            compare(CompareCommand.model_validate({**asked, "logger": ["comet"]}))
    assert not (tmp_path / "out").exists()
    compare(CompareCommand.model_validate({**asked, "logger": ["csv"]}))
    for seed in range(2):
        run = tmp_path / "out" / "runs" / f"base-{seed}"
        assert (run / "csv" / "metrics.csv").is_file()
        assert not (run / "tensorboard").exists()
    compare(CompareCommand.model_validate(asked), heard)
    assert any("2 of 2 runs are there already" in line for line in heard.lines)
