from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from makd.classification.task import ClassificationTask
from makd.task import Batch
from makd.training.judge import judge, mean_parts

TASK = ClassificationTask()


class Planted(nn.Module):
    """Three class outputs that say what the first pixel says, and two aspect outputs, huge by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(10.0))
        self.modes: list[bool] = []
        self.aspects = 1e6

    def forward(self, images: Tensor) -> Tensor:
        self.modes.append(self.training)
        classes = nn.functional.one_hot(images[:, 0, 0, 0].long(), 3) * self.scale
        return torch.cat([classes, torch.full((len(images), 2), self.aspects)], dim=1)


def batches(shown: list[int], labels: list[int], sizes: list[int]) -> list[Batch]:
    images = torch.tensor(shown, dtype=torch.float32)[:, None, None, None].expand(-1, 3, 4, 4)
    parts = torch.arange(len(shown)).split(sizes)
    return [Batch(images[i], torch.tensor(labels)[i], torch.rand(len(i), 2), i) for i in parts]


def test_the_first_c_outputs_decide_and_the_last_small_batch_counts() -> None:
    model = Planted().train()
    judgement = judge(TASK, model, batches([0, 1, 2, 0, 1], [0, 1, 2, 1, 0], [4, 1]), classes=3)
    assert judgement.metrics["top1"] == pytest.approx(3 / 5)
    assert judgement.metrics["mean_per_class"] == pytest.approx((1 / 2 + 1 / 2 + 1) / 3)
    assert judgement.predictions.argmax(dim=1).tolist() == [0, 1, 2, 0, 1]
    assert judgement.index.tolist() == [0, 1, 2, 3, 4]
    assert not any(model.modes)
    assert model.training


def test_losses_are_means_over_images() -> None:
    model = Planted()
    judgement = judge(TASK, model, batches([0, 0, 0], [0, 0, 1], [2, 1]), classes=3)
    right = torch.nn.functional.cross_entropy(torch.tensor([[10.0, 0, 0]]), torch.tensor([0]))
    assert judgement.losses["label"] == pytest.approx(float(2 * right + (right + 10)) / 3, abs=1e-4)


def test_mean_parts_weighs_by_batch_size() -> None:
    parts = [{"loss": torch.tensor(1.0)}, {"loss": torch.tensor(4.0)}]
    assert float(mean_parts(parts, [3, 1])["loss"]) == pytest.approx(1.75)


@pytest.mark.parametrize("weights", [None, torch.tensor([3.0, 0.5])])
def test_the_aspect_loss_is_the_mean_over_known_answers(weights: Tensor | None) -> None:
    """Batches with all answers, some, none: as in one batch of all images."""
    parts = batches([0, 1, 2, 0, 1], [0, 1, 2, 1, 0], [2, 2, 1])
    parts[1].p_yes[0, 0] = parts[1].p_yes[1, 1] = torch.nan
    parts[2].p_yes[:] = torch.nan
    model = Planted()
    model.aspects = 0.7
    judged = judge(TASK, model, [replace(part, weights=weights) for part in parts], classes=3)
    p_yes = torch.cat([part.p_yes for part in parts])
    entries = torch.nn.functional.binary_cross_entropy(
        torch.full_like(p_yes, 0.7).sigmoid(), p_yes.nan_to_num(0.0), reduction="none"
    )
    counts = (~p_yes.isnan()) * (torch.ones(2) if weights is None else weights)
    assert judged.losses["aspect"] == pytest.approx(float((entries * counts).sum() / counts.sum()), abs=2e-6)


def test_where_all_is_answered_the_aspect_loss_is_the_mean_over_images() -> None:
    weights = torch.rand(2)
    parts = [replace(part, weights=weights) for part in batches([0, 1, 2, 0], [0, 1, 2, 1], [3, 1])]
    model = Planted()
    model.aspects = 0.7
    alone = [judge(TASK, model, [part], classes=3).losses["aspect"] for part in parts]
    found = judge(TASK, model, parts, classes=3).losses["aspect"]
    assert found == pytest.approx((3 * alone[0] + alone[1]) / 4, abs=2e-6)


def test_an_aspect_loss_is_told_only_where_there_are_answers() -> None:
    asked = batches([0, 1], [0, 1], [2])
    unasked = [Batch(b.images, b.labels, torch.full_like(b.p_yes, torch.nan), b.index) for b in asked]
    assert "aspect" in judge(TASK, Planted(), asked, classes=3).losses
    assert "aspect" not in judge(TASK, Planted(), unasked, classes=3).losses
