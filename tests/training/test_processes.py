"""Two gloo processes on the CPU train as one process does, with the same batches."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file
from torch import Tensor

from makd.classification.task import ClassificationTask
from makd.config.execution import ExecutionSettings
from makd.data.samples import Catalog
from makd.errors import MakdError, UsageError
from makd.task import Batch
from makd.training.fit import fit
from makd.training.plan import TrainingPlan
from makd.training.processes import together
from makd.training.run_dir import RunDirectory
from tests.training import beside

Plans = Callable[..., Any]

VIT: dict[str, Any] = {
    "name": "vit_tiny_patch16_224",
    "kwargs": {"img_size": 24, "patch_size": 8, "embed_dim": 16, "depth": 1, "num_heads": 2},
}
"""A student without BatchNorm and without dropout."""

ONE = ExecutionSettings(logger=("none",))
TWO = ExecutionSettings(logger=("none",), devices=2)


@dataclass(frozen=True)
class Watched(ClassificationTask):
    """Keeps the loss of each training step of this process, and interrupts it in step `stop` (from 1)."""

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
def plan(
    make_plan: Plans, squares: Catalog, colour_targets: Any, finished_run: Any
) -> Callable[..., TrainingPlan]:
    """Plans with uneven batches (36 pictures, 7 or 8 a batch), gaps in labels and answers, mixed pictures.

    The student imitates a vision teacher, too.
    """
    p_yes = colour_targets.p_yes.copy()
    p_yes[np.random.default_rng(1).random(p_yes.shape) < 0.3] = np.nan
    samples = [
        replace(sample, label=None, class_name=None) if sample.split == "train" and i % 7 == 0 else sample
        for i, sample in enumerate(squares.samples)
    ]

    def make(out: Path, execution: ExecutionSettings, stop: int = 0) -> TrainingPlan:
        planned: TrainingPlan = make_plan(
            out,
            task=Watched(stop=stop),
            catalog=replace(squares, samples=tuple(samples)),
            targets=replace(colour_targets, p_yes=p_yes),
            model=VIT,
            epochs=3,
            batch_size=8,
            augment={"cutmix": 1.0, "mixup": 0.5},
            vision_teacher=str(finished_run[1].path),
            precision="float32",
        )
        return replace(planned, execution=execution)

    return make


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one_and_a_run_may_change_hands(plan: Any, tmp_path: Path) -> None:
    """Five steps an epoch: one process is cut off in the second, two in the third, and one ends the run."""
    alone = fit(plan(tmp_path / "alone", ONE), threads=1)
    of_one, found = losses.copy(), []
    assert len(of_one) == 3 * 5
    handler = signal.getsignal(signal.SIGINT)
    for execution, stop in ((ONE, 7), (TWO, 8)):
        losses.clear()
        with pytest.raises(KeyboardInterrupt):
            fit(plan(tmp_path / "shared", execution, stop), resume=True, threads=1)
        found += losses[:5]
    losses.clear()
    shared = fit(plan(tmp_path / "shared", ONE), resume=True, threads=1)
    assert found + losses == pytest.approx(of_one, rel=1e-5)
    assert signal.getsignal(signal.SIGINT) is handler
    for one, both in zip(alone.metrics(), shared.metrics(), strict=True):
        names = sorted(one.keys() - {"train_seconds", "images_per_second"})
        assert [both[name] for name in names] == pytest.approx([one[name] for name in names], rel=1e-4)
    assert_close_weights(alone, shared)
    assert shared.config() == alone.config()


def assert_close_weights(a: RunDirectory, b: RunDirectory) -> None:
    ours, theirs = load_file(a.weights_file), load_file(b.weights_file)
    assert ours.keys() == theirs.keys()
    for name, weight in ours.items():
        torch.testing.assert_close(weight, theirs[name], rtol=1e-4, atol=1e-4)


def test_what_fails_in_another_process_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with (
        pytest.raises(MakdError, match=r"^Process 2 of 2: no such model"),
        together(beside.without_model, (), 2, threads=1),
    ):
        raise AssertionError
    with (
        pytest.raises(MakdError, match=r"Process 2 of 2: ValueError: it broke\..*--resume"),
        together(beside.broken, (), 2, 1) as place,
    ):
        place.total(torch.ones(1))
    with (
        pytest.raises(MakdError, match="Process 2 of 2: it was killed by signal 9"),
        together(beside.killed, (), 2, threads=1) as place,
    ):
        place.total(torch.ones(1))
    assert capfd.readouterr() == ("", "")
    assert dist.is_initialized() is False


def test_batches_that_cannot_be_shared_are_refused(make_plan: Plans, tmp_path: Path) -> None:
    many = replace(make_plan(tmp_path / "run"), execution=ExecutionSettings(devices=10))
    with pytest.raises(UsageError, match=r"--devices 10: batches of 9 pictures are too small"):
        fit(many)
    assert not (tmp_path / "run").exists()
