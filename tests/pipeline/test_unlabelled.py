from __future__ import annotations

import csv
import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from makd.answers.store import AnswerStore
from makd.config.commands import CompareCommand, ExtractCommand, TrainCommand
from makd.data.unlabelled import PREFIX
from makd.errors import UsageError
from makd.inference.predictor import load_model
from makd.pipeline import compare, extract, train
from makd.teachers.base import Answer, TeacherCard
from makd.training.run_dir import RunDirectory
from tests.pipeline.conftest import TINY
from tests.recorder import Recorder

TRAINING = {name: value for name, value in TINY.items() if name not in {"seeds", "jobs"}}


@dataclass
class Looker:
    """Sees how red, green and blue a picture is."""

    card: TeacherCard = field(default_factory=lambda: TeacherCard("looker"))
    needs: str = "image"

    def answer(self, samples: Any, questions: Any) -> Iterator[Answer]:
        for sample in samples:
            assert sample.label is None
            means = np.asarray(Image.open(sample.path)).mean(axis=(0, 1))
            yield Answer(sample.key, ((means - 110) / 20).astype(np.float32), np.ones(3, np.float32))


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """Ten grey pictures with the names of labelled ones."""
    folder = tmp_path / "pool"
    (folder / "red").mkdir(parents=True)
    rng = np.random.default_rng(1)
    for i in range(10):
        Image.fromarray(rng.integers(0, 255, (24, 24, 3), dtype=np.uint8)).save(
            folder / "red" / f"{i:02d}.png"
        )
    return folder


@pytest.fixture
def store(folder: Path, pool: Path, bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    module = importlib.import_module("makd.pipeline.extract")  # the package gives its function that name
    monkeypatch.setattr(module, "open_asked", lambda settings, progress: Looker())
    asked = {"data": str(folder), "teacher": "some/mllm", "questions": str(bank), "out": tmp_path / "store"}
    summary = extract(ExtractCommand.model_validate({**asked, "unlabeled": pool}))
    assert summary["answered"] == 6 * 6 + 10
    return tmp_path / "store"


def test_they_are_asked_about_beside_the_labelled_ones_and_train_the_aspects(
    folder: Path, pool: Path, store: Path, tmp_path: Path, heard: Recorder
) -> None:
    keys = AnswerStore.open(store).answers().keys
    assert sum(key.startswith(PREFIX) for key in keys) == 10
    settings = {**TRAINING, "data": str(folder), "answers": store, "out": tmp_path / "run", "unlabeled": pool}
    train(TrainCommand.model_validate(settings), heard)
    assert any("10 pictures without labels" in line for line in heard.lines)
    assert not any("lack answers" in line for line in heard.lines)
    run = RunDirectory(tmp_path / "run")
    assert f"{PREFIX}red/00.png,train" in run.split_file.read_text()
    without = dict(settings, out=tmp_path / "without", unlabeled=None)
    train(TrainCommand.model_validate(without))
    first, second = (r.metrics()[0]["train_label"] for r in (run, RunDirectory(tmp_path / "without")))
    assert first != second  # they take part


def test_arms_that_learn_no_answers_leave_them_out_and_say_so(
    folder: Path, pool: Path, store: Path, tmp_path: Path, heard: Recorder
) -> None:
    asked = {**TINY, "seeds": 1, "epochs": 1, "data": str(folder), "answers": store, "unlabeled": pool}
    asked |= {"arms": ["base", "makd", "shuffled", "classmean"], "out": tmp_path / "out"}
    compare(CompareCommand.model_validate(asked), heard)
    assert any("10 pictures without labels are of no use to base, classmean" in line for line in heard.lines)
    seen = {
        arm: (tmp_path / "out" / "runs" / f"{arm}-0" / "split.csv").read_text().count(PREFIX)
        for arm in asked["arms"]
    }
    assert seen == {"base": 0, "makd": 10, "shuffled": 10, "classmean": 0}


def test_arms_that_leave_them_out_take_as_many_steps(
    folder: Path, pool: Path, store: Path, tmp_path: Path
) -> None:
    asked = {**TINY, "seeds": 1, "epochs": 4, "data": str(folder), "answers": store, "unlabeled": pool}
    asked |= {"arms": ["base", "makd"], "arm": ["base-4: epochs=4"], "out": tmp_path / "out"}
    results = compare(CompareCommand.model_validate(asked))
    runs = {arm: RunDirectory(tmp_path / "out" / "runs" / f"{arm}-0") for arm in ("base", "makd", "base-4")}
    trained = {
        arm: sum(",train" in line for line in run.split_file.read_text().splitlines())
        for arm, run in runs.items()
    }
    assert trained["makd"] == trained["base"] + 10
    epochs = {arm: len(run.metrics()) for arm, run in runs.items()}
    assert epochs == {"base": round(4 * trained["makd"] / trained["base"]), "makd": 4, "base-4": 4}
    assert {arm: variant["epochs"] for arm, variant in results["variants"].items()} == epochs
    page = (tmp_path / "out" / "report.html").read_text()
    assert f"labels alone; epochs {epochs['base']}" in page


def test_a_store_that_knows_none_of_them_is_refused(
    folder: Path, pool: Path, store: Path, tmp_path: Path
) -> None:
    for picture in (pool / "red").iterdir():
        picture.rename(pool / f"new-{picture.name}")
    settings = {**TRAINING, "data": str(folder), "answers": store, "out": tmp_path / "run", "unlabeled": pool}
    with pytest.raises(UsageError, match="holds no answers about these 10 pictures"):
        train(TrainCommand.model_validate(settings))


def test_without_answers_or_with_a_class_table_they_are_refused(
    folder: Path, pool: Path, bank: Path, table: Path, tmp_path: Path
) -> None:
    out = {"data": str(folder), "unlabeled": pool, "out": tmp_path / "out"}
    with pytest.raises(UsageError, match="name a store that knows them by --answers"):
        train(TrainCommand.model_validate({**TRAINING, **out}))
    with pytest.raises(UsageError, match="a class table answers by class"):
        extract(ExtractCommand.model_validate({**out, "teacher": f"table:{table}", "questions": str(bank)}))
    assert not (tmp_path / "out").exists()


def test_a_first_student_names_them_and_the_second_learns_what_it_was_sure_of(
    folder: Path, pool: Path, tmp_path: Path, heard: Recorder
) -> None:
    """The pool's pictures are named by a student of the labels alone; those under the threshold stay out."""
    asked = {**TRAINING, "data": str(folder), "unlabeled": pool, "out": tmp_path / "all", "epochs": 1}
    train(TrainCommand.model_validate({**asked, "pseudo_threshold": 0}), heard)
    assert any("10 of 10 pictures without labels are named" in line for line in heard.lines)
    with (tmp_path / "all" / "pseudo.csv").open() as file:
        rows = list(csv.DictReader(file))
    predictor = load_model(tmp_path / "all" / "first")
    for row in rows:
        told = predictor.predict([pool / row["key"].removeprefix(PREFIX)])[0]
        assert row["class"] == told["class"]
        assert float(row["probability"]) == pytest.approx(told["probability"], abs=1e-4)
    middle = sum(sorted(float(row["probability"]) for row in rows)[4:6]) / 2
    train(TrainCommand.model_validate({**asked, "pseudo_threshold": middle, "out": tmp_path / "sure"}))
    kept = {row["key"] for row in rows if float(row["probability"]) >= middle}
    lines = (tmp_path / "sure" / "split.csv").read_text().splitlines()
    assert {line.split(",")[0] for line in lines if line.startswith(PREFIX)} == kept
    assert RunDirectory(tmp_path / "sure").config()["pseudo_threshold"] == middle


def test_both_students_take_as_many_steps_as_with_all_pictures(
    folder: Path, pool: Path, tmp_path: Path
) -> None:
    asked = {**TRAINING, "data": str(folder), "unlabeled": pool, "out": tmp_path / "run", "epochs": 4}
    train(TrainCommand.model_validate({**asked, "batch_size": 2, "pseudo_threshold": 0}))
    run, first = RunDirectory(tmp_path / "run"), RunDirectory(tmp_path / "run" / "first")
    trained = [
        sum(",train" in line for line in one.split_file.read_text().splitlines()) for one in (run, first)
    ]
    assert trained[0] == trained[1] + 10
    assert first.config()["epochs"] * trained[1] == pytest.approx(4 * trained[0], rel=0.1)
    assert len(first.metrics()) == first.config()["epochs"]
    assert len(run.metrics()) == 4
    train(TrainCommand.model_validate({**asked, "pseudo_threshold": 1, "out": tmp_path / "doubting"}))
    assert PREFIX not in (tmp_path / "doubting" / "split.csv").read_text()
    assert len(RunDirectory(tmp_path / "doubting").metrics()) == len(first.metrics()) > 4


def test_the_arm_pseudo_wants_pictures_to_name(folder: Path, tmp_path: Path) -> None:
    asked = {**TINY, "data": str(folder), "arms": ["base", "pseudo"], "out": tmp_path / "out"}
    with pytest.raises(UsageError, match="arm 'pseudo' names pictures without labels: give some"):
        compare(CompareCommand.model_validate(asked))
