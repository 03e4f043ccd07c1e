"""What a model takes for a prompt: cut at the prefix, split by picture, joined, continued.

Families differ in what stands beside the token ids (tiles, grids, masks of pixels, types of tokens, who may
look at the picture), so nothing goes by name here but what they all share: an input with the shape of the
ids in its first two dimensions belongs to tokens, any other to pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Inputs: TypeAlias = dict[str, Any]
"""Tensors by the name that the model knows them by; `input_ids` `[B, T]` among them."""


def prepare(processor: Any, images: Sequence[Any], texts: Sequence[str], **settings: Any) -> Inputs:
    """Let the processor build the inputs of prompts with one picture each, less what training needs."""
    features = processor(
        images=[[image] for image in images], text=list(texts), return_tensors="pt", **settings
    )
    return {name: value for name, value in features.items() if name != "labels"}


def of_tokens(inputs: Mapping[str, Any]) -> list[str]:
    """Return the names of inputs that belong to tokens: `[B, T, ...]`."""
    shape = inputs["input_ids"].shape
    return [name for name, value in inputs.items() if getattr(value, "shape", ())[:2] == shape]


def without_end(inputs: Inputs, tokens: int) -> Inputs:
    """Return the inputs of the prompts less their last `tokens` tokens."""
    return inputs | {name: inputs[name][:, :-tokens] for name in of_tokens(inputs)}


def with_end(inputs: Inputs, ids: Tensor) -> Inputs:
    """Return the inputs with `ids` `[B, A]` behind them, seen and seeing as the last token is."""
    import torch

    return inputs | {
        name: torch.cat([inputs[name], ids if name == "input_ids" else _last(inputs[name], ids.shape[1])], 1)
        for name in of_tokens(inputs)
    }


def split(inputs: Inputs, pictures: int) -> list[Inputs]:
    """Return each picture's own share.

    Raises:
        ValueError: some input cannot be divided evenly, so nobody knows where a picture's share ends.
    """
    if any(len(value) % pictures for value in inputs.values()):
        raise ValueError("pictures of one size take inputs of different sizes")
    shares = {name: len(value) // pictures for name, value in inputs.items()}
    return [
        {name: value[i * shares[name] : (i + 1) * shares[name]] for name, value in inputs.items()}
        for i in range(pictures)
    ]


def shape(inputs: Inputs) -> tuple[Any, ...]:
    """Return what must be equal for inputs to be joined: all sizes but the first, prefix length foremost."""
    sizes = sorted((name, tuple(getattr(value, "shape", ())[1:])) for name, value in inputs.items())
    return (inputs["input_ids"].shape[1], *sizes)


def join(every: Sequence[Inputs]) -> Inputs:
    """Join the shares of pictures of equal `shape` into a batch."""
    import torch

    joined = {name: [own[name] for own in every] for name in every[0]}
    return {
        name: [item for value in values for item in value]
        if isinstance(values[0], list)
        else torch.cat(values)
        for name, values in joined.items()
    }


def behind(prefix: Inputs, tokens: int, rows: int = 1) -> Inputs:
    """Return what tokens behind a cached prefix take beside their ids, mask and positions.

    They are to the model what the prefix's last token is: with the same right to look at the picture
    (Mllama's cross-attention). What is zero there is left out, as when text is generated: so a model treats
    plain text.

    Args:
        prefix: inputs that the cache was filled with, `[B, P, ...]`.
        tokens: number of tokens behind it.
        rows: copies of each picture's entry.
    """
    return {
        name: _last(prefix[name], tokens).repeat_interleave(rows, 0)
        for name in of_tokens(prefix)
        if name not in ("input_ids", "attention_mask") and prefix[name][:, -1].any()
    }


def positions_behind(model: Any, prefix: Inputs) -> Tensor:
    """Return the position `[B, 1]` of the first token behind prefixes that the model has just read.

    Where positions have several dimensions (height and width within a picture), text goes on behind the
    greatest of them: the model keeps the distance from the plain count as `rope_deltas` `[B, 1]`.
    """
    ids = prefix["input_ids"]
    start: Tensor = ids.new_full((len(ids), 1), ids.shape[1])
    for module in model.modules():
        shift = getattr(module, "rope_deltas", None)
        if shift is not None:
            start = start + shift.reshape(-1, 1).to(start)
            break
    return start


def to_model(model: Any, inputs: Inputs) -> Inputs:
    """Move inputs to the model's device, numbers that are no counts to its type."""
    return {name: _moved(value, model.device, model.dtype) for name, value in inputs.items()}


def _moved(value: Any, device: torch.device, dtype: torch.dtype) -> Any:
    if isinstance(value, list):
        return [_moved(item, device, dtype) for item in value]
    if not hasattr(value, "to"):
        return value
    return value.to(device, dtype if value.is_floating_point() else value.dtype)


def _last(value: Tensor, tokens: int) -> Tensor:
    return value[:, -1:].expand(-1, tokens, *value.shape[2:])
