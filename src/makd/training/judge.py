"""Judging a student: its outputs over a set of images, the task's metrics of them, and its losses."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True, slots=True)
class Seen:
    """What a student said of one batch, on the CPU.

    Attributes:
        predictions: what `Task.predict` made of the outputs, `[B, …]`.
        labels: `[B]`.
        index: `[B]` positions of the images in their split.
        parts: of the loss.
        answered: whether there was an answer to any question.
    """

    predictions: Tensor
    labels: Tensor
    index: Tensor
    parts: dict[str, Tensor]
    answered: bool


def judge(
    task: Task,
    model: nn.Module,
    batches: Iterable[Batch],
    *,
    classes: int,
    precision: torch.dtype = torch.float32,
) -> Judgement:
    """Run `model` over `batches` in evaluation mode and measure it; the model's mode is put back."""
    start = time.perf_counter()
    seen = look(task, model, batches, classes=classes, precision=precision)
    return measure(task, seen, classes=classes, start=start)


@torch.inference_mode()
def look(
    task: Task, model: nn.Module, batches: Iterable[Batch], *, classes: int, precision: torch.dtype
) -> list[Seen]:
    """Run `model` over `batches` in evaluation mode; the model's mode is put back."""
    device = next(model.parameters()).device
    seen = []
    training = model.training
    model.eval()
    for batch in batches:
        batch = batch_to(batch, device)
        with torch.autocast(device.type, precision, enabled=precision != torch.float32):
            outputs = model(batch.images).float()
        parts = task.loss(outputs, batch, alpha=0.0)
        seen.append(
            Seen(
                task.predict(outputs, classes=classes).cpu(),
                batch.labels.cpu(),
                batch.index.cpu(),
                {name: part.cpu() for name, part in parts.items()},
                bool(batch.p_yes.isfinite().any()),
            )
        )
    model.train(training)
    return seen


@torch.inference_mode()
def measure(task: Task, seen: Sequence[Seen], *, classes: int, start: float) -> Judgement:
    """Return the judgement of what was seen since `start` (`time.perf_counter`), by this process alone."""
    metrics = task.metrics(classes)
    for metric in metrics.values():
        metric.distributed_available_fn = _alone
    for one in seen:
        metrics.update(one.predictions, one.labels)
    hidden = {"loss"} if any(one.answered for one in seen) else {"loss", "aspect"}
    means = mean_parts([one.parts for one in seen], [len(one.index) for one in seen])
    return Judgement(
        metrics={name: round(float(value), 6) for name, value in metrics.compute().items()},
        losses={name: round(float(value), 6) for name, value in means.items() if name not in hidden},
        predictions=torch.cat([one.predictions for one in seen]),
        index=torch.cat([one.index for one in seen]),
        seconds=time.perf_counter() - start,
    )


def _alone() -> bool:
    return False


def mean_parts(parts: list[dict[str, Tensor]], sizes: list[int]) -> dict[str, Tensor]:
    """Return the mean of each part over batches, weighted by their sizes."""
    weights = torch.tensor(sizes, dtype=torch.float32) / sum(sizes)
    return {name: (torch.stack([part[name] for part in parts]).cpu() * weights).sum() for name in parts[0]}


def batch_to(batch: Batch, device: torch.device) -> Batch:
    """Return the batch on `device`."""
    parts = {field.name: getattr(batch, field.name) for field in fields(batch)}
    there = {name: part for name, part in parts.items() if part is not None}
    return Batch(**{name: part.to(device, non_blocking=True) for name, part in there.items()})
