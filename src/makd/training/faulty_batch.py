"""A loss that is no finite number: what it came from is saved and named, so that it can be looked into."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields

import torch
from safetensors.torch import save_file

from makd.errors import MakdError
from makd.storage import replacing
from makd.task import Batch
from makd.training.input_pipeline import Batches
from makd.training.run_dir import RunDirectory

_SHOWN = 3


class NotFiniteError(MakdError):
    """A training step's loss is NaN or infinite.

    Attributes:
        epoch: it happened in, from 1.
        step: of that epoch, from 1.
        parts: `loss` and what it is made of.
    """

    def __init__(self, epoch: int, step: int, parts: Mapping[str, float]) -> None:
        self.epoch, self.step, self.parts = epoch, step, dict(parts)
        super().__init__(
            f"The loss became {self.parts['loss']} in epoch {epoch}, step {step} ({told_parts(parts)})."
        )


def told_parts(parts: Mapping[str, float]) -> str:
    """Return the parts of a loss as a reader sees them: `label 0.912, aspect 0.0805`."""
    return ", ".join(f"{name} {value:.3g}" for name, value in parts.items() if name != "loss")


def leave_faulty_batch(
    run: RunDirectory, train: Batches, fault: NotFiniteError, precision: torch.dtype
) -> MakdError:
    """Write the batch that `fault` came from, as the student saw it; return the error that says so.

    The batch is made again from its epoch and step. The file holds the tensors of `Batch` by their names,
    and as metadata the pictures' `keys` (JSON), `epoch`, `step`, and the `loss` with its parts (JSON). The
    error says what to try, by the `precision` that was computed in too.
    """
    batch = train.batch(fault.epoch - 1, fault.step - 1)
    keys = [train.samples[i].key for i in batch.index.tolist()]
    there = {field.name: getattr(batch, field.name) for field in fields(batch)}
    with replacing(run.faulty_batch_file) as temporary:
        save_file(
            {name: tensor.contiguous() for name, tensor in there.items() if tensor is not None},
            temporary,
            metadata={
                "keys": json.dumps(keys, ensure_ascii=False),
                "epoch": str(fault.epoch),
                "step": str(fault.step),
                "loss": json.dumps({name: str(value) for name, value in fault.parts.items()}),
            },
        )
    shown = ", ".join(keys[:_SHOWN]) + (f", … ({len(keys)} pictures)" if len(keys) > _SHOWN else "")
    return MakdError(
        f"{fault} Its batch is saved in {run.faulty_batch_file}: {shown}. {_advice(batch, fault, precision)}"
    )


def _advice(batch: Batch, fault: NotFiniteError, precision: torch.dtype) -> str:
    """Return what to try, by what of the batch or of the loss is at fault."""
    if not batch.images.isfinite().all():
        return "The pictures themselves hold numbers that are not finite: look at their files."
    answers = batch.p_yes[~batch.p_yes.isnan()]
    if ((answers < 0) | (answers > 1)).any():
        return "Its answers hold values outside 0 to 1: look at the store with makd answers audit."
    ill = {name for name, value in fault.parts.items() if name != "loss" and not math.isfinite(value)}
    weights = {"aspect": "--alpha", "kd": "--beta"}
    lower = " or ".join(["--lr", *(weights[name] for name in sorted(ill & weights.keys()) if len(ill) == 1)])
    finer = "" if precision == torch.float32 else "train with --precision float32, "
    return f"Lower {lower}, {finer}or look for faulty pictures and answers."
