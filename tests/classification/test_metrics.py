from __future__ import annotations

import pytest
import torch

from makd.classification.metrics import MeanPerClass


def test_the_mean_is_over_classes_that_have_images() -> None:
    metric = MeanPerClass(4)
    chosen = torch.tensor([0, 0, 0, 1, 2, 3])
    labels = torch.tensor([0, 0, 0, 0, 1, 1])
    for part in (slice(0, 2), slice(2, 6)):
        metric.update(torch.eye(4)[chosen[part]], labels[part])
    assert float(metric.compute()) == pytest.approx((3 / 4 + 0 / 2) / 2)
