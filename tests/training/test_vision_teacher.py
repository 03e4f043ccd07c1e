from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from makd.classification.task import ClassificationTask
from makd.config.training import TrainingSettings
from makd.data.samples import Catalog
from makd.data.transforms import IMAGENET, Normalization
from makd.distillation.distillers import AttentionDistiller, LogitDistiller
from makd.errors import MakdError, UsageError
from makd.task import Batch
from makd.training.fit import fit
from makd.training.run_dir import RunDirectory
from makd.training.saved import load_saved
from makd.training.vision_teacher import open_distiller
from tests.recorder import Recorder

METHODS = ("kd", "dkd", "at")


def asked(name: object, kd: str = "kd", **more: Any) -> TrainingSettings:
    return TrainingSettings.model_validate({"vision_teacher": {"name": str(name), **more}, "kd": kd})


@pytest.fixture
def teacher(finished_run: Any) -> Path:
    return finished_run[1].path


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a timm model of six classes."""
    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("weights") / "model.safetensors"
    save_file(timm.create_model("test_resnet", num_classes=6).state_dict(), file)
    return file


def test_a_teacher_sees_alike_whatever_the_student_is_used_to(teacher: Path, squares: Catalog) -> None:
    pixels = torch.rand(2, 3, 24, 24)
    views = []
    for used_to in (IMAGENET, Normalization((0.5, 0.5, 0.5), (0.25, 0.5, 0.5))):
        found = open_distiller(asked(teacher), squares, normalization=used_to)
        mean, std = (torch.tensor(part).view(3, 1, 1) for part in (used_to.mean, used_to.std))
        views.append(found.teacher.view((pixels - mean) / std))
    torch.testing.assert_close(views[0], views[1])


def test_without_a_name_there_is_none(squares: Catalog) -> None:
    assert open_distiller(TrainingSettings.model_validate({}), squares) is None


def test_a_run_teaches_by_its_class_outputs_and_draws_nothing(teacher: Path, squares: Catalog) -> None:
    before = torch.get_rng_state()
    found = open_distiller(asked(teacher, "dkd"), squares)
    assert torch.get_rng_state().equal(before)
    assert isinstance(found, LogitDistiller)
    assert found.decoupled
    images = torch.randn(2, 3, 24, 24)
    full = load_saved(RunDirectory(teacher))[0]
    torch.testing.assert_close(found.teacher.model(found.teacher.view(images)), full(images)[:, :6])
    assert not found.teacher.model.training
    assert not any(parameter.requires_grad for parameter in found.teacher.model.parameters())


def test_classes_must_agree_but_for_attention(teacher: Path, squares: Catalog) -> None:
    elsewhere = replace(squares, source="elsewhere")
    fewer = replace(elsewhere, classes=squares.classes[:5])
    with pytest.raises(UsageError, match=r"knows 6 classes, elsewhere has 5.*--kd at"):
        open_distiller(asked(teacher), fewer)
    other = replace(elsewhere, classes=(*squares.classes[:4], "pink", "cyan"))
    with pytest.raises(UsageError, match=r"class 5 of .* is 'cyan', that of elsewhere 'pink'"):
        open_distiller(asked(teacher), other)
    assert isinstance(open_distiller(asked(teacher, "at"), fewer), AttentionDistiller)


def test_a_teacher_that_has_seen_what_judges_is_refused(teacher: Path, squares: Catalog) -> None:
    key = squares.of("train")[0].key
    moved = tuple(replace(s, split="test") if s.key == key else s for s in squares.samples)
    with pytest.raises(UsageError, match=f"trained on 1 of the images that choose or judge here .{key}"):
        open_distiller(asked(teacher), replace(squares, samples=moved))


def test_a_timm_model_of_local_weights_sees_its_own_normalisation(
    weights: Path, squares: Catalog, heard: Recorder
) -> None:
    found = open_distiller(asked("test_resnet", weights=weights, image_size=24), squares, heard)
    assert isinstance(found, LogitDistiller)
    assert "does not name its 6 classes" in heard.lines[0]
    config = timm.get_pretrained_cfg("test_resnet")
    pixels = torch.rand(2, 3, 24, 24)
    ours, theirs = (
        (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
        for mean, std in (((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), (config.mean, config.std))
    )
    torch.testing.assert_close(found.teacher.view(ours), theirs, atol=1e-5, rtol=1e-5)
    plain = timm.create_model("test_resnet", num_classes=6).eval()
    plain.load_state_dict(load_file(weights))
    torch.testing.assert_close(found.teacher.model(theirs), plain(theirs))
    assert open_distiller(asked("test_resnet", weights=weights), squares).teacher.image_size == 160


def test_refusals(tmp_path: Path, teacher: Path, weights: Path, squares: Catalog) -> None:
    with pytest.raises(UsageError, match=r"'resnet1'.*mean 'resnet18'"):
        open_distiller(asked("resnet1"), squares)
    with pytest.raises(UsageError, match="not a finished run"):
        open_distiller(asked(tmp_path), squares)
    with pytest.raises(UsageError, match=r"has its own; leave it out"):
        open_distiller(asked(teacher, weights=weights), squares)
    with pytest.raises(UsageError, match=r"no weights of test_vit: head\.weight"):
        open_distiller(asked("test_vit", weights=weights), squares)
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    with pytest.raises(MakdError, match=r"cannot be loaded from .*broken"):
        open_distiller(asked("test_resnet", weights=tmp_path / "broken.safetensors"), squares)


def test_what_holds_more_than_tensors_is_refused_whatever_timm_does_by_itself(
    tmp_path: Path, weights: Path, squares: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = timm.models.load_state_dict
    monkeypatch.setattr(timm.models, "load_state_dict", partial(read, weights_only=False))
    torch.save({"state_dict": load_file(weights), "made_at": tmp_path}, tmp_path / "weights.pth")
    with pytest.raises(MakdError, match=r"cannot be loaded from .*weights\.pth"):
        open_distiller(asked("test_resnet", weights=tmp_path / "weights.pth"), squares)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("method", METHODS)
def test_a_student_learns_labels_answers_and_a_vision_teacher(
    method: str, precision: str, teacher: Path, make_plan: Callable[..., Any], tmp_path: Path
) -> None:
    plan = make_plan(
        tmp_path / "run", epochs=2, vision_teacher=str(teacher), kd=method, beta=0.5, precision=precision
    )
    run = fit(plan, threads=1)
    first, last = run.metrics()
    for line in (first, last):
        parts = line["train_label"] + 4 * line["train_aspect"] + 0.5 * line["train_kd"]
        assert line["train_loss"] == pytest.approx(parts, abs=1e-4)
    assert last["train_kd"] < first["train_kd"]
    assert load_file(run.weights_file).keys() == load_file(teacher / "model.safetensors").keys()


def test_beside_a_teacher_of_no_weight_the_student_is_the_same(
    teacher: Path, make_plan: Callable[..., Any], tmp_path: Path
) -> None:
    more = {"vision_teacher": str(teacher), "beta": 0.0}
    alone, beside = (
        fit(make_plan(tmp_path / name, epochs=1, targets=None, **options), threads=1)
        for name, options in (("alone", {}), ("beside", more))
    )
    found = load_file(beside.weights_file)
    assert all(weight.equal(found[name]) for name, weight in load_file(alone.weights_file).items())


@dataclass(frozen=True)
class Stopped(ClassificationTask):
    """Is interrupted in its sixth step."""

    def loss(self, outputs: Tensor, batch: Batch, **more: Any) -> dict[str, Tensor]:
        steps.append(1)
        if outputs.requires_grad and len(steps) >= 6:
            raise KeyboardInterrupt
        return super().loss(outputs, batch, **more)


steps: list[int] = []


def test_an_interrupted_run_goes_on_with_its_teacher_and_its_alpha(
    teacher: Path, make_plan: Callable[..., Any], tmp_path: Path
) -> None:
    asked = {"epochs": 3, "vision_teacher": str(teacher), "aspects": {"schedule": "cosine", "loss": "kl"}}
    whole = fit(make_plan(tmp_path / "whole", **asked), threads=1)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        fit(make_plan(tmp_path / "cut", task=Stopped(), **asked), threads=1)
    assert signal.getsignal(signal.SIGINT) is handler
    resumed = fit(make_plan(tmp_path / "cut", **asked), resume=True, threads=1)
    found = load_file(resumed.weights_file)
    assert all(weight.equal(found[name]) for name, weight in load_file(whole.weights_file).items())
    ratios = [
        (line["train_loss"] - line["train_label"] - line["train_kd"]) / line["train_aspect"]
        for line in resumed.metrics()
    ]
    assert ratios == pytest.approx([3.65, 2.0, 0.35], abs=0.1)


def test_the_config_tells_teachers_apart(
    teacher: Path, make_plan: Callable[..., Any], weights: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "teacher"
    copy.mkdir()
    (copy / "model.safetensors").write_bytes((teacher / "model.safetensors").read_bytes())
    plan = make_plan(tmp_path / "run", vision_teacher=str(copy))
    before = plan.config()
    (copy / "model.safetensors").write_bytes(weights.read_bytes())
    after = plan.config()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"vision_teacher_weights"}
    assert make_plan(tmp_path / "run").config()["vision_teacher_weights"] is None


def test_the_config_tells_folders_of_timm_apart(
    make_plan: Callable[..., Any], squares: Catalog, weights: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "exported"
    folder.mkdir()
    shutil.copy(weights, folder)
    (folder / "config.json").write_text(json.dumps({"architecture": "test_resnet", "num_classes": 6}))
    name = f"local-dir:{folder}"
    model = open_distiller(asked(name), squares).teacher.model
    assert model.fc.weight.equal(load_file(weights)["fc.weight"])
    more = {key: tensor + 1 for key, tensor in load_file(weights).items()}
    save_file(more, tmp_path / "others.safetensors")
    model = open_distiller(asked(name, weights=tmp_path / "others.safetensors"), squares).teacher.model
    assert model.fc.weight.equal(more["fc.weight"])

    def marks() -> tuple[str, str]:
        taught = make_plan(tmp_path / "run", vision_teacher=name)
        begun = make_plan(tmp_path / "run", model={"name": name, "pretrained": True})
        return taught.config()["vision_teacher_weights"], begun.config()["weights"]

    before = marks()
    assert None not in before
    assert marks() == before
    save_file(more, folder / weights.name)
    assert not set(before) & set(marks())
