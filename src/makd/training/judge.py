"""Judging a student: its outputs over a set of images, the task's metrics of them, and its losses."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from makd.task import Batch, Task


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a student did on some images.

    Attributes:
        metrics: the task's metrics, each in [0, 1].
        losses: mean parts of the loss (`label` and, where there are answers, `aspect`), without smoothing;
            `aspect` is the binary cross-entropy at T = 1 whatever the student was trained by.
        predictions: what `Task.predict` made of the outputs, `[N, …]`, on the CPU.
        index: `[N]` positions of these images in their split.
        seconds: what it took, reading included.
    """

    metrics: dict[str, float]
    losses: dict[str, float]
    predictions: Tensor
    index: Tensor
    seconds: float


@torch.inference_mode()
def judge(
    task: Task, model: nn.Module, batches: Iterable[Batch], *, classes: int, bfloat16: bool = False
) -> Judgement:
    """Run `model` over `batches` in evaluation mode and measure it; the model's mode is put back."""
    start = time.perf_counter()
    device = next(model.parameters()).device
    metrics = task.metrics(classes).to(device)
    parts: list[dict[str, Tensor]] = []
    sizes: list[int] = []
    predictions, index = [], []
    answered = False
    training = model.training
    model.eval()
    for batch in batches:
        batch = batch_to(batch, device)
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            outputs = model(batch.images).float()
        parts.append(task.loss(outputs, batch, alpha=0.0))
        sizes.append(len(batch.index))
        answered = answered or bool(batch.p_yes.isfinite().any())
        predicted = task.predict(outputs, classes=classes)
        metrics.update(predicted, batch.labels)
        predictions.append(predicted.cpu())
        index.append(batch.index.cpu())
    model.train(training)
    hidden = {"loss"} if answered else {"loss", "aspect"}
    return Judgement(
        metrics={name: round(float(value), 6) for name, value in metrics.compute().items()},
        losses={
            name: round(float(value), 6)
            for name, value in mean_parts(parts, sizes).items()
            if name not in hidden
        },
        predictions=torch.cat(predictions),
        index=torch.cat(index),
        seconds=time.perf_counter() - start,
    )


def mean_parts(parts: list[dict[str, Tensor]], sizes: list[int]) -> dict[str, Tensor]:
    """Return the mean of each part over batches, weighted by their sizes."""
    weights = torch.tensor(sizes, dtype=torch.float32) / sum(sizes)
    return {name: (torch.stack([part[name] for part in parts]).cpu() * weights).sum() for name in parts[0]}


def batch_to(batch: Batch, device: torch.device) -> Batch:
    """Return the batch on `device`."""
    parts = {field.name: getattr(batch, field.name) for field in fields(batch)}
    there = {name: part for name, part in parts.items() if part is not None}
    return Batch(**{name: part.to(device, non_blocking=True) for name, part in there.items()})
