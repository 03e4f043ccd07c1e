"""Mean accuracy over classes, as fine-grained benchmarks count it."""

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
