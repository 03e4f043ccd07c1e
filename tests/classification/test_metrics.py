from __future__ import annotations

import pytest
import torch

from makd.classification.metrics import CalibrationError, MeanPerClass


def test_the_mean_is_over_classes_that_have_images() -> None:
    metric = MeanPerClass(4)
    chosen = torch.tensor([0, 0, 0, 1, 2, 3])
    labels = torch.tensor([0, 0, 0, 0, 1, 1])
    for part in (slice(0, 2), slice(2, 6)):
        metric.update(torch.eye(4)[chosen[part]], labels[part])
    assert float(metric.compute()) == pytest.approx((3 / 4 + 0 / 2) / 2)


def test_calibration_error_by_hand() -> None:
    """Two bins are used: 0.62 and 0.66 with one hit of two, and 0.9 with none."""
    metric = CalibrationError()
    metric.update(torch.tensor([[0.62, 0.38], [0.34, 0.66]]), torch.tensor([0, 0]))
    metric.update(torch.tensor([[0.9, 0.1]]), torch.tensor([1]))
    assert float(metric.compute()) == pytest.approx((abs(0.62 + 0.66 - 1) + 0.9) / 3)
    metric.reset()
    metric.update(torch.tensor([[1.0, 0.0]]), torch.tensor([0]))
    assert float(metric.compute()) == 0
