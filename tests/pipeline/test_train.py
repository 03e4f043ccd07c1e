from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from makd.config.commands import (
    EvaluateCommand,
    ExtractCommand,
    PredictCommand,
    TrainCommand,
)
from makd.errors import MakdError, UsageError
from makd.pipeline import evaluate, extract, predict, train
from tests.pipeline.conftest import TINY
from tests.recorder import Recorder

TRAINING = {name: value for name, value in TINY.items() if name not in {"seeds", "jobs"}}


def _extract(folder: Path, table: Path, bank: Path, store: Path, **changes: Any) -> dict[str, Any]:
    asked = {"data": str(folder), "teacher": f"table:{table}", "questions": str(bank), "out": store}
    return extract(ExtractCommand.model_validate({**asked, **changes}))


def _train(folder: Path, out: Path, **changes: Any) -> dict[str, Any]:
    return train(TrainCommand.model_validate({**TRAINING, "data": str(folder), "out": out, **changes}))


def test_extract_train_evaluate_predict(folder: Path, table: Path, bank: Path, tmp_path: Path) -> None:
    store, out = tmp_path / "store", tmp_path / "run"
    summary = _extract(folder, table, bank, store)
    assert summary["answered"] == summary["asked"] > 0
    judged = _train(folder, out, answers=store)
    again = evaluate(EvaluateCommand.model_validate({"run": out, "data": str(folder)}))
    assert again["top1"] == pytest.approx(judged["top1"])
    assert again["n"] == judged["n"]
    picture = next((folder / "red").iterdir())
    named = predict(PredictCommand.model_validate({"run": out, "images": [picture], "top": 2}))
    assert len(named["predictions"]) == 1
    assert len(named["predictions"][0]["classes"]) == 2


def test_a_run_is_judged_by_the_split_that_it_was_trained_on(folder: Path, tmp_path: Path) -> None:
    judged = _train(folder, tmp_path / "run", data={"name": str(folder), "split_seed": 4})
    again = evaluate(EvaluateCommand.model_validate({"run": tmp_path / "run", "data": str(folder)}))
    assert (again["n"], again["top1"]) == (judged["n"], pytest.approx(judged["top1"]))


@pytest.mark.parametrize(
    ("idle", "message"),
    [
        ({"questions": "fieldguide"}, "--questions selects answers of a store"),
        ({"kd": "dkd"}, "--kd: nobody is imitated"),
        ({"beta": 2.0}, "--beta: nobody is imitated"),
    ],
)
def test_what_would_change_nothing_is_refused(
    folder: Path, tmp_path: Path, idle: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        _train(folder, tmp_path / "run", **idle)


def test_an_existing_run_is_refused_unless_told(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "precious").write_text("kept")
    with pytest.raises(UsageError, match="--resume"):
        _train(folder, out)
    with pytest.raises(UsageError, match="not made by makd"):
        _train(folder, out, overwrite=True)
    assert (out / "precious").read_text() == "kept"


def test_a_store_of_another_teacher_is_refused_and_untouched(
    folder: Path, table: Path, bank: Path, tmp_path: Path
) -> None:
    store, other = tmp_path / "store", tmp_path / "other.yaml"
    _extract(folder, table, bank, store)
    before = (store / "manifest.json").read_bytes()
    other.write_text(table.read_text().replace("0.9", "0.7"))
    with pytest.raises(UsageError, match=r"another teacher|other teacher|differ"):
        _extract(folder, other, bank, store)
    assert (store / "manifest.json").read_bytes() == before


def test_a_store_that_lacks_most_images_is_refused(
    broken: Path, table: Path, bank: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    _extract(broken, table, bank, store, data={"name": str(broken), "train_per_class": 2, "val_per_class": 2})
    with pytest.raises(MakdError, match=r"half|missing"):
        _train(
            broken,
            tmp_path / "run",
            answers=store,
            data={"name": str(broken), "train_per_class": 7, "val_per_class": 2},
        )


def test_broken_pictures_are_skipped_and_told(broken: Path, tmp_path: Path, heard: Recorder) -> None:
    train(TrainCommand.model_validate({**TRAINING, "data": str(broken), "out": tmp_path / "run"}), heard)
    assert any("00.png" in line or "skipped" in line for line in heard.lines)


def test_fieldguide_takes_no_split_and_folders_no_draw(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--data\.train-per-class"):
        _train(folder, tmp_path / "run", data={"name": "fieldguide", "train_per_class": 3})
    with pytest.raises(UsageError, match="draw"):
        _train(folder, tmp_path / "run", data={"name": str(folder), "draw": 1})


def test_how_a_run_is_carried_out_is_no_part_of_what_it_is_known_by(folder: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    _train(folder, first)
    _train(folder, second, logger=["csv"])
    assert (first / "config.yaml").read_text() == (second / "config.yaml").read_text()
    assert (first / "tensorboard").is_dir()
    assert (second / "csv" / "metrics.csv").is_file()
    assert not (second / "tensorboard").exists()
    told = json.loads((second / "environment.json").read_text())["execution"]
    assert told == {"devices": 1, "compile": False, "logger": ["csv"]}


@pytest.mark.parametrize(
    ("asked", "said"), [({"devices": 90}, "--devices 90: batches"), ({"precision": "float16"}, "CUDA")]
)
def test_what_cannot_be_carried_out_here_is_refused(
    asked: dict[str, Any], said: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.accelerator.current_accelerator", lambda check_available=False: None)
    with pytest.raises(UsageError, match=said):
        _train(folder, tmp_path / "run", **asked)
    assert not (tmp_path / "run").exists()
