"""`makd train`: one student, with or without a teacher's answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.config.answers import AnswersSettings
from makd.config.commands import TrainCommand
from makd.config.comparison import ComparisonSettings
from makd.config.execution import ExecutionSettings
from makd.config.training import ModelSettings, TrainingSettings
from makd.errors import UsageError
from makd.pipeline import outputs
from makd.pipeline.answered import read_answers
from makd.pipeline.catalog import add_unlabelled, open_catalog, pick_task
from makd.pipeline.duplicates import find_duplicates
from makd.pipeline.shrinkage import with_chosen_strength
from makd.progress import Progress, Silent

if TYPE_CHECKING:
    from makd.data.samples import Catalog
    from makd.task import Task
    from makd.training.targets import Targets


def train(settings: TrainCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Train a student into `settings.out`; return the run directory and its evaluation on the test images."""
    progress = progress or Silent()
    if not (outputs.is_new(settings.out) or settings.resume or settings.overwrite):
        raise UsageError(
            f"{settings.out} exists. Go on with it by --resume, replace it by --overwrite, "
            "or choose another --out."
        )
    if settings.unlabeled and settings.answers is None and settings.pseudo_threshold is None:
        raise UsageError(
            "--unlabeled: pictures without labels train the aspects alone; name a store that knows them by "
            "--answers, or let them be named by --pseudo-threshold."
        )
    check_questions(settings.questions, settings.answers)
    check_imitation(settings, [settings])
    catalog = open_catalog(settings.data, progress)

    from makd.training.fit import fit
    from makd.training.plan import TrainingPlan

    execution = checked_execution(settings)
    duplicates = find_duplicates(catalog, settings.data.check_duplicates, progress)
    catalog = add_unlabelled(catalog, settings.unlabeled, progress)
    task = pick_task(settings.data)
    check_model(settings.model, settings.image_size, task, catalog, progress)
    check_vision_teachers([settings], catalog)
    answered = (
        read_answers(settings.answers, settings.questions, catalog, progress) if settings.answers else None
    )
    if settings.overwrite:
        outputs.clear(settings.out)
    shaped = training_settings(settings)

    def plan(targets: Targets | None, out: Path) -> TrainingPlan:
        return TrainingPlan(task=task, catalog=catalog, targets=targets, settings=shaped, out=out)

    targets = answered.targets if answered else None
    if answered and answered.settings.shrink == "auto":
        chosen = with_chosen_strength(
            answered.settings,
            lambda reading, out: plan(answered.read(reading), out),
            settings.out.with_name(f"{settings.out.name}-shrinkage"),
            overwrite=settings.overwrite,
            progress=progress,
        )
        targets = answered.read(chosen)
    planned = replace(plan(targets, settings.out), execution=execution)
    run = fit(planned, resume=settings.resume, progress=progress)
    return {"run": str(run.path), **run.evaluation(), "duplicates": duplicates}


def check_model(
    model: ModelSettings, image_size: int, task: Task, catalog: Catalog, progress: Progress
) -> None:
    """Build the student once, so that a wrong name or argument shows before the long work.

    Args:
        model: which one.
        image_size: pixels of a side.
        task: the kind of problem.
        catalog: the pictures, for their classes.
        progress: told what of a file of weights did not fit.

    Raises:
        UsageError: there is no such model, it takes no such arguments, or its weights or stages are not such.
    """
    from makd.students.build import sized
    from makd.students.freeze import freeze

    student = task.build(
        model.name,
        classes=len(catalog.classes),
        questions=1,
        weights=model.weights,
        kwargs=sized(model.name, image_size, model.kwargs),
        progress=progress,
    )
    if model.freeze is not None:
        freeze(student, model.freeze)


def check_questions(questions: str | None, answers: AnswersSettings | None) -> None:
    """Refuse a bank that would change nothing.

    Raises:
        UsageError: there are no answers for it to select.
    """
    if questions is not None and answers is None:
        raise UsageError("--questions selects answers of a store: name one by --answers.")


def check_imitation(settings: TrainingSettings, students: Iterable[TrainingSettings]) -> None:
    """Refuse settings of an imitation that nobody carries out.

    Args:
        settings: what was asked for.
        students: what each student trains by.

    Raises:
        UsageError: no student has a vision teacher.
    """
    fields = TrainingSettings.model_fields
    idle = [name for name in ("kd", "beta") if getattr(settings, name) != fields[name].default]
    if idle and all(one.vision_teacher is None for one in students):
        raise UsageError(f"--{idle[0]}: nobody is imitated; name a vision teacher by --vision-teacher.")


def check_vision_teachers(
    students: Iterable[TrainingSettings], catalog: Catalog, progress: Progress = Silent()
) -> None:
    """Open each vision teacher once, as it will be imitated, so that a wrong one shows before the long work.

    Args:
        students: settings of those who imitate one, or none.
        catalog: the pictures and their classes.
        progress: told what is not sure.

    Raises:
        UsageError: there is no such teacher, or it does not go with the data.
        MakdError: its weights cannot be had.
    """
    from makd.training.vision_teacher import open_distiller

    imitating = [one for one in students if one.vision_teacher is not None]
    for one in {(str(one.vision_teacher), one.kd.name): one for one in imitating}.values():
        open_distiller(one, catalog, progress)


def training_settings(settings: TrainingSettings) -> TrainingSettings:
    """Return the part of a command's settings that shapes a trained student."""
    return TrainingSettings.model_validate(settings.model_dump(include=set(TrainingSettings.model_fields)))


def checked_execution(settings: TrainCommand | ComparisonSettings) -> ExecutionSettings:
    """Return the part of a command's settings that says how its runs are carried out.

    Raises:
        UsageError: GPUs or packages are missing.
    """
    from makd.training.fit import check_execution

    told = settings.model_dump(include=set(ExecutionSettings.model_fields))
    execution = ExecutionSettings.model_validate(told)
    check_execution(execution, settings.precision)
    return execution
