from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import ExifTags, Image
from safetensors.torch import load_file, save_file

from makd.data.images import ImageError
from makd.data.samples import Catalog
from makd.errors import MakdError, UsageError
from makd.inference.predictor import load_model


def test_classes_and_aspects_are_named(finished_run: Any, squares: Catalog) -> None:
    run = finished_run[1]
    predictor = load_model(run.path)
    assert predictor.classes == squares.classes
    assert predictor.questions == {
        "red": "Is there red?",
        "green": "Is there green?",
        "blue": "Is there blue?",
    }
    test = squares.of("test")
    results = predictor.predict([str(sample.path) for sample in test], top=2)
    judged = run.predictions()
    assert [squares.classes.index(result["class"]) for result in results] == judged["prediction"].tolist()
    assert [result["probability"] for result in results] == pytest.approx(
        judged["confidence"].tolist(), abs=1e-5
    )
    for sample, result in zip(test, results, strict=True):
        assert result["image"] == str(sample.path)
        assert [entry["probability"] for entry in result["classes"]] == sorted(
            (entry["probability"] for entry in result["classes"]), reverse=True
        )
        assert len(result["classes"]) == 2
        assert set(result["aspects"]) == {"red", "green", "blue"}


def test_open_pictures_are_taken_too(finished_run: Any, squares: Catalog) -> None:
    predictor = load_model(str(finished_run[1].path))
    path = squares.samples[0].path
    with Image.open(path) as image:
        (opened,) = predictor.predict([image], top=100)
    (named,) = predictor.predict([path], top=100)
    assert opened["image"] is None
    assert opened["classes"] == named["classes"]
    assert len(opened["classes"]) == 6


def test_an_open_picture_is_seen_as_its_file_is(finished_run: Any, tmp_path: Path) -> None:
    """A photograph of a camera held upright, a drawing without a background."""
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    halves = Image.new("RGB", (24, 24), "red")
    halves.paste("blue", (0, 0, 24, 12))
    halves.save(tmp_path / "photograph.png", exif=turned)
    Image.new("RGBA", (24, 24), (0, 255, 0, 40)).save(tmp_path / "drawing.png")
    predictor = load_model(finished_run[1].path)
    paths = [tmp_path / "photograph.png", tmp_path / "drawing.png"]
    assert predictor.outputs([Image.open(path) for path in paths]).equal(predictor.outputs(paths))


def test_huge_aspect_outputs_change_no_class(finished_run: Any, squares: Catalog, tmp_path: Path) -> None:
    run = finished_run[1]
    shutil.copytree(run.path, tmp_path / "run")
    weights = load_file(run.weights_file)
    weights["fc.bias"][6:] = 1e6
    save_file(weights, tmp_path / "run" / "model.safetensors")
    images = [sample.path for sample in squares.of("test")]
    planted = load_model(tmp_path / "run").predict(images, top=6)
    assert [result["aspects"]["red"] for result in planted] == [1.0] * len(images)
    assert [r["classes"] for r in planted] == [
        r["classes"] for r in load_model(run.path).predict(images, top=6)
    ]


def test_the_model_is_the_plain_one(finished_run: Any) -> None:
    predictor = load_model(finished_run[1].path)
    images = torch.randn(2, 3, 24, 24)
    with torch.inference_mode():
        torch.testing.assert_close(predictor.model(images), predictor.full(images)[:, :6])
    assert not predictor.model.training


def test_what_is_no_run_is_refused(tmp_path: Path, finished_run: Any) -> None:
    with pytest.raises(UsageError, match="is not a finished run"):
        load_model(tmp_path)
    shutil.copytree(finished_run[1].path, tmp_path / "run")
    weights = load_file(tmp_path / "run" / "model.safetensors")
    del weights["fc.bias"]
    save_file(weights, tmp_path / "run" / "model.safetensors")
    with pytest.raises(MakdError, match="does not fit"):
        load_model(tmp_path / "run")


def test_a_broken_picture_is_named(finished_run: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_text("no picture")
    with pytest.raises(ImageError, match=r"broken\.jpg"):
        load_model(finished_run[1].path).predict([tmp_path / "broken.jpg"])
