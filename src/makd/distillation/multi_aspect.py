"""The multi-aspect loss: labels and a teacher's answers, learned together (arXiv 2501.13341)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from makd.errors import MakdError


class MultiAspectLoss(nn.Module):
    """Cross-entropy of the class outputs + alpha * binary cross-entropy of the aspect outputs with P(yes).

    This is the loss of *Multi-aspect Knowledge Distillation with Large Language Model*, arXiv 2501.13341,
    with missing answers and unlabelled images masked:

        loss = MultiAspectLoss(alpha=4)
        loss(model(images), labels, p_yes).backward()

    Args:
        alpha: weight of the aspect loss.
        label_smoothing: of the cross-entropy, in [0, 1).
        weights: `[Q]` how much each question counts, 0 or more; None: all alike.
    """

    def __init__(
        self, alpha: float = 4.0, label_smoothing: float = 0.0, weights: Tensor | None = None
    ) -> None:
        super().__init__()
        self.alpha = alpha
        self.label_smoothing = label_smoothing
        self.weights: Tensor | None
        self.register_buffer("weights", weights, persistent=False)

    def forward(self, outputs: Tensor, labels: Tensor, p_yes: Tensor) -> Tensor:
        """Return the scalar loss.

        Args:
            outputs: `[B, C+Q]` logits, classes first.
            labels: `[B]` int64, -1 for images without a label; or `[B, C]` shares of classes.
            p_yes: `[B, Q]` in [0, 1], NaN where an answer is missing.

        Raises:
            MakdError: the shapes do not fit each other.
        """
        return self.parts(outputs, labels, p_yes)["loss"]

    def parts(self, outputs: Tensor, labels: Tensor, p_yes: Tensor) -> dict[str, Tensor]:
        """Return `loss` and what it is made of: `label` and, with Q > 0, `aspect` (before alpha)."""
        classes = outputs.shape[-1] - p_yes.shape[-1]
        if (
            outputs.ndim != 2
            or p_yes.ndim != 2
            or classes < 1
            or not len(outputs) == len(labels) == len(p_yes)
        ):
            raise MakdError(
                f"outputs [B, C+Q] {list(outputs.shape)}, labels [B] {list(labels.shape)} and "
                f"p_yes [B, Q] {list(p_yes.shape)} do not fit each other."
            )
        label = label_loss(outputs[:, :classes], labels, self.label_smoothing)
        if not p_yes.shape[1]:
            return {"loss": label, "label": label}
        aspect = aspect_loss(outputs[:, classes:], p_yes, self.weights)
        return {"loss": label + self.alpha * aspect, "label": label, "aspect": aspect}


def label_loss(logits: Tensor, labels: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Return the mean cross-entropy of `logits` `[B, C]` over the images with a label (0 if none has).

    `labels` are `[B]`, -1 for none, or `[B, C]` shares of classes, all 0 for none.
    """
    if labels.ndim == 2:
        known = labels.sum(dim=1) > 0
        entropies = F.cross_entropy(logits, labels, label_smoothing=label_smoothing, reduction="none")
        return (entropies * known).sum() / known.sum().clamp(min=1)
    total = F.cross_entropy(logits, labels, ignore_index=-1, label_smoothing=label_smoothing, reduction="sum")
    return total / (labels >= 0).sum().clamp(min=1)


def aspect_loss(logits: Tensor, p_yes: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the mean binary cross-entropy of `logits` `[B, Q]` with `p_yes` `[B, Q]` over known answers.

    With `weights` `[Q]` it is the weighted mean, so that their common scale changes nothing.

    Raises:
        MakdError: the shapes differ.
    """
    if logits.shape != p_yes.shape:
        raise MakdError(
            f"aspect logits {list(logits.shape)} and p_yes {list(p_yes.shape)} must have one shape [B, Q]."
        )
    counts = (~p_yes.isnan()).to(logits.dtype)
    if weights is not None:
        counts = counts * weights
    entries = F.binary_cross_entropy_with_logits(
        logits, p_yes.nan_to_num(0.5).to(logits.dtype), reduction="none"
    )
    total = counts.sum()
    return (entries * counts).sum() / torch.where(total > 0, total, torch.ones_like(total))
