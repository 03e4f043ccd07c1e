"""What is the same for all arms of one repetition: the seed, the pictures with their split, the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from makd.config.execution import USUAL, ExecutionSettings
from makd.config.training import TrainingSettings
from makd.data.samples import Catalog
from makd.data.unlabelled import labelled
from makd.evaluation.arms import Arm
from makd.task import Task
from makd.training.plan import TrainingPlan
from makd.training.targets import Targets


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition of a comparison: every arm is trained once on it.

    Attributes:
        seed: of weights, order, augmentation and random controls.
        catalog: the pictures with their splits.
        answers: P(yes) as each arm reads it, by the arm's name; None where there are no answers.
    """

    seed: int
    catalog: Catalog
    answers: Mapping[str, Targets | None]

    def catalog_of(self, arm: Arm) -> Catalog:
        """Return what an arm trains on: pictures without labels only where it has a use of them."""
        return self.catalog if arm.takes_unlabelled else labelled(self.catalog)

    def plan(
        self,
        task: Task,
        arm: Arm,
        settings: TrainingSettings,
        out: Path,
        execution: ExecutionSettings = USUAL,
    ) -> TrainingPlan:
        """Return an arm's run, from settings that all arms share.

        An arm that leaves pictures without labels out takes as many steps as the others, in more epochs,
        unless it names its epochs itself: else it would be the worse for being trained less.
        """
        catalog = self.catalog_of(arm)
        targets = arm.targets(self.answers.get(arm.name), catalog.of("train"), self.seed)
        own = arm.settings(settings, self.seed)
        plan = TrainingPlan(task, self.catalog, targets, own, out, arm.name, execution)
        return replace(plan, catalog=catalog) if "epochs" in arm.overrides else plan.on(catalog)


def alike(
    seeds: Iterable[int], catalog: Catalog, answers: Targets | None, arms: Sequence[Arm]
) -> tuple[Repetition, ...]:
    """Return repetitions that differ in their seeds alone."""
    read = dict.fromkeys((arm.name for arm in arms), answers)
    return tuple(Repetition(seed, catalog, read) for seed in seeds)


def images_per_class(repetitions: Sequence[Repetition]) -> float:
    """Return the mean number of labelled training images a class, over repetitions."""
    numbers = [
        sum(sample.label is not None for sample in one.catalog.of("train")) / len(one.catalog.classes)
        for one in repetitions
    ]
    return round(float(np.mean(numbers)), 2)
