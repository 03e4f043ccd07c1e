"""How weights, the learning rate and the weight of the aspect loss move."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import timm.optim
import torch
from torch import nn


def build_optimizer(
    model: nn.Module,
    name: str,
    *,
    lr: float,
    momentum: float,
    weight_decay: float,
    nesterov: bool,
    layer_decay: float = 1.0,
) -> torch.optim.Optimizer:
    """Build SGD, which decays every weight as the paper does, or AdamW, which spares biases and norms.

    With `layer_decay` below 1 the learning rate falls by this factor from each layer to the one below (BEiT,
    arXiv 2106.08254); the classifier has `lr` itself. Frozen parameters are left out.
    """
    if name == "sgd":
        groups = _groups(model, lr, weight_decay, layer_decay)
        return torch.optim.SGD(
            groups, lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov, fused=True
        )
    no_weight_decay = getattr(model, "no_weight_decay", tuple)
    groups = _groups(model, lr, weight_decay, layer_decay, spared=no_weight_decay())
    return torch.optim.AdamW(groups, lr, weight_decay=weight_decay, fused=True)


def _groups(
    model: nn.Module,
    lr: float,
    weight_decay: float,
    layer_decay: float,
    spared: Collection[str] | None = None,
) -> list[dict[str, Any]]:
    """Return the parameters that learn, by learning rate and weight decay.

    Args:
        model: whose parameters.
        lr: of the uppermost layer.
        weight_decay: of those that have any.
        layer_decay: from a layer to the one below; 1: all alike.
        spared: names of parameters without weight decay, besides all of one dimension; None: all decay.
    """
    if layer_decay < 1:
        groups = timm.optim.param_groups_layer_decay(
            model,
            weight_decay,
            spared or (),
            weight_decay_exclude_1d=spared is not None,
            layer_decay=layer_decay,
        )
        return [{**group, "lr": lr * group["lr_scale"]} for group in groups]
    if spared is None:
        return [{"params": [parameter for parameter in model.parameters() if parameter.requires_grad]}]
    return list(timm.optim.param_groups_weight_decay(model, weight_decay, no_weight_decay_list=spared))


def lr_factor(
    epoch: float, name: str, *, epochs: int, warmup_epochs: int, milestones: Sequence[int], gamma: float
) -> float:
    """Return what the learning rate is multiplied with at `epoch` (a fraction of epochs done, from 0).

    Warm-up is linear and takes at most half of the run; then `step` multiplies by `gamma` at each milestone,
    and `cosine` falls to 0 at the end of the last epoch.
    """
    warmup = min(warmup_epochs, epochs // 2)
    rise = min(1.0, epoch / warmup) if warmup else 1.0
    if name == "step":
        return rise * gamma ** sum(epoch >= milestone for milestone in milestones)
    done = max(0.0, epoch - warmup) / (epochs - warmup)
    return rise * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def alpha_factor(epoch: float, name: str, *, epochs: int, ramp_epochs: int | None = None) -> float:
    """Return what alpha is multiplied with at `epoch` (a fraction of epochs done, from 0).

    `constant` is 1; `linear` rises from 0 to 1 in `ramp_epochs` (None: half of all); `cosine` falls from 1 to
    0 at the end of the last epoch.
    """
    if name == "linear":
        return min(1.0, epoch / (ramp_epochs or epochs / 2))
    if name == "cosine":
        return 0.5 * (1 + math.cos(math.pi * min(1.0, epoch / epochs)))
    return 1.0
