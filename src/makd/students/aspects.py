"""Aspect outputs: one row more of a student's last matrix per question, behind the classes; and back."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from makd.errors import UsageError
from makd.students.classifier import classifier_layers


def add_aspect_outputs(model: nn.Module, questions: int) -> nn.Module:
    """Return a copy of `model` whose last layer has `questions` more outputs behind its C class outputs.

    Backbone and class rows are kept as they are. The aspect rows are drawn with the spread of the class rows
    from a random stream of their own; the global stream is left where it was. So models of one seed share all
    else, whatever `questions` is.

    Args:
        model: a model with timm's `get_classifier`, whose classifier ends in a linear layer (or in two whose
            outputs are averaged, as distilled DeiT's: then both get aspect rows).
        questions: Q; with 0 the copy is the plain model.

    Raises:
        UsageError: the model has no such classifier.
    """
    layers = classifier_layers(model)
    with torch.random.fork_rng(devices=[]):
        stream = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
    return _with_rows(
        model,
        {
            name: torch.cat([layer.weight.detach(), _drawn(layer.weight.detach(), questions, stream)])
            for name, layer in layers.items()
        },
    )


def strip_aspect_outputs(model: nn.Module, classes: int) -> nn.Module:
    """Return a copy of `model` with the first `classes` outputs alone: keys and shapes are the plain model's.

    Raises:
        UsageError: the model has no classifier as `add_aspect_outputs` wants it, or it has fewer outputs than
            `classes`.
    """
    layers = classifier_layers(model)
    outputs = min(len(layer.weight) for layer in layers.values())
    if outputs < classes:
        raise UsageError(f"Cannot keep {classes} class outputs of a model that has {outputs} outputs.")
    return _with_rows(model, {name: layer.weight.detach()[:classes] for name, layer in layers.items()})


def _drawn(rows: Tensor, questions: int, stream: torch.Generator) -> Tensor:
    """Draw `questions` rows of the shape and spread of `rows`."""
    spread = float(rows.std()) if rows.numel() > 1 else 0.0
    return torch.randn(questions, *rows.shape[1:], generator=stream).to(rows) * spread


def _with_rows(model: nn.Module, weights: Mapping[str, Tensor]) -> nn.Module:
    """Return a copy of `model` that classifies by `weights` `[N, …]`; biases are cut, or filled up with 0."""
    model = copy.deepcopy(model)
    for name, weight in weights.items():
        layer, outputs = model.get_submodule(name), len(weight)
        if isinstance(layer, nn.Linear):
            layer.out_features = outputs
        elif isinstance(layer, nn.Conv2d):
            layer.out_channels = outputs
        layer.weight = nn.Parameter(weight.clone(), requires_grad=bool(layer.weight.requires_grad))
        if isinstance(layer.bias, Tensor):
            kept = layer.bias.detach()[:outputs]
            bias = torch.cat([kept, kept.new_zeros(outputs - len(kept))])
            layer.bias = nn.Parameter(bias, requires_grad=bool(layer.bias.requires_grad))
        model.num_classes = outputs  # type: ignore[assignment]  # a plain attribute of timm's models
    return model
