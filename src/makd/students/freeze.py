"""Holding a part of a pretrained student as it is: its stem and first stages, or all but the classifier."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from timm.models import group_parameters
from torch import nn

from makd.errors import UsageError
from makd.students.classifier import classifier_modules

Freeze: TypeAlias = int | Literal["backbone"]

_FLAG = "--model.freeze"


def freeze(model: nn.Module, part: Freeze) -> None:
    """Let the parameters of a part of `model` learn no more; see `hold_still` for its running statistics.

    Args:
        model: a model of timm.
        part: `backbone` is all but the classifier; a number is the stem and so many stages behind it (blocks
            of a ViT), as timm's `group_matcher(coarse=True)` divides the model; 0 is the stem alone.

    Raises:
        UsageError: the model has fewer stages, or does not tell of its stages or classifier.
    """
    head = {id(parameter) for module in classifier_modules(model) for parameter in module.parameters()}
    if not head:
        raise UsageError(f"{_FLAG}: {type(model).__name__} does not tell which part its classifier is.")
    backbone = {name for name, parameter in model.named_parameters() if id(parameter) not in head}
    frozen = backbone if part == "backbone" else _first_stages(model, part, backbone)
    for name, parameter in model.named_parameters():
        if name in frozen:
            parameter.requires_grad_(False)


def hold_still(model: nn.Module) -> None:
    """Put the frozen modules of a training model into evaluation mode: no dropout, statistics as they are."""
    for module in model.modules():
        parameters = list(module.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            module.eval()


def _first_stages(model: nn.Module, stages: int, backbone: Iterable[str]) -> set[str]:
    matcher = getattr(model, "group_matcher", None)
    if not callable(matcher):
        raise UsageError(
            f"{_FLAG}: {type(model).__name__} does not tell of its stages; `--model.freeze backbone` freezes "
            "all but its classifier."
        )
    place: dict[str, int] = group_parameters(model, matcher(coarse=True), reverse=True)
    most = max(place.values()) - 1  # the last group is the head, the first the stem
    if stages > most:
        raise UsageError(
            f"{_FLAG} {stages}: {type(model).__name__} has {most} stages behind its stem. Name a number from "
            f"0 to {most}, or `backbone` for all but the classifier."
        )
    return {name for name in backbone if place[name] <= stages}
