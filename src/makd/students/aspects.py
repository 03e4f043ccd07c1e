"""Aspect outputs: one row more of a student's last matrix per question, behind the classes; and back."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from makd.errors import UsageError


def add_aspect_outputs(model: nn.Module, questions: int) -> nn.Module:
    """Return a copy of `model` whose last layer has `questions` more outputs behind its C class outputs.

    Backbone and class rows are kept as they are. The aspect rows are drawn with the spread of the class rows
    from a random stream of their own; the global stream is left where it was. So models of one seed share all
    else, whatever `questions` is.

    Args:
        model: a model with timm's `get_classifier`, whose classifier is one `nn.Linear`.
        questions: Q; with 0 the copy is the plain model.

    Raises:
        UsageError: the model has no such classifier, or several.
    """
    rows = _classifier(model)[1].weight
    with torch.random.fork_rng(devices=[]):
        stream = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
    spread = float(rows.detach().std()) if rows.numel() > 1 else 0.0
    drawn = torch.randn(questions, rows.shape[1], generator=stream).to(rows) * spread
    return _with_rows(model, torch.cat([rows.detach(), drawn]))


def strip_aspect_outputs(model: nn.Module, classes: int) -> nn.Module:
    """Return a copy of `model` with the first `classes` outputs alone: keys and shapes are the plain model's.

    Raises:
        UsageError: the classifier is not one `nn.Linear`, or has fewer outputs than `classes`.
    """
    rows = _classifier(model)[1].weight
    if rows.shape[0] < classes:
        raise UsageError(f"Cannot keep {classes} class outputs of a model that has {rows.shape[0]} outputs.")
    return _with_rows(model, rows.detach()[:classes])


def _classifier(model: nn.Module) -> tuple[str, nn.Linear]:
    """Return the dotted name of the model's classifier and the layer itself."""
    get_classifier = getattr(model, "get_classifier", None)
    classifier = get_classifier() if callable(get_classifier) else None
    if not isinstance(classifier, nn.Linear):
        found = type(classifier).__name__ if classifier is not None else "no get_classifier()"
        raise UsageError(
            f"{type(model).__name__} cannot take aspect outputs: its classifier must be one Linear layer, "
            f"but it has {found}. Choose a model with a single linear classifier, such as resnet18."
        )
    return next(name for name, module in model.named_modules() if module is classifier), classifier


def _with_rows(model: nn.Module, weight: Tensor) -> nn.Module:
    """Return a copy of `model` that classifies by `weight` `[N, D]`; biases are cut, or filled up with 0."""
    model = copy.deepcopy(model)
    name, old = _classifier(model)
    outputs = weight.shape[0]
    with torch.random.fork_rng(devices=[]):  # the layer draws weights that are replaced at once
        new = nn.Linear(old.in_features, outputs, bias=old.bias is not None).to(weight)
    with torch.no_grad():
        new.weight.copy_(weight)
        if old.bias is not None:
            kept = min(outputs, old.out_features)
            new.bias.zero_()
            new.bias[:kept] = old.bias[:kept]
    parent, _, attribute = name.rpartition(".")
    setattr(model.get_submodule(parent), attribute, new.train(old.training))
    model.num_classes = outputs  # type: ignore[assignment]  # a plain attribute of timm's models
    return model
