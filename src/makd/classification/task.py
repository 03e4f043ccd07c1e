"""Classification: one class a picture, decided by the first C outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import one_hot
from torchmetrics import MetricCollection
from torchmetrics.classification import MulticlassAccuracy

from makd.classification.metrics import CalibrationError, MeanPerClass
from makd.distillation.multi_aspect import MultiAspectLoss
from makd.progress import Progress, Silent
from makd.students.aspects import strip_aspect_outputs
from makd.students.build import build_student
from makd.task import Batch


@dataclass(frozen=True, slots=True)
class ClassificationTask:
    """The `makd.task.Task` of naming a picture's class."""

    name: str = "classification"
    metric: str = "top1"

    def build(
        self,
        model: str,
        *,
        classes: int,
        questions: int,
        pretrained: bool = False,
        weights: Path | None = None,
        kwargs: Mapping[str, Any] = {},
        progress: Progress = Silent(),
    ) -> nn.Module:
        """Build the timm model `model` with C + Q outputs; see `makd.students.build.build_student`."""
        return build_student(
            model,
            classes=classes,
            questions=questions,
            pretrained=pretrained,
            weights=weights,
            kwargs=kwargs,
            progress=progress,
        )

    def loss(
        self,
        outputs: Tensor,
        batch: Batch,
        *,
        alpha: float,
        label_smoothing: float = 0.0,
        aspect: str = "bce",
        temperature: float = 1.0,
    ) -> dict[str, Tensor]:
        """Return the multi-aspect loss of `outputs` `[B, C+Q]` and its parts."""
        loss = MultiAspectLoss(alpha, label_smoothing, batch.weights, aspect=aspect, temperature=temperature)
        labels = _labels(batch, outputs.shape[1] - batch.p_yes.shape[1])
        return loss.parts(outputs, labels, batch.p_yes, batch.bounds)

    def metrics(self, classes: int) -> MetricCollection:
        """Return `top1`, `mean_per_class`, `calibration_error` and, with more than five classes, `top5`."""
        metrics: dict[str, Any] = {
            "top1": _top(1, classes),
            "mean_per_class": MeanPerClass(classes),
            "calibration_error": CalibrationError(),
        }
        if classes > 5:
            metrics["top5"] = _top(5, classes)
        return MetricCollection(metrics, compute_groups=False)

    def predict(self, outputs: Tensor, *, classes: int) -> Tensor:
        """Return class probabilities `[B, C]`: the softmax of the first C outputs alone."""
        return outputs[:, :classes].softmax(dim=1)

    def strip(self, model: nn.Module, *, classes: int) -> nn.Module:
        """Return the model with its first C outputs alone."""
        return strip_aspect_outputs(model, classes)


def _labels(batch: Batch, classes: int) -> Tensor:
    """Return labels `[B]`, or where images are mixed their shares of classes `[B, C]`."""
    if batch.other_labels is None or batch.share is None:
        return batch.labels
    own, other = (one_hot(labels.clamp(min=0), classes) for labels in (batch.labels, batch.other_labels))
    share = batch.share[:, None]
    return (share * own + (1 - share) * other) * (batch.labels >= 0)[:, None]


def _top(k: int, classes: int) -> MulticlassAccuracy:
    return MulticlassAccuracy(num_classes=classes, top_k=k, average="micro", validate_args=False)
