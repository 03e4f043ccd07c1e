"""How weights, the learning rate and the weight of the aspect loss move."""

from __future__ import annotations

import math
from collections.abc import Sequence

import timm.optim
import torch
from torch import nn


def build_optimizer(
    model: nn.Module, name: str, *, lr: float, momentum: float, weight_decay: float, nesterov: bool
) -> torch.optim.Optimizer:
    """Build SGD, which decays every weight as the paper does, or AdamW, which spares biases and norms."""
    if name == "sgd":
        return torch.optim.SGD(
            model.parameters(),
            lr,
            momentum=momentum,
            weight_decay=weight_decay,
            nesterov=nesterov,
            fused=True,
        )
    groups = timm.optim.param_groups_weight_decay(model, weight_decay)
    return torch.optim.AdamW(groups, lr, weight_decay=weight_decay, fused=True)


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
