from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from torch import nn

from makd.errors import UsageError
from makd.students.aspects import add_aspect_outputs
from makd.students.freeze import Freeze, freeze, hold_still

VIT = {"img_size": 32, "depth": 3}


def learning(name: str, part: Freeze, **kwargs: Any) -> set[str]:
    """Return the first parts of the names of what still learns."""
    model = add_aspect_outputs(timm.create_model(name, num_classes=3, **kwargs), 2)
    freeze(model, part)
    named = model.named_parameters()
    return {".".join(n.split(".")[: 2 if "blocks" in n else 1]) for n, p in named if p.requires_grad}


@pytest.mark.parametrize(
    ("name", "part", "kwargs", "left"),
    [
        ("test_resnet", "backbone", {}, {"fc"}),
        ("test_resnet", 0, {}, {"layer1", "layer2", "layer3", "layer4", "fc"}),
        ("test_resnet", 2, {}, {"layer3", "layer4", "fc"}),
        ("vit_tiny_patch16_224", 1, VIT, {"blocks.1", "blocks.2", "norm", "head"}),
        ("deit_tiny_distilled_patch16_224", "backbone", VIT, {"head", "head_dist"}),
    ],
)
def test_what_is_asked_for_learns_no_more(
    name: str, part: Freeze, kwargs: dict[str, Any], left: set[str]
) -> None:
    assert learning(name, part, **kwargs) == left


def test_more_stages_than_there_are_are_refused() -> None:
    with pytest.raises(UsageError, match=r"--model\.freeze 9: ResNet has 4 stages .* from 0 to 4"):
        learning("test_resnet", 9)


def test_a_model_without_stages_or_classifier_is_refused() -> None:
    with pytest.raises(UsageError, match="does not tell which part its classifier is"):
        freeze(nn.Sequential(nn.Linear(3, 3)), "backbone")


def test_frozen_statistics_stand_still_and_others_move() -> None:
    model = timm.create_model("test_resnet", num_classes=3)
    freeze(model, 1)
    hold_still(model.train())
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model(torch.randn(4, 3, 32, 32))
    moved = {n.split(".")[0] for n, tensor in model.state_dict().items() if not tensor.equal(before[n])}
    assert moved == {"layer2", "layer3", "layer4"}


def test_nothing_frozen_is_nothing_held() -> None:
    model = timm.create_model("test_resnet", num_classes=3).train()
    hold_still(model)
    assert all(module.training for module in model.modules())


def test_a_run_leaves_frozen_weights_and_statistics_as_they_were(
    make_plan: Callable[..., Any], tmp_path: Path
) -> None:
    from safetensors.torch import load_file

    from makd.training.fit import build, fit

    model = {"name": "resnet10t", "kwargs": {"channels": [8, 8, 16, 16], "stem_width": 8}, "freeze": 2}
    plan = make_plan(tmp_path / "run", model=model, epochs=2)
    begun = {name: tensor.clone() for name, tensor in build(plan)[0].state_dict().items()}
    ended = load_file(fit(plan, threads=1).weights_file)
    moved = {name.split(".")[0] for name, tensor in ended.items() if not tensor.equal(begun[name])}
    assert moved == {"layer3", "layer4", "fc"}
