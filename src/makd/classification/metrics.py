"""What torchmetrics counts otherwise: mean accuracy over classes, and calibration."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics import Metric


class MeanPerClass(Metric):
    """The mean, over the classes that have images at all, of the share of their images named rightly.

    torchmetrics' macro average counts a class without images as 0 once it has been predicted; here it is
    left out.
    """

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    right: Tensor
    total: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.add_state("right", torch.zeros(classes, dtype=torch.int64), dist_reduce_fx="sum")
        self.add_state("total", torch.zeros(classes, dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, preds: Tensor, target: Tensor) -> None:
        """Count class probabilities `[B, C]` against labels `[B]`."""
        classes = len(self.total)
        self.total += torch.bincount(target, minlength=classes)
        self.right += torch.bincount(target[preds.argmax(dim=1) == target], minlength=classes)

    def compute(self) -> Tensor:
        """Return the mean over classes, in [0, 1]."""
        seen = self.total > 0
        return (self.right[seen] / self.total[seen]).mean()


class CalibrationError(Metric):
    """Expected calibration error: how far confidence is from accuracy, in [0, 1]; lower is better.

    The probability of the class named is sorted into 15 bins of equal width; the absolute differences between
    mean probability and accuracy of the bins are averaged by their images (Naeini et al. 2015, Guo et al.
    2017; the L1 norm). torchmetrics' own keeps every image and takes the softmax of a batch again when
    rounding makes a probability greater than 1.
    """

    is_differentiable = False
    higher_is_better = False
    full_state_update = False
    excess: Tensor
    total: Tensor

    def __init__(self, bins: int = 15) -> None:
        super().__init__()
        self.add_state("excess", torch.zeros(bins), dist_reduce_fx="sum")
        self.add_state("total", torch.zeros(1), dist_reduce_fx="sum")

    def update(self, preds: Tensor, target: Tensor) -> None:
        """Take class probabilities `[B, C]` and labels `[B]`."""
        confidence, named = preds.max(dim=1)
        bins = len(self.excess)
        place = (confidence * bins).long().clamp(max=bins - 1)
        excess = confidence.to(self.excess.dtype) - (named == target).to(self.excess.dtype)
        self.excess.index_add_(0, place, excess)
        self.total += len(target)

    def compute(self) -> Tensor:
        """Return the mean over images of the absolute difference in their bin."""
        return self.excess.abs().sum() / self.total.squeeze()
