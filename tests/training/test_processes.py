"""Two gloo processes on the CPU train as one process does, with the same batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch.distributed as dist
from torch import Tensor

from makd.classification.task import ClassificationTask
from makd.config.execution import ExecutionSettings
from makd.data.samples import Catalog
from makd.task import Batch
from makd.training.fit import fit
from makd.training.plan import TrainingPlan

Plans = Callable[..., Any]

VIT: dict[str, Any] = {
    "name": "vit_tiny_patch16_224",
    "kwargs": {"img_size": 24, "patch_size": 8, "embed_dim": 16, "depth": 1, "num_heads": 2},
}
"""A student without BatchNorm and without dropout."""

TWO = ExecutionSettings(devices=2, logger=("none",))


@dataclass(frozen=True)
class Watched(ClassificationTask):
    """Keeps the loss of each training step of this process, and interrupts it before step `stop` (from 1)."""

    stop: int = 0

    def loss(self, outputs: Tensor, batch: Batch, **kwargs: Any) -> dict[str, Tensor]:
        parts = super().loss(outputs, batch, **kwargs)
        if outputs.requires_grad:
            losses.append(float(parts["loss"].detach()))
            if len(losses) == self.stop:
                raise KeyboardInterrupt
        return parts


losses: list[float] = []


@pytest.fixture(autouse=True)
def _from_step_one() -> Iterator[None]:
    losses.clear()
    yield
    assert not dist.is_initialized()


@pytest.fixture
def plan(make_plan: Plans, squares: Catalog, colour_targets: Any) -> Callable[..., TrainingPlan]:
    """Plans with uneven batches (36 pictures, 7 or 8 a batch), gaps in labels and answers, and mixed pictures."""
    p_yes = colour_targets.p_yes.copy()
    p_yes[np.random.default_rng(1).random(p_yes.shape) < 0.3] = np.nan
    samples = [
        replace(sample, label=None, class_name=None) if sample.split == "train" and i % 7 == 0 else sample
        for i, sample in enumerate(squares.samples)
    ]

    def make(
        out: Path, stop: int = 0, execution: ExecutionSettings = ExecutionSettings(), **changes: Any
    ) -> Any:
        shaped: dict[str, Any] = {
            "model": VIT,
            "epochs": 2,
            "batch_size": 8,
            "augment": {"cutmix": 1.0, "mixup": 0.5},
            "precision": "float32",
            **changes,
        }
        planned = make_plan(
            out,
            task=Watched(stop=stop),
            catalog=replace(squares, samples=tuple(samples)),
            targets=replace(colour_targets, p_yes=p_yes),
            **shaped,
        )
        return replace(planned, execution=execution)

    return make


def test_two_processes_have_the_losses_of_one_and_resume(plan: Any, tmp_path: Path) -> None:
    alone = fit(plan(tmp_path / "alone"), threads=1)
    of_one = losses.copy()
    losses.clear()
    both = fit(plan(tmp_path / "both", execution=TWO), threads=1)
    print(np.abs(np.array(losses) - np.array(of_one)).max())
    assert losses == pytest.approx(of_one, rel=1e-5)
    assert len(losses) == 2 * 5
