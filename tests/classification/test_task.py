from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from torchmetrics.classification import MulticlassCalibrationError

from makd.classification.task import ClassificationTask
from makd.distillation.multi_aspect import MultiAspectLoss
from makd.task import Batch, Task

TASK: Task = ClassificationTask()


def test_only_the_first_c_outputs_decide() -> None:
    outputs = torch.tensor([[1.0, 3.0, 2.0, 1e6, -1e6], [5.0, 1.0, 0.0, 1e6, 1e6]])
    probabilities = TASK.predict(outputs, classes=3)
    torch.testing.assert_close(probabilities, outputs[:, :3].softmax(dim=1))
    assert probabilities.argmax(dim=1).tolist() == [1, 0]


def test_metrics_agree_with_counting() -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.random((60, 8)), rng.integers(0, 8, 60)
    metrics = TASK.metrics(8)
    for part in (slice(0, 50), slice(50, 60)):
        metrics.update(torch.tensor(scores[part]), torch.tensor(labels[part]))
    calibration = MulticlassCalibrationError(8, n_bins=15)(torch.tensor(scores), torch.tensor(labels))
    ranks = (scores > scores[np.arange(60), labels][:, None]).sum(axis=1)
    per_class = [(ranks[labels == label] == 0).mean() for label in range(8)]
    found = {name: float(value) for name, value in metrics.compute().items()}
    assert found == pytest.approx(
        {
            "top1": (ranks == 0).mean(),
            "top5": (ranks < 5).mean(),
            "mean_per_class": np.mean(per_class),
            "calibration_error": float(calibration),
        }
    )


def test_few_classes_have_no_top5() -> None:
    assert set(TASK.metrics(5)) == {"top1", "mean_per_class", "calibration_error"}


def test_the_loss_is_the_multi_aspect_loss() -> None:
    outputs, labels, p_yes = torch.randn(4, 5), torch.tensor([0, 1, 2, -1]), torch.rand(4, 2)
    batch = Batch(torch.empty(4, 3, 8, 8), labels, p_yes, torch.arange(4))
    parts = TASK.loss(outputs, batch, alpha=3.0, label_smoothing=0.1)
    assert parts["loss"].equal(MultiAspectLoss(3.0, 0.1)(outputs, labels, p_yes))
    assert set(parts) == {"loss", "label", "aspect"}


def test_build_and_strip() -> None:
    model = TASK.build("test_resnet", classes=4, questions=3)
    assert model.get_classifier().out_features == 7
    assert TASK.strip(model, classes=4).get_classifier().out_features == 4


def test_the_task_travels_to_other_processes() -> None:
    assert pickle.loads(pickle.dumps(TASK)) == TASK
    assert TASK.metric in TASK.metrics(3)
