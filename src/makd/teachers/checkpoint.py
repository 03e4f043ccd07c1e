"""Load a vision-language checkpoint from a folder or the Hugging Face hub, and say what it is."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from makd.errors import MakdError, UsageError
from makd.teachers.tiles import limit_tiles

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_CONTENT = (".safetensors", ".bin", ".json", ".jinja", ".txt", ".model")
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
    """

    model: Any
    processor: Any
    name: str
    revision: str
    licence: str

    @property
    def image_settings(self) -> dict[str, object]:
        """What decides how a picture reaches the model."""
        settings: dict[str, object] = json.loads(self.processor.image_processor.to_json_string())
        return {
            name: value for name, value in settings.items() if value is not None and name != "processor_class"
        }


def load_checkpoint(
    source: str | Path,
    *,
    dtype: str | None = None,
    device: str = "auto",
    revision: str | None = None,
    trust_remote_code: bool = False,
    tiles: int | None = None,
    name: str | None = None,
) -> Checkpoint:
    """Load model and processor.

    Args:
        source: a folder, or a hub id.
        dtype: `float32`, `bfloat16`, `float16`; None or `auto`: float32 on a CPU, else bfloat16.
        device: `auto`, or what torch calls it.
        revision: of the hub repository.
        trust_remote_code: whether code that comes with the checkpoint may run.
        tiles: greatest number of tiles a picture is cut into (the overview tile not counted).
        name: what to call it; by default the hub id or the folder's name.

    Raises:
        UsageError: the folder holds no such checkpoint, or `tiles` means nothing to it.
        MakdError: the hub gives no such checkpoint.
    """
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    place = torch.device(_best_device() if device == "auto" else device)
    if dtype in (None, "auto"):
        dtype = "float32" if place.type == "cpu" else "bfloat16"
    options = {"revision": revision, "trust_remote_code": trust_remote_code}
    with _translated(source), _no_progress_bars():
        processor = AutoProcessor.from_pretrained(source, **options)
        model = AutoModelForImageTextToText.from_pretrained(
            source, dtype=getattr(torch, str(dtype)), **options
        )
    model.to(place).eval()
    if model.dtype != torch.float32:
        _read_in_float32(model.get_output_embeddings())
    if tiles is not None:
        limit_tiles(model, processor, tiles, source)
    folder = Path(source) if Path(source).is_dir() else None
    return Checkpoint(
        model,
        processor,
        name or (folder.resolve().name if folder else str(source)),
        _content_hash(folder)
        if folder
        else str(getattr(model.config, "_commit_hash", None) or revision or ""),
        _licence(folder) if folder else "",
    )


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


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
    except (OSError, ValueError, KeyError, ImportError) as error:
        reason = re.split(r"\n|(?<=\w)\. ", str(error).strip())[0][:200]
        if Path(source).is_dir():
            raise UsageError(
                f"{source} does not hold a vision-language checkpoint that transformers can load ({reason}). "
                "It needs config.json, weights, tokenizer, image processor and chat template."
            ) from error
        if isinstance(error, OSError):
            raise MakdError(
                f"The teacher {str(source)!r} is no folder here, not in the local Hugging Face cache, and "
                f"the hub cannot give it ({reason}). Check name and network, or name a checkpoint folder."
            ) from error
        raise MakdError(
            f"transformers cannot load {source} as a vision-language model ({reason})."
        ) from error


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _content_hash(folder: Path) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of weights, settings and tokenizer files."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.suffix in _CONTENT):
        with path.open("rb") as file:
            total.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:16]


def _licence(folder: Path) -> str:
    """Read `license` from the head of the folder's model card."""
    card = folder / "README.md"
    head = (
        re.match(r"---\n(.*?)\n---", card.read_text(encoding="utf-8"), re.DOTALL) if card.is_file() else None
    )
    try:
        return str((yaml.safe_load(head[1]) or {}).get("license", "")) if head else ""
    except yaml.YAMLError:
        return ""
