"""Load a vision-language checkpoint from a folder or the Hugging Face hub, and say what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.errors import MakdError, UsageError
from makd.teachers import model_card
from makd.teachers.architecture import refuse_foreign_code
from makd.teachers.hub import explained, pin
from makd.teachers.pictures import image_settings
from makd.teachers.tiles import limit_tiles
from makd.teachers.weights import DeviceMap, Quantization, place_weights

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_VOCABULARY_SLICE = 16384


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded model and where it is from.

    Attributes:
        model: in evaluation mode, on its device; its logits are float32 whatever its weights are.
        processor: tokenizer, chat template and image processor.
        name: hub id or folder name.
        revision: commit on the hub, or a hash of the folder's content.
        licence: as its model card says; empty when unknown.
        quantization: `4bit`, `8bit`, or None when the weights have the model's type.
    """

    model: Any
    processor: Any
    name: str
    revision: str
    licence: str
    quantization: Quantization | None = None

    @property
    def precision(self) -> str:
        """The type that the model computes in, and the form of its weights where that is another."""
        dtype = str(self.model.dtype).removeprefix("torch.")
        return f"{dtype}, {self.quantization} weights" if self.quantization else dtype

    @property
    def image_settings(self) -> dict[str, object]:
        """What decides how a picture reaches the model."""
        return image_settings(self.processor)


def load_checkpoint(
    source: str | Path,
    *,
    dtype: str | None = None,
    device: str = "auto",
    device_map: DeviceMap | None = None,
    quantization: Quantization | None = None,
    revision: str | None = None,
    trust_remote_code: bool = False,
    tiles: int | None = None,
    name: str | None = None,
) -> Checkpoint:
    """Load model and processor; of a hub repository, everything from the one commit that its card names.

    Args:
        source: a folder, or a hub id.
        dtype: `float32`, `bfloat16`, `float16`; None or `auto`: float32 on a CPU, else bfloat16.
        device: `auto`, or what torch calls it.
        device_map: `auto` spreads the layers over all GPUs and, where they end, the CPU.
        quantization: hold the weights in 4 or 8 bits (bitsandbytes).
        revision: of the hub repository.
        trust_remote_code: whether code that comes with the checkpoint may run.
        tiles: greatest number of tiles a picture is cut into (the overview tile not counted).
        name: what to call it; by default the hub id or the folder's name.

    Raises:
        UsageError: there is no such checkpoint, or a setting means nothing to it or to this machine.
        MakdError: the hub does not give the checkpoint, or transformers cannot load it.
    """
    import torch

    placement = place_weights(dtype, device, device_map, quantization)
    local = Path(source).is_dir()
    snapshot = None if local else pin(str(source), revision)
    folder = snapshot.folder if snapshot else Path(source)
    refuse_foreign_code(folder, source, trust_remote_code)
    options = {"revision": snapshot.commit if snapshot else None, "trust_remote_code": trust_remote_code}
    with _translated(source), explained(str(source), revision), no_progress_bars():
        from transformers import AutoModelForImageTextToText, AutoProcessor

        processor = AutoProcessor.from_pretrained(source, **options)
        model = AutoModelForImageTextToText.from_pretrained(source, **placement.options, **options)
    if placement.device is not None:
        model.to(placement.device)
    model.eval()
    if model.dtype != torch.float32:
        _read_in_float32(model.get_output_embeddings())
    if tiles is not None:
        limit_tiles(model, processor, tiles, source)
    return Checkpoint(
        model,
        processor,
        name or (folder.resolve().name if local else str(source)),
        snapshot.commit if snapshot else model_card.content_hash(folder),
        model_card.licence(folder),
        quantization,
    )


def _read_in_float32(head: torch.nn.Module) -> None:
    """Let an output layer of reduced precision give float32 logits: else close answers become equal."""
    import torch
    from torch.nn.functional import linear

    def exact(module: Any, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        hidden = inputs[0].float()
        logits = torch.cat(
            [linear(hidden, rows.float()) for rows in module.weight.split(_VOCABULARY_SLICE)], -1
        )
        return logits if module.bias is None else logits + module.bias.float()

    head.register_forward_hook(exact)


@contextmanager
def _translated(source: str | Path) -> Iterator[None]:
    """Turn what transformers raises on loading into one sentence."""
    try:
        yield
    except MakdError:
        raise
    except (OSError, ValueError, KeyError, ImportError) as error:
        reason = re.split(r"\n|(?<=\w)\. ", str(error).strip())[0][:200]
        if Path(source).is_dir():
            raise UsageError(
                f"{source} does not hold a vision-language checkpoint that transformers can load ({reason}). "
                "It needs config.json, weights, tokenizer, image processor and chat template."
            ) from error
        raise MakdError(
            f"transformers cannot load {source} as a vision-language model ({reason})."
        ) from error


@contextmanager
def no_progress_bars() -> Iterator[None]:
    """Keep transformers from drawing while weights are loaded."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
