"""Finding a model's classifier: the linear layers that give one output a class."""

from __future__ import annotations

from typing import TypeAlias

from torch import nn

from makd.errors import UsageError

Head: TypeAlias = nn.Linear | nn.Conv2d


def classifier_layers(model: nn.Module) -> dict[str, Head]:
    """Return the layers whose rows stand for the model's outputs, by dotted name.

    Most models have one: a `nn.Linear`, a 1 x 1 convolution, or the last layer of a head of several. Those
    with several heads side by side, whose outputs are averaged (distilled DeiT, LeViT, CrossViT), have one in
    each.

    Raises:
        UsageError: the model tells of no classifier, or of one that does not end in such layers.
    """
    modules = classifier_modules(model)
    ends = [layer for module in modules for layer in _ends(module)]
    outputs = {_shape(layer)[1] for layer in ends}
    if outputs != {getattr(model, "num_classes", None) or max(outputs, default=0)}:
        found = " and ".join(type(module).__name__ for module in modules) or "no get_classifier()"
        raise UsageError(
            f"{type(model).__name__} cannot take aspect outputs: its classifier must end in a Linear layer "
            f"or a 1 x 1 convolution with one output a class, but it has {found}. Choose another model, "
            "such as resnet18."
        )
    names = {module: name for name, module in model.named_modules()}
    return {names[layer]: layer for layer in ends}


def classifier_modules(model: nn.Module) -> list[nn.Module]:
    """Return what timm calls the model's classifier: one module, several side by side, or none.

    `get_classifier` leaves out auxiliary heads (VOLO), which the names in `pretrained_cfg` hold.
    """
    get_classifier = getattr(model, "get_classifier", None)
    found = get_classifier() if callable(get_classifier) else None
    modules = found if isinstance(found, tuple | list | nn.ModuleList) else (found,)
    names = getattr(model, "pretrained_cfg", {}).get("classifier") or ()
    named = [_submodule(model, name) for name in ((names,) if isinstance(names, str) else names)]
    return [module for module in dict.fromkeys([*modules, *named]) if isinstance(module, nn.Module)]


def _submodule(model: nn.Module, name: str) -> nn.Module | None:
    try:
        return model.get_submodule(name)
    except AttributeError:
        return None


def _ends(module: nn.Module) -> list[Head]:
    """Return the last linear layer of a head, and others of its very shape, which stand beside it."""
    linear = [layer for layer in module.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    if not linear or _is_wide(linear[-1]):
        return []
    return [layer for layer in linear if _shape(layer) == _shape(linear[-1])]


def _shape(layer: Head) -> tuple[int, int]:
    """Return (inputs, outputs)."""
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    return layer.in_channels, layer.out_channels


def _is_wide(layer: Head) -> bool:
    return isinstance(layer, nn.Conv2d) and (layer.groups > 1 or max(layer.kernel_size) > 1)
