"""Students by name: any timm model, with one output per class and one per question."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import timm
from timm.models._hub import load_model_config_from_hf, load_model_config_from_path
from torch import nn

from makd.errors import MakdError, UsageError, did_you_mean
from makd.progress import Progress, Silent
from makd.students.aspects import add_aspect_outputs
from makd.students.weights import card_of, load_weights

Channels: TypeAlias = tuple[float, float, float]


def build_student(
    name: str,
    *,
    classes: int,
    questions: int = 0,
    pretrained: bool = False,
    weights: Path | None = None,
    kwargs: Mapping[str, Any] = {},
    progress: Progress = Silent(),
) -> nn.Module:
    """Build timm's model `name` with C + Q outputs, classes first.

    Weights come from torch's global random stream; backbone and class rows do not depend on `questions`.

    Args:
        name: a timm model, with or without a pretrained tag (`resnet18`, `resnet18.a1_in1k`, `hf-hub:…`).
        classes: C.
        questions: Q.
        pretrained: load timm's weights, but for the last layer, from the Hugging Face hub or its cache.
        weights: file of weights to begin with instead; see `makd.students.weights.load_weights`.
        kwargs: more arguments of the model's constructor.
        progress: told what of `weights` did not fit.

    Raises:
        UsageError: no such model, it does not take `kwargs`, its classifier cannot take aspect outputs, or
            `weights` are none of its.
        MakdError: the pretrained weights cannot be had.
    """
    if ":" not in name and not timm.is_model(name):
        raise UsageError(
            f"model: timm has no model {name!r}.{did_you_mean(name, timm.list_models())} "
            f"`timm.list_models()` names all {len(timm.list_models())}."
        )
    try:
        model: nn.Module = timm.create_model(name, pretrained=pretrained, num_classes=classes, **kwargs)
    except TypeError as error:
        raise UsageError(f"model.kwargs: {name} does not take {dict(kwargs)}: {error}") from error
    except (RuntimeError, OSError, ValueError) as error:
        if not pretrained:
            raise UsageError(f"model: {name} cannot be built with {dict(kwargs)}: {error}") from error
        raise MakdError(
            f"The pretrained weights of {name} cannot be loaded: {error} "
            "Connect to the hub once so that they are cached, or name a file of them by --model.weights."
        ) from error
    if weights is not None:
        load_weights(model, weights, progress)
    return add_aspect_outputs(model, questions) if questions else model


def input_statistics(model: nn.Module, weights: Path | None = None) -> tuple[Channels, Channels]:
    """Return mean and standard deviation of the input that a model's pretrained weights are used to.

    Args:
        model: built by timm, whose `pretrained_cfg` tells them.
        weights: file that its weights come from; the `model.json` of a run beside it knows better.
    """
    known = card_of(weights) if weights else {}
    config = {**getattr(model, "pretrained_cfg", {}), **known}
    mean, std = (tuple(map(float, config[name])) for name in ("mean", "std"))
    return (mean[0], mean[1], mean[2]), (std[0], std[1], std[2])


def sized(name: str, image_size: int, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return `kwargs` with `img_size` where the architecture needs to know it (most ViTs)."""
    return ({"img_size": image_size} if _has_fixed_input(name) else {}) | dict(kwargs)


def _has_fixed_input(name: str) -> bool:
    """Return whether a model of timm, of the hub or of a folder is built for one size of pictures."""
    told: Mapping[str, Any] = {}
    source, colon, place = name.partition(":")
    if colon:
        read = load_model_config_from_path if source == "local-dir" else load_model_config_from_hf
        try:
            told, name, _ = read(place)
        except (OSError, ValueError, RuntimeError, KeyError):
            return False  # building the model meets the same, and says so
    config = timm.get_pretrained_cfg(name) if timm.is_model(name) else None
    return bool(told.get("fixed_input_size", config is not None and config.fixed_input_size))
