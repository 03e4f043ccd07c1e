from __future__ import annotations

import json
from pathlib import Path

import pytest
import timm
import torch
from timm.models._hub import load_model_config_from_path

from makd.errors import MakdError, UsageError
from makd.students import build as build_module
from makd.students.build import build_student, input_statistics, sized


def build(questions: int, seed: int = 0) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Return a student's weights and the next draw of the global random stream."""
    torch.manual_seed(seed)
    weights = build_student("test_resnet", classes=4, questions=questions).state_dict()
    return weights, torch.rand(1)


@pytest.mark.parametrize("questions", [1, 50])
def test_arms_of_a_seed_share_backbone_class_rows_and_what_is_drawn_next(questions: int) -> None:
    base, after_base = build(0)
    other, after_other = build(questions)
    assert after_base.equal(after_other)
    for name, weight in base.items():
        assert (
            other[name][: len(weight)].equal(weight) if name.startswith("fc.") else other[name].equal(weight)
        )
    assert len(other["fc.weight"]) == 4 + questions


def test_the_seed_decides_aspect_rows_too() -> None:
    first, again, other = build(3)[0], build(3)[0], build(3, seed=1)[0]
    assert first["fc.weight"].equal(again["fc.weight"])
    assert not first["fc.weight"][4:].equal(other["fc.weight"][4:])


def test_an_unknown_model_is_refused_with_near_names() -> None:
    with pytest.raises(UsageError, match=r"no model 'resnet81'.*Did you mean .*'resnet18'"):
        build_student("resnet81", classes=2)


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(UsageError, match=r"model\.kwargs: test_resnet does not take .*'wings'"):
        build_student("test_resnet", classes=2, kwargs={"wings": 2})


def test_arguments_reach_the_constructor() -> None:
    model = build_student("resnet10t", classes=2, kwargs={"channels": [8, 8, 16, 24]})
    assert model.get_classifier().in_features == 24


def test_weights_that_cannot_be_had_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*args: object, **kwargs: object) -> None:
        raise OSError("no connection.")

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(MakdError, match=r"pretrained weights of resnet18 cannot be loaded: no connection\."):
        build_student("resnet18", classes=2, pretrained=True)


def test_a_pretrained_model_tells_what_input_it_is_used_to(tmp_path: Path) -> None:
    imagenet = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    halves = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    resnet = build_student("resnet18", classes=2, kwargs={"channels": [8, 8, 8, 8]})
    vit = build_student("vit_tiny_patch16_224", classes=2, kwargs={"depth": 1})
    assert input_statistics(resnet) == imagenet
    assert input_statistics(vit) == halves
    file = tmp_path / "model.safetensors"
    assert input_statistics(vit, file) == halves
    (tmp_path / "model.json").write_text(json.dumps({"mean": imagenet[0], "std": imagenet[1]}))
    assert input_statistics(vit, file) == imagenet  # a run of makd knows what it was fed


def test_only_models_of_fixed_input_learn_the_image_size() -> None:
    assert sized("vit_tiny_patch16_224", 64, {}) == {"img_size": 64}
    assert sized("vit_tiny_patch16_224", 64, {"img_size": 32}) == {"img_size": 32}
    assert sized("resnet18", 64, {"drop_rate": 0.1}) == {"drop_rate": 0.1}


def test_models_of_folders_and_of_the_hub_learn_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    small = {"depth": 1, "embed_dim": 16, "num_heads": 2}
    vit = timm.create_model("vit_tiny_patch16_224", num_classes=5, img_size=32, **small)
    for folder, model in (("vit", vit), ("resnet", timm.create_model("test_resnet"))):
        timm.models.save_for_hf(model, tmp_path / folder, safe_serialization=True)
    short = {"architecture": "vit_tiny_patch16_224", "pretrained_cfg": {}, "model_args": small}
    (tmp_path / "short").mkdir()
    (tmp_path / "short" / "config.json").write_text(json.dumps(short))
    for folder in ("vit", "short"):
        name = f"local-dir:{tmp_path / folder}"
        student = build_student(
            name, classes=2, questions=3, pretrained=folder == "vit", kwargs=sized(name, 64, {})
        )
        assert student(torch.zeros(1, 3, 64, 64)).shape == (1, 5)
    assert sized(f"local-dir:{tmp_path / 'resnet'}", 64, {}) == {}
    monkeypatch.setattr(
        build_module, "load_model_config_from_hf", lambda name: load_model_config_from_path(tmp_path / name)
    )
    assert sized("hf-hub:vit", 64, {}) == {"img_size": 64}


def test_a_folder_without_a_model_is_refused_where_it_is_built(tmp_path: Path) -> None:
    name = f"local-dir:{tmp_path}"
    assert sized(name, 64, {}) == {}
    with pytest.raises(UsageError, match=r"local-dir:.* cannot be built .*config\.json"):
        build_student(name, classes=2)
