from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from makd.data.transforms import IMAGENET, Normalization
from makd.inference.predictor import load_model
from makd.training.fit import fit


def test_a_student_from_weights_sees_pictures_as_these_did(
    finished_run: Any, make_plan: Callable[..., Any], tmp_path: Path
) -> None:
    """The weights' own mean and std reach training, `model.json`, and whoever loads the student."""
    plan, run = finished_run
    card = run.model()
    assert load_model(run.path).transform.normalization == IMAGENET
    shutil.copy(run.weights_file, tmp_path / "model.safetensors")
    halves = {"mean": [0.5, 0.4, 0.3], "std": [0.5, 0.6, 0.7]}
    (tmp_path / "model.json").write_text(json.dumps(card | halves))
    model = plan.settings.model.model_dump() | {
        "weights": tmp_path / "model.safetensors",
        "freeze": "backbone",
    }
    tuned = fit(make_plan(tmp_path / "run", model=model, epochs=1, targets=None), threads=1)
    assert {name: tuned.model()[name] for name in halves} == halves
    predictor = load_model(tuned.path)
    assert predictor.transform.normalization == Normalization((0.5, 0.4, 0.3), (0.5, 0.6, 0.7))
    weight = predictor.model.conv1[0].weight
    assert weight.equal(load_model(run.path).model.conv1[0].weight)
    picture = plan.catalog.of("test")[0].path
    seen = predictor.transform([torch.full((3, 24, 24), 255, dtype=torch.uint8)])
    assert seen[0, :, 0, 0].tolist() == pytest.approx([1.0, 1.0, 1.0])
    assert predictor.predict([picture])[0]["image"] == str(picture)
