"""Trains the students of a study side by side; who has been trained already, in any study, is found again."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from makd.classification.task import ClassificationTask
from makd.config.recipes import overlay
from makd.config.training import TrainingSettings
from makd.data.samples import Catalog
from makd.evaluation.jobs import carry_out
from makd.pipeline.run import DEMO
from makd.progress import Silent
from makd.training.fit import fit
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory
from makd.training.targets import Targets

EPOCHS = 24
"""Fewer than the demo's 40, so that hundreds of students can be trained."""

SETTINGS = TrainingSettings.model_validate(
    {name: DEMO[name] for name in ("model", "alpha", "image_size")} | {"epochs": EPOCHS}
)
"""The demo's student, at the recipe's learning rate."""

TUNED = TrainingSettings.model_validate(overlay(SETTINGS.model_dump(), {"optimizer": DEMO["optimizer"]}))
"""The same at the demo's learning rate, at which `tuning` found labels alone, and MaKD, to do best."""


def lasting(epochs: int) -> dict[str, Any]:
    """Return settings for so many epochs, the warm-up in proportion to that of `SETTINGS`."""
    warmup = round(SETTINGS.schedule.warmup_epochs * epochs / SETTINGS.epochs)
    return {"epochs": epochs, "schedule": {"warmup_epochs": warmup}}


@dataclass(frozen=True, slots=True)
class Student:
    """One run.

    Attributes:
        name: what the run is called when it is told of.
        catalog: pictures.
        targets: what is learnt of a teacher; None for labels alone.
        seed: of weights, order and augmentation.
        own: settings of its own over the study's, nested; a model of its own takes the place of the study's.
    """

    name: str
    catalog: Catalog
    targets: Targets | None
    seed: int
    own: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a student.

    Attributes:
        run: where it lies.
        value: of the metric on the test pictures, in [0, 1].
        seconds: of training.
    """

    run: Path
    value: float
    seconds: float


def train(
    students: Sequence[Student],
    work: Path,
    *,
    settings: TrainingSettings = SETTINGS,
    metric: str = "top1",
    jobs: int = 2,
) -> list[Trained]:
    """Train the students, beginning in the order given; return what came of each, in that order.

    Runs lie under `work/runs`, named by a hash of all that they are made of, so equal students are trained
    once. Of a finished run the checkpoints go: they are the larger part and nothing reads them again.
    """
    task = ClassificationTask(metric=metric)
    plans = [_plan(task, student, settings, work / "runs") for student in students]
    names = {plan.out: student.name for plan, student in zip(plans, students, strict=True)}
    missing = {plan.out: plan for plan in plans if not RunDirectory(plan.out).finished}
    print(f"{len(plans)} students, {len(missing)} of them to be trained", flush=True)

    def told(plan: TrainingPlan, seconds: float) -> None:
        run = RunDirectory(plan.out)
        shutil.rmtree(run.last_file.parent, ignore_errors=True)
        print(f"{names[plan.out]}: {100 * run.evaluation()[metric]:.1f} % ({seconds:.0f} s)", flush=True)

    carry_out([*missing.values()], jobs=jobs, logs=work / "logs", fit=fit, told=told, progress=Silent())
    return [_read(RunDirectory(plan.out), metric) for plan in plans]


def _plan(task: ClassificationTask, student: Student, settings: TrainingSettings, runs: Path) -> TrainingPlan:
    shared = settings.model_dump(exclude={"model"} & student.own.keys())
    own = TrainingSettings.model_validate(overlay(shared, {**student.own, "seed": student.seed}))
    plan = TrainingPlan(task, student.catalog, student.targets, own, runs)
    made_of = hashlib.sha256(json.dumps(plan.config(), sort_keys=True).encode()).hexdigest()
    return replace(plan, out=runs / made_of[:20])


def _read(run: RunDirectory, metric: str) -> Trained:
    spent = sum(float(line["train_seconds"]) for line in run.metrics())
    return Trained(run.path, float(run.evaluation()[metric]), round(spent, 1))
