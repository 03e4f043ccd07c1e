"""Saving the state of a run: as often as needed to lose little, as seldom as needed to cost nothing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io import TorchCheckpointIO
from torch.utils._pytree import tree_map_only

from makd.storage import replacing


class SparingCheckpointIO(TorchCheckpointIO):
    """Keeps the newest state in memory, writes it at most every `seconds` and at `flush`.

    What is on disk is always whole, and always the state at the end of some epoch.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._written = time.monotonic()
        self._waiting: tuple[dict[str, Any], Path] | None = None

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None
    ) -> None:
        """Take over a copy of `checkpoint`, to be written to `path` now or later."""
        self._waiting = tree_map_only(torch.Tensor, _copied, checkpoint), Path(path)
        if time.monotonic() - self._written >= self.seconds:
            self.flush()

    def flush(self) -> None:
        """Write the newest state if it is not written yet."""
        if self._waiting is not None:
            save(*self._waiting)
            self._waiting = None
            self._written = time.monotonic()


def save(content: dict[str, Any], path: Path) -> None:
    """Write `content` with `torch.save`, whole or not at all."""
    with replacing(path) as temporary:
        torch.save(content, temporary)


def _copied(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().to("cpu", copy=True)
