"""Weights from a local file into a student, and what of them did not fit."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import timm.models
from torch import Tensor, nn

from makd.errors import UsageError
from makd.progress import Progress, Silent

_FLAG = "--model.weights"
_SHOWN = 3

State = dict[str, Tensor]


def load_weights(model: nn.Module, file: Path, progress: Progress = Silent()) -> None:
    """Put the tensors of `file` that fit into `model`; say in one sentence what did not.

    A classifier of other classes does not fit and stays as it was drawn. Weights in an architecture's older
    or original layout are brought into timm's, position embeddings to the size at hand, where timm knows how.

    Args:
        model: with its class outputs alone.
        file: safetensors, or what `torch.save` wrote of tensors alone; code in a file is never run.
        progress: told what was taken and what was not.

    Raises:
        UsageError: the file cannot be read, or nothing in it fits.
    """
    own = model.state_dict()
    found = _converted(_read(file), model)
    taken = {
        name: tensor for name, tensor in found.items() if name in own and tensor.shape == own[name].shape
    }
    if not any(tensor.ndim > 1 for tensor in taken.values()):
        raise UsageError(
            f"{_FLAG}: {file} holds no weights of {type(model).__name__} as it is built here: none of its "
            f"{len(found)} tensors ({_some(list(found))}) fits {_some(list(own))}."
        )
    model.load_state_dict(taken, strict=False)
    progress.say(_sentence(file, own, found, taken))


def card_of(file: Path) -> dict[str, object]:
    """Return `model.json` beside a run's weights, empty where there is none."""
    card = file.with_name("model.json")
    if not card.is_file():
        return {}
    content = json.loads(card.read_text(encoding="utf-8"))
    return content if isinstance(content, dict) else {}


def _read(file: Path) -> State:
    if not file.is_file():
        raise UsageError(f"{_FLAG}: there is no file {file}.")
    try:
        state = timm.models.load_state_dict(str(file), weights_only=True)
    except Exception as error:  # torch, pickle, zipfile and safetensors each have their own
        raise UsageError(
            f"{_FLAG}: {file} cannot be read as safetensors or as tensors alone ({_first_line(error)}). "
            "Files that hold more than tensors are not opened, since that would run their code; save the "
            "model's state_dict() by itself."
        ) from error
    tensors = {str(name): tensor for name, tensor in state.items() if isinstance(tensor, Tensor)}
    if not tensors:
        raise UsageError(f"{_FLAG}: {file} holds no tensors by name.")
    return tensors


def _converted(state: State, model: nn.Module) -> State:
    """Bring weights of another layout or size into that of `model`, as timm does for those of the hub."""
    own = model.state_dict()
    differing = [
        name for name, tensor in own.items() if name not in state or state[name].shape != tensor.shape
    ]
    convert = getattr(sys.modules[type(model).__module__], "checkpoint_filter_fn", None)
    if not callable(convert) or len(differing) <= 2:  # a classifier of other classes: weight and bias
        return state
    try:
        return dict(convert(dict(state), model).items())
    except (KeyError, RuntimeError, AttributeError, ValueError, TypeError):
        return state  # not in a layout that timm knows; what fits by name is taken


def _sentence(file: Path, own: State, found: State, taken: State) -> str:
    others = [name for name in found if name in own and name not in taken]
    missing, unexpected = [n for n in own if n not in found], [n for n in found if n not in own]
    parts = [f"{len(taken)} of {len(own)} tensors come from {file}"]
    if others:
        shapes = [f"{n} {list(found[n].shape)} instead of {list(own[n].shape)}" for n in others]
        parts.append(f"left out for their shape: {_some(shapes)}")
    if missing:
        parts.append(f"not in it: {_some(missing)}")
    if unexpected:
        parts.append(f"of no use: {_some(unexpected)}")
    return "; ".join(parts) + "."


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
