"""From `--arms`, `--arm` to the arms of a comparison, and what each of them trains by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makd.config.answers import QualitySettings
from makd.config.comparison import ComparisonSettings
from makd.config.training import TrainingSettings
from makd.errors import UsageError
from makd.pipeline.train import check_imitation, training_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from makd.evaluation.arms import Arm
    from makd.teachers.base import TeacherCard


def asked_arms(
    settings: ComparisonSettings, teacher: TeacherCard | None, reading: QualitySettings | None
) -> Sequence[Arm]:
    """Return the arms asked for, or those that go with the teacher.

    Raises:
        UsageError: an arm is impossible, or reads the answers in an impossible way, or no arm imitates the
            vision teacher that is named.
    """
    from makd.evaluation.arm_definitions import default_arms, parse_arms
    from makd.evaluation.arms import PSEUDO

    arms = parse_arms(settings.arms or default_arms(teacher), settings.arm, teacher=teacher)
    if settings.vision_teacher is not None and not any(arm.method for arm in arms):
        raise UsageError(
            "--vision-teacher: no arm imitates it. Ask for some that do: --arms base,makd,kd,kd+makd."
        )
    for arm in arms:
        if arm.answers == PSEUDO and settings.unlabeled is None:
            raise UsageError(f"arm {arm.name!r} names pictures without labels: give some by --unlabeled.")
        if reading is not None:
            arm.reading(reading)
    return arms


def own_settings(arms: Sequence[Arm], settings: ComparisonSettings) -> list[TrainingSettings]:
    """Return what each arm trains by.

    Raises:
        UsageError: an arm has impossible settings, or none imitates anybody where that is asked for.
    """
    shaped = training_settings(settings)
    students = [arm.settings(shaped, settings.seed) for arm in arms]
    check_imitation(settings, students)
    return students
