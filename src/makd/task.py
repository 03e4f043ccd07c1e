"""The seam between makd and a kind of problem: what training and comparison need to know of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from makd.errors import UsageError, did_you_mean
from makd.progress import Progress, Silent

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torchmetrics import MetricCollection


@dataclass(frozen=True, slots=True)
class Batch:
    """What a student sees in one step.

    Attributes:
        images: `[B, 3, H, W]` normalised float.
        labels: `[B]` int64, -1 for images without a label.
        p_yes: `[B, Q]` float in [0, 1], the teacher's P(yes); NaN where missing; Q = 0 without answers.
        index: `[B]` int64, positions of the samples in their split.
        weights: `[Q]` how much each question counts in the aspect loss; None: all alike.
        bounds: `[B, Q]` int8, 1 where the teacher's answer is `p_yes` or more, -1 where it is `p_yes` or
            less, 0 where it is `p_yes`; None when that is so everywhere.
        other_labels: `[B]` labels of what was mixed into the images (mixup, CutMix); None: nothing was.
        share: `[B]` in [0.5, 1]: how much of a mixed image is its own.
    """

    images: Tensor
    labels: Tensor
    p_yes: Tensor
    index: Tensor
    weights: Tensor | None = None
    bounds: Tensor | None = None
    other_labels: Tensor | None = None
    share: Tensor | None = None


class Task(Protocol):
    """A kind of problem (classification, detection, …). Implementations are picklable."""

    @property
    def name(self) -> str:
        """Short name, as stored with runs."""

    @property
    def metric(self) -> str:
        """The primary metric: a key of `metrics`, higher is better."""

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
        """Build a student with one extra output per question.

        Raises:
            UsageError: the model is unknown (near matches are named), cannot take aspect outputs, or the file
                `weights` holds none of its weights.
        """

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
        """Return scalar `loss` (what is minimised) and its parts, `label` and (with Q > 0) `aspect`.

        Args:
            outputs: of the student.
            batch: what it saw.
            alpha: weight of the aspect loss.
            label_smoothing: of the label loss.
            aspect: one of `makd.distillation.aspect_losses.ASPECT_LOSSES`.
            temperature: of the aspect loss.
        """

    def metrics(self, classes: int) -> MetricCollection:
        """Return fresh metrics, updated with (`predict` of the outputs, labels), each in [0, 1]."""

    def predict(self, outputs: Tensor, *, classes: int) -> Tensor:
        """Turn raw outputs into what is judged (classification: `[B, C]` class probabilities)."""

    def strip(self, model: nn.Module, *, classes: int) -> nn.Module:
        """Return the model without its aspect outputs: same keys and shapes as the plain model."""


def judged_by(task: Task, metric: str | None, classes: int) -> Task:
    """Return the task, a dataclass, with the metric that chooses epochs and decides; None leaves its own.

    Raises:
        UsageError: it has no such metric, or one of which less is better.
    """
    if metric is None:
        return task
    measured = task.metrics(classes).items()
    names = sorted(str(name) for name, one in measured if getattr(one, "higher_is_better", True))
    if metric not in names:
        raise UsageError(
            f"metric: {task.name} is decided by {', '.join(names)}, not {metric!r}."
            f"{did_you_mean(metric, names)}"
        )
    return cast(Task, replace(cast(Any, task), metric=metric))
