"""The multi-aspect loss: labels and a teacher's answers, learned together (arXiv 2501.13341)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from makd.distillation.aspect_losses import at_temperature, held_at_bounds, pick_aspect_loss
from makd.errors import MakdError


class MultiAspectLoss(nn.Module):
    """Cross-entropy of the class outputs + alpha * loss of the aspect outputs against the teacher's P(yes).

    With its defaults this is the loss of *Multi-aspect Knowledge Distillation with Large Language Model*,
    arXiv 2501.13341, with missing answers and unlabelled images masked:

        loss = MultiAspectLoss(alpha=4)
        loss(model(images), labels, p_yes).backward()

    Args:
        alpha: weight of the aspect loss.
        label_smoothing: of the cross-entropy, in [0, 1).
        weights: `[Q]` how much each question counts, 0 or more; None: all alike.
        aspect: which loss the aspect outputs have: `bce` (the paper), `kl`, `mse` (of P(yes)), `log-odds`.
        temperature: that softens both sides of the aspect loss; see `makd.distillation.aspect_losses`.
    """

    def __init__(
        self,
        alpha: float = 4.0,
        label_smoothing: float = 0.0,
        weights: Tensor | None = None,
        *,
        aspect: str = "bce",
        temperature: float = 1.0,
    ) -> None:
        super().__init__()
        self.alpha = alpha
        self.label_smoothing = label_smoothing
        self.weights: Tensor | None
        self.register_buffer("weights", weights, persistent=False)
        self.aspect, self.temperature = aspect, temperature
        pick_aspect_loss(aspect)

    def forward(self, outputs: Tensor, labels: Tensor, p_yes: Tensor, bounds: Tensor | None = None) -> Tensor:
        """Return the scalar loss.

        Args:
            outputs: `[B, C+Q]` logits, classes first.
            labels: `[B]` int64, -1 for images without a label; or `[B, C]` shares of classes.
            p_yes: `[B, Q]` in [0, 1], NaN where an answer is missing.
            bounds: `[B, Q]`, 1 where the teacher's answer is `p_yes` or more, -1 where it is `p_yes` or less,
                0 where it is `p_yes`; None when that is so everywhere.

        Raises:
            MakdError: the shapes do not fit each other.
        """
        return self.parts(outputs, labels, p_yes, bounds)["loss"]

    def parts(
        self, outputs: Tensor, labels: Tensor, p_yes: Tensor, bounds: Tensor | None = None
    ) -> dict[str, Tensor]:
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
        aspect = aspect_loss(
            outputs[:, classes:],
            p_yes,
            self.weights,
            bounds,
            loss=self.aspect,
            temperature=self.temperature,
        )
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


def aspect_loss(
    logits: Tensor,
    p_yes: Tensor,
    weights: Tensor | None = None,
    bounds: Tensor | None = None,
    *,
    loss: str = "bce",
    temperature: float = 1.0,
) -> Tensor:
    """Return the mean loss of `logits` `[B, Q]` against `p_yes` `[B, Q]` over known answers.

    Args:
        logits: the student's aspect outputs.
        p_yes: the teacher's answers, NaN where one is missing.
        weights: `[Q]`, makes it the weighted mean, so that their common scale changes nothing.
        bounds: `[B, Q]` which answers are bounds, as in `MultiAspectLoss`: the loss of those is one-sided.
        loss: one of `makd.distillation.aspect_losses.ASPECT_LOSSES`.
        temperature: that softens both sides.

    Raises:
        MakdError: the shapes differ, or there is no such loss.
    """
    if logits.shape != p_yes.shape or (bounds is not None and bounds.shape != p_yes.shape):
        also = f" and bounds {list(bounds.shape)}" if bounds is not None else ""
        raise MakdError(
            f"aspect logits {list(logits.shape)}, p_yes {list(p_yes.shape)}{also} must have one shape [B, Q]."
        )
    counts = (~p_yes.isnan()).to(logits.dtype)
    if weights is not None:
        counts = counts * weights
    p_yes = p_yes.nan_to_num(0.5).to(logits.dtype)
    if bounds is not None:
        logits = held_at_bounds(logits, p_yes, bounds)
    entries = at_temperature(pick_aspect_loss(loss), logits, p_yes, temperature)
    total = counts.sum()
    return (entries * counts).sum() / torch.where(total > 0, total, torch.ones_like(total))
