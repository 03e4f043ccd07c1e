"""A stand-in for training: in no time it leaves a run directory whose figures follow from the plan alone."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from makd.config.training import TrainingSettings
from makd.data.samples import Catalog, Sample
from makd.errors import MakdError
from makd.progress import Silent
from makd.storage import write_json
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory
from makd.training.targets import Targets

CHANCE = {
    "": 0.5,
    "base": 0.55,
    "makd": 0.75,
    "shuffled": 0.7,
    "random": 0.55,
    "classmean": 0.68,
    "permuted": 0.5,
}
SETTINGS = TrainingSettings.model_validate({"epochs": 3, "image_size": 8, "model": {"name": "resnet10t"}})


@dataclass(frozen=True)
class FakeTask:
    name: str = "classification"
    metric: str = "top1"

    def metrics(self, classes: int) -> dict[str, None]:
        return {"top1": None, "mean_per_class": None, "top5": None}

    def build(self, model: str, **_: object) -> None:
        if model == "resnet0":
            raise MakdError("no such model")


def make_catalog(root: Path, classes: int = 6, per_split: int = 10) -> Catalog:
    """Return a catalog of pictures that are nowhere."""
    samples = tuple(
        Sample(f"{split}/c{c}/{i:02d}.png", root / split / f"c{c}" / f"{i:02d}.png", c, f"c{c}", split)
        for split in ("train", "val", "test")
        for c in range(classes)
        for i in range(per_split + (c if split == "test" else 0))
    )
    return Catalog("toy", root, tuple(f"c{c}" for c in range(classes)), samples)


def make_answers(catalog: Catalog, questions: int = 3) -> Targets:
    """Return answers about the training images."""
    keys = tuple(sample.key for sample in catalog.of("train"))
    p_yes = np.random.default_rng(0).random((len(keys), questions)).astype(np.float32)
    ids = tuple(f"q{q}" for q in range(questions))
    return Targets(
        ids, tuple(f"hash{q}" for q in range(questions)), keys, p_yes, tuple(f"Is it {i}?" for i in ids)
    )


def fit(
    plan: TrainingPlan, *, resume: bool = False, threads: int | None = None, progress: object = Silent()
) -> RunDirectory:
    """Leave what training leaves."""
    run = RunDirectory(plan.out)
    run.write_start(plan.config())
    rng = np.random.default_rng([plan.settings.seed, len(plan.arm)])
    chance = CHANCE.get(plan.arm, 0.6)
    lines = []
    for epoch in range(1, plan.settings.epochs + 1):
        line = {
            "epoch": epoch,
            "train_loss": 2 / epoch + rng.random() * 0.1,
            "train_label": 1.5 / epoch,
            "train_seconds": 2.0,
            "val_top1": chance * (1 - 0.5 / epoch) + rng.random() * 0.02,
            "val_label_loss": 1.6 / epoch + rng.random() * 0.1,
        }
        if plan.targets:
            line |= {"train_aspect": 0.6 / epoch + 0.2, "val_aspect_loss": 0.7 / epoch + 0.2}
        lines.append(line)
    run.write_metrics(lines)
    images = plan.catalog.of("test")
    labels = np.array([image.label for image in images])
    right = rng.random(len(images)) < chance
    predictions = np.where(right, labels, (labels + 1) % len(plan.catalog.classes))
    run.write_predictions(
        tuple(image.key for image in images), labels, predictions, np.full(len(images), 0.9)
    )
    by_class = [float(right[labels == c].mean()) for c in range(len(plan.catalog.classes))]
    figures = {"top1": float(right.mean()), "mean_per_class": float(np.mean(by_class)), "top5": 0.97}
    write_json(run.evaluation_file, {"split": "test", "n": len(images), **figures, "threads": threads})
    return run


def fit_but_not_shuffled(plan: TrainingPlan, **options: object) -> RunDirectory:
    """Fail on the arm `shuffled`."""
    os.write(1, b"begun\n")
    if plan.arm == "shuffled":
        raise MakdError("the loss is no longer a number")
    return fit(plan)


def fit_but_die(plan: TrainingPlan, **options: object) -> RunDirectory:
    """End the process on the arm `random`, as the system does when memory is out."""
    if plan.arm == "random":
        os._exit(9)
    return fit(plan)


def fit_until_stopped(plan: TrainingPlan, **options: object) -> RunDirectory:
    """Say by a pipe beside the run's directory which process this is, wait to be told to stop, and save."""
    try:
        plan.out.with_suffix(".fifo").write_text(str(os.getpid()))
        threading.Event().wait(60)
    except KeyboardInterrupt:
        plan.out.mkdir()
        (plan.out / "saved").touch()
        raise
    return RunDirectory(plan.out)


def carry_out(plans: object, *, told: object, **_: object) -> None:
    """Stand in for `makd.evaluation.jobs.carry_out`: fake runs need no processes."""
    for plan in plans:
        fit(plan)
        told(plan, 2.0)


def make_catalog_named(source: str) -> Catalog:
    """Return a small catalog of another source."""
    return replace(make_catalog(Path(source), classes=2, per_split=2), source=source)
