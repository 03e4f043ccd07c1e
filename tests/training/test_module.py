from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from makd.classification.task import ClassificationTask
from makd.errors import MakdError
from makd.task import Batch
from makd.training.module import StudentModule


def module(
    told: list[tuple[int, int, dict[str, float]]] | None = None,
    ema_decay: float = 0.0,
    alpha: Callable[[float], float] = lambda epoch: 2.0,
) -> StudentModule:
    """A student of 2 x 2 px: two classes, one aspect, four steps an epoch, a falling learning rate."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
    return StudentModule(
        ClassificationTask().loss,
        model,
        torch.optim.SGD(model.parameters(), 0.1),
        lambda epoch: 1 / (1 + epoch),
        steps_per_epoch=4,
        seed=0,
        alpha=alpha,
        ema_decay=ema_decay,
        on_settled=lambda *news: told.append(news) if told is not None else None,
    )


def batch(n: int, value: float = 1.0) -> Batch:
    return Batch(
        torch.full((n, 3, 2, 2), value), torch.zeros(n, dtype=torch.int64), torch.rand(n, 1), torch.arange(n)
    )


def test_an_epoch_accounts_for_every_image() -> None:
    told: list[tuple[int, int, dict[str, float]]] = []
    student = module(told)
    parts = []
    for n in (3, 1):
        loss = student.training_step(batch(n), 0)
        loss.backward()
        student.optimizer.step()
        parts.append((n, float(loss.detach())))
    means = student.finish_epoch()
    assert sum(images for _, images, _ in told) == 4
    assert told[-1][2]["loss"] == pytest.approx(parts[1][1])
    assert told[-1][2].keys() == {"loss", "label", "aspect"}
    assert means["loss"] == pytest.approx((3 * parts[0][1] + parts[1][1]) / 4, abs=1e-5)
    assert means["loss"] == pytest.approx(means["label"] + 2 * means["aspect"], abs=1e-5)
    student.training_step(batch(2), 0)
    assert student.finish_epoch()["loss"] != means["loss"]


def test_the_first_loss_that_is_no_number_is_named() -> None:
    student = module()
    for value in (1.0, float("inf"), 1.0):
        student.training_step(batch(2, value), 0)
    with pytest.raises(MakdError, match=r"nan in epoch 1, step 2 \(label nan"):
        student.settle()


def test_the_learning_rate_of_a_step_is_that_of_its_middle() -> None:
    student = module()
    schedule: Any = student.configure_optimizers()["lr_scheduler"]["scheduler"]
    found = []
    for _ in range(3):
        found.append(student.optimizer.param_groups[0]["lr"])
        student.optimizer.step()
        schedule.step()
    assert found == pytest.approx([0.1 / (1 + epoch) for epoch in (1 / 8, 3 / 8, 5 / 8)])


def test_alpha_moves_with_the_epochs_done_at_the_middle_of_a_step() -> None:
    student = module(alpha=lambda epoch: 8 * epoch)
    student.training_step(batch(3), 0)
    student.training_step(batch(3), 2)
    parts = student._parts
    for part, alpha in zip(parts, (1.0, 5.0), strict=True):
        torch.testing.assert_close(part["loss"], part["label"] + alpha * part["aspect"])


def test_averaged_weights_stay_beside_the_trained_ones() -> None:
    plain, averaged = module(), module(ema_decay=0.9)
    assert plain.judged is plain.model
    assert averaged.judged is not averaged.model
    assert not any(parameter.requires_grad for parameter in averaged.judged.parameters())
    assert len(averaged.optimizer.param_groups[0]["params"]) == len(list(averaged.model.parameters()))
