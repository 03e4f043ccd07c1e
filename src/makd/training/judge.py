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
        losses: mean parts of the loss (`label` and, where there are answers, `aspect`, over those), without
            smoothing; `aspect` is the binary cross-entropy at T = 1 whatever the student was trained by.
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
        answered: how many images' worth of answers there was, each by its question's weight.
    """

    predictions: Tensor
    labels: Tensor
    index: Tensor
    parts: dict[str, Tensor]
    answered: float


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
                _answered(batch),
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
    return Judgement(
        metrics={name: round(float(value), 6) for name, value in metrics.compute().items()},
        losses={name: round(float(value), 6) for name, value in _losses(seen).items()},
        predictions=torch.cat([one.predictions for one in seen]),
        index=torch.cat([one.index for one in seen]),
        seconds=time.perf_counter() - start,
    )


def _alone() -> bool:
    return False


def _answered(batch: Batch) -> float:
    """Return the sum of the images' shares of known answers, questions by their weights."""
    known = (~batch.p_yes.isnan()).cpu().double()
    weights = known.new_ones(known.shape[1]) if batch.weights is None else batch.weights.cpu().double()
    total = float(weights.sum())
    return float((known * weights).sum()) / total if total else 0.0


def _losses(seen: Sequence[Seen]) -> dict[str, Tensor]:
    """Return the mean of each part; of `aspect` over known answers, as in a batch, and only if there are."""
    means = mean_parts([one.parts for one in seen], [len(one.index) for one in seen])
    losses = {name: value for name, value in means.items() if name not in ("loss", "aspect")}
    if any(answers := [one.answered for one in seen]):
        losses |= mean_parts([{"aspect": one.parts["aspect"]} for one in seen], answers)
    return losses


def mean_parts(parts: list[dict[str, Tensor]], sizes: Sequence[float]) -> dict[str, Tensor]:
    """Return the mean of each part over batches, weighted by their sizes."""
    weights = torch.tensor(sizes, dtype=torch.float32) / sum(sizes)
    return {name: (torch.stack([part[name] for part in parts]).cpu() * weights).sum() for name in parts[0]}


def batch_to(batch: Batch, device: torch.device) -> Batch:
    """Return the batch on `device`."""
    parts = {field.name: getattr(batch, field.name) for field in fields(batch)}
    there = {name: part for name, part in parts.items() if part is not None}
    return Batch(**{name: part.to(device, non_blocking=True) for name, part in there.items()})
