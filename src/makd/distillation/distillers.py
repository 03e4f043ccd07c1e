"""A student beside a frozen vision teacher: both see the same pictures, their distance is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from makd.distillation.feature_kd import attention_transfer
from makd.distillation.logit_kd import dkd_loss, kd_loss, standardized
from makd.errors import MakdError, UsageError

MOST_STAGES = 4
"""Attention is transferred in so many last stages (of a ViT: blocks), or in as many as both models have."""


class Distiller(Protocol):
    """Runs a student and says how far it is from a vision teacher."""

    def __call__(self, student: nn.Module, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the student's outputs and the scalar distillation loss, to be multiplied with beta.

        Args:
            student: gives `[B, C+Q]`, classes first.
            images: `[B, 3, H, W]`, normalised as the student wants them.
            labels: `[B]` int64, -1 for images without a label.
        """

    def to(self, device: torch.device) -> Distiller:
        """Move the teacher; return self."""


@dataclass(slots=True)
class VisionTeacher:
    """A frozen image model, and what makes its input of a student's.

    Attributes:
        model: in evaluation mode, without gradients; gives `[B, C]`.
        classes: C names; empty when they are not known.
        image_size: pixels of a side that it was made for: the student's view is resized to it.
        scale: of its channels, from the student's normalisation to its own; see `shift`.
        shift: its input is scale · image + shift.
    """

    model: nn.Module
    classes: tuple[str, ...]
    image_size: int
    scale: tuple[float, ...] = (1.0, 1.0, 1.0)
    shift: tuple[float, ...] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        self.model.eval().requires_grad_(False)

    def view(self, images: Tensor) -> Tensor:
        """Return the student's `[B, 3, H, W]` as the teacher is to see them."""
        if images.shape[-1] != self.image_size:
            size = (self.image_size, self.image_size)
            images = F.interpolate(images, size, mode="bilinear", antialias=True)
        if set(self.scale) == {1.0} and not any(self.shift):
            return images
        scale, shift = (images.new_tensor(v).view(1, 3, 1, 1) for v in (self.scale, self.shift))
        return images * scale + shift


@dataclass(slots=True)
class LogitDistiller:
    """Knowledge distillation of class logits: `kd_loss`, or with `decoupled`, `dkd_loss`.

    Attributes:
        teacher: who is imitated.
        temperature: T.
        decoupled: whether label and other classes are learnt apart.
        standardize: whether logits are standardised first.
        target: weight of the label's part (decoupled).
        nontarget: weight of the other classes' part (decoupled).
    """

    teacher: VisionTeacher
    temperature: float
    decoupled: bool = False
    standardize: bool = False
    target: float = 1.0
    nontarget: float = 8.0

    def __call__(self, student: nn.Module, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the student's outputs and its distance from the teacher's logits."""
        outputs: Tensor = student(images)
        with torch.no_grad():
            theirs = self.teacher.model(self.teacher.view(images)).float()
        if outputs.shape[1] < theirs.shape[1]:
            raise MakdError(
                f"student outputs [B, C+Q] {list(outputs.shape)} hold fewer classes than the logits [B, C] "
                f"{list(theirs.shape)} of the vision teacher."
            )
        ours = outputs[:, : theirs.shape[1]].float()
        if self.standardize:
            ours, theirs = standardized(ours), standardized(theirs)
        if not self.decoupled:
            return outputs, kd_loss(ours, theirs, self.temperature)
        weights = {"target": self.target, "nontarget": self.nontarget}
        return outputs, dkd_loss(ours, theirs, labels, self.temperature, **weights)

    def to(self, device: torch.device) -> LogitDistiller:
        """Move the teacher."""
        self.teacher.model.to(device)
        return self


@dataclass(slots=True)
class AttentionDistiller:
    """Attention transfer between the last stages of two timm models."""

    teacher: VisionTeacher

    def __call__(self, student: nn.Module, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the student's outputs and its distance from the teacher's attention maps."""
        stages = min(MOST_STAGES, stages_of(student), stages_of(self.teacher.model))
        last, ours = student.forward_intermediates(images, indices=stages)  # type: ignore[operator]
        with torch.no_grad():
            theirs = self.teacher.model.forward_intermediates(  # type: ignore[operator]
                self.teacher.view(images), indices=stages, intermediates_only=True
            )
        outputs: Tensor = student.forward_head(last)  # type: ignore[operator]
        return outputs, attention_transfer([f.float() for f in ours], [f.float() for f in theirs])

    def to(self, device: torch.device) -> AttentionDistiller:
        """Move the teacher."""
        self.teacher.model.to(device)
        return self


def stages_of(model: nn.Module) -> int:
    """Return how many stages of a timm model can be looked into.

    Raises:
        UsageError: none can.
    """
    stages = getattr(model, "feature_info", None)
    if not stages or not hasattr(model, "forward_intermediates"):
        raise UsageError(
            f"--kd at: {type(model).__name__} shows no features (timm's forward_intermediates). "
            "Choose another model, or --kd kd, which needs logits alone."
        )
    return len(stages)
