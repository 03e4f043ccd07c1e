from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

from makd.config.training import AugmentSettings
from makd.data.samples import Catalog
from makd.training.faulty_batch import NotFiniteError, leave_faulty_batch
from makd.training.input_pipeline import Batches, train_batches
from makd.training.run_dir import RunDirectory

NAN = float("nan")


@pytest.fixture
def train(squares: Catalog, colour_targets: Any) -> Batches:
    augment = {"crop_scale": (0.5, 1), "crop_ratio": (0.9, 1.1), "hflip": 0.5, "aa": "", "reprob": 0.3}
    return train_batches(
        squares.of("train"),
        replace(colour_targets, weights=np.array([1, 2, 3], np.float32)),
        image_size=24,
        batch_size=10,
        augment=AugmentSettings.model_validate({**augment, "mixup": 0.4, "cutmix": 0.0, "mixup_prob": 1.0}),
        seed=5,
    )


def test_the_batch_is_saved_as_the_student_saw_it(train: Batches, tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    fault = NotFiniteError(2, 3, {"loss": NAN, "label": NAN, "aspect": 0.7})
    error = leave_faulty_batch(run, train, fault, torch.bfloat16)
    train.epoch = 1
    seen = list(train)[2]
    keys = [train.samples[i].key for i in seen.index]
    with safe_open(run.faulty_batch_file, "pt") as file:
        told = file.metadata()
        for name in ("images", "labels", "p_yes", "index", "weights", "other_labels", "share"):
            assert file.get_tensor(name).equal(getattr(seen, name)), name
    assert json.loads(told["keys"]) == keys
    assert (told["epoch"], told["step"]) == ("2", "3")
    assert json.loads(told["loss"]) == {"loss": "nan", "label": "nan", "aspect": "0.7"}
    assert str(error) == (
        "The loss became nan in epoch 2, step 3 (label nan, aspect 0.7). Its batch is saved in "
        f"{run.faulty_batch_file}: {keys[0]}, {keys[1]}, {keys[2]}, … (9 pictures). "
        "Lower --lr, train with --precision float32, or look for faulty pictures and answers."
    )


@pytest.mark.parametrize(
    ("parts", "advice"),
    [
        ({"label": 1.0, "aspect": NAN}, "Lower --lr or --alpha,"),
        ({"label": 1.0, "kd": float("inf")}, "Lower --lr or --beta,"),
        ({"label": NAN, "aspect": NAN}, "Lower --lr, train"),
    ],
)
def test_what_to_try_follows_from_the_part_that_is_ill(
    parts: dict[str, float], advice: str, train: Batches, tmp_path: Path
) -> None:
    fault = NotFiniteError(1, 1, {"loss": NAN, **parts})
    assert advice in str(leave_faulty_batch(RunDirectory(tmp_path), train, fault, torch.bfloat16))


def test_finer_arithmetic_is_advised_only_where_there_is_some(train: Batches, tmp_path: Path) -> None:
    fault = NotFiniteError(1, 1, {"loss": NAN, "label": NAN})
    error = leave_faulty_batch(RunDirectory(tmp_path), train, fault, torch.float32)
    assert str(error).endswith("Lower --lr, or look for faulty pictures and answers.")


def test_pictures_and_answers_that_are_at_fault_themselves_are_named(
    train: Batches, colour_targets: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = train.batch(0, 0)
    fault, run = NotFiniteError(1, 1, {"loss": NAN, "label": NAN}), RunDirectory(tmp_path)
    for faulty, said in (
        (replace(seen, p_yes=seen.p_yes + 1), "answers hold values outside 0 to 1"),
        (replace(seen, images=seen.images / 0), "pictures themselves hold numbers that are not finite"),
    ):
        monkeypatch.setattr(train, "batch", lambda epoch, step, faulty=faulty: faulty)
        assert said in str(leave_faulty_batch(run, train, fault, torch.bfloat16))
    missing = replace(seen, p_yes=torch.full_like(seen.p_yes, NAN))
    monkeypatch.setattr(train, "batch", lambda epoch, step: missing)
    assert "Lower --lr" in str(leave_faulty_batch(run, train, fault, torch.bfloat16))
