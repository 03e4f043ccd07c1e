from __future__ import annotations

import math

import pytest
import timm
import torch
from torch import nn

from makd.training.optimizers import alpha_factor, build_optimizer, lr_factor

COSINE = {"name": "cosine", "epochs": 20, "warmup_epochs": 4, "milestones": (), "gamma": 0.1}
STEP = {"name": "step", "epochs": 20, "warmup_epochs": 0, "milestones": (10, 15), "gamma": 0.1}


def test_cosine_rises_linearly_and_falls_to_zero() -> None:
    assert lr_factor(1, **COSINE) == pytest.approx(0.25)
    assert lr_factor(4, **COSINE) == pytest.approx(1)
    assert lr_factor(8, **COSINE) == pytest.approx(0.5 * (1 + math.cos(math.pi / 4)))
    assert lr_factor(20, **COSINE) == pytest.approx(0)


def test_steps_fall_at_milestones() -> None:
    assert [lr_factor(epoch, **STEP) for epoch in (0, 9.99, 10, 14.99, 15, 19.9)] == pytest.approx(
        [1, 1, 0.1, 0.1, 0.01, 0.01]
    )


def test_warm_up_leaves_half_of_a_short_run() -> None:
    short = COSINE | {"epochs": 4}
    assert lr_factor(2, **short) == pytest.approx(1)
    assert lr_factor(3, **short) == pytest.approx(0.5)
    assert lr_factor(0.5, **(COSINE | {"epochs": 1})) == pytest.approx(0.5)


def optimizer(name: str, model: nn.Module | None = None, layer_decay: float = 1.0) -> torch.optim.Optimizer:
    return build_optimizer(
        model or timm.create_model("test_resnet", num_classes=3),
        name,
        lr=0.1,
        momentum=0.8,
        weight_decay=0.05,
        nesterov=True,
        layer_decay=layer_decay,
    )


def test_adamw_spares_biases_and_norms() -> None:
    groups = optimizer("adamw").param_groups
    assert {group["weight_decay"] for group in groups} == {0.0, 0.05}
    for group in groups:
        assert all((parameter.ndim > 1) == (group["weight_decay"] > 0) for parameter in group["params"])


def test_sgd_decays_every_weight() -> None:
    (group,) = optimizer("sgd").param_groups
    assert (group["lr"], group["momentum"], group["weight_decay"], group["nesterov"]) == (
        0.1,
        0.8,
        0.05,
        True,
    )
    assert any(parameter.ndim == 1 for parameter in group["params"])


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_the_learning_rate_falls_from_layer_to_layer(name: str) -> None:
    """A ViT of two blocks has four layers: embeddings, the blocks, and norm with classifier."""
    model = timm.create_model("vit_tiny_patch16_224", num_classes=3, depth=2)
    rates = {
        id(parameter): group["lr"]
        for group in optimizer(name, model, layer_decay=0.5).param_groups
        for parameter in group["params"]
    }
    assert rates.keys() == {id(parameter) for parameter in model.parameters()}
    assert [
        rates[id(parameter)]
        for parameter in (
            model.patch_embed.proj.weight,
            model.blocks[0].attn.qkv.weight,
            model.blocks[1].attn.qkv.bias,
            model.head.weight,
        )
    ] == pytest.approx([0.1 / 8, 0.1 / 4, 0.1 / 2, 0.1])


def test_layer_decay_leaves_weight_decay_as_it_is() -> None:
    decayed = {group["weight_decay"] for group in optimizer("sgd", layer_decay=0.5).param_groups}
    assert decayed == {0.05}
    for group in optimizer("adamw", layer_decay=0.5).param_groups:
        assert all((parameter.ndim > 1) == (group["weight_decay"] > 0) for parameter in group["params"])


def test_adamw_spares_the_embeddings_that_a_model_names() -> None:
    model = timm.create_model("vit_tiny_patch16_224", num_classes=3, depth=1)
    spared = {
        id(p) for g in optimizer("adamw", model).param_groups if g["weight_decay"] == 0 for p in g["params"]
    }
    assert id(model.pos_embed) in spared
    assert id(model.patch_embed.proj.weight) not in spared


@pytest.mark.parametrize("layer_decay", [1.0, 0.5])
@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_frozen_weights_are_left_out(name: str, layer_decay: float) -> None:
    model = timm.create_model("test_resnet", num_classes=3)
    model.requires_grad_(False).get_classifier().requires_grad_(True)
    groups = optimizer(name, model, layer_decay).param_groups
    assert sum(len(group["params"]) for group in groups) == 2


def test_alpha_is_constant_rises_or_falls() -> None:
    def at(name: str, *epochs: float, **more: int) -> list[float]:
        return [alpha_factor(epoch, name, epochs=10, **more) for epoch in epochs]

    assert at("constant", 0, 4, 10) == [1, 1, 1]
    assert at("linear", 0, 2.5, 5, 9) == [0, 0.5, 1, 1]
    assert at("linear", 0, 2.5, 5, 9, ramp_epochs=10) == [0, 0.25, 0.5, 0.9]
    assert at("cosine", 0, 5, 10) == pytest.approx([1, 0.5, 0])
    assert at("cosine", 2.5) == pytest.approx([(1 + 0.5**0.5) / 2])
