"""`makd compare`: every arm over several seeds, judged side by side; `makd report`: its page."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from makd.config.answers import AnswersSettings
from makd.config.asking import AskingSettings
from makd.config.commands import CompareCommand, ReportCommand
from makd.config.comparison import ComparisonSettings
from makd.config.execution import ExecutionSettings
from makd.config.training import TrainingSettings
from makd.errors import UsageError
from makd.pipeline import outputs
from makd.pipeline.answered import read_answers
from makd.pipeline.arms import asked_arms, own_settings
from makd.pipeline.aspects import judge_held_out
from makd.pipeline.catalog import add_unlabelled, pick_task
from makd.pipeline.duplicates import find_duplicates
from makd.pipeline.opening import open_asked
from makd.pipeline.references import check_references, judge_references
from makd.pipeline.shrinkage import with_chosen_strength
from makd.pipeline.train import (
    check_model,
    check_questions,
    check_vision_teachers,
    checked_execution,
    training_settings,
)
from makd.pipeline.worlds import World, each, open_catalogs, repetitions, with_answers
from makd.progress import Progress, Silent
from makd.storage import write_json
from makd.task import Task, judged_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from makd.evaluation.arms import Arm
    from makd.evaluation.repetitions import Repetition
    from makd.teachers.base import Teacher


MAY_CHANGE = frozenset({"arms", "arm", "seeds", "fractions", "references", "teacher"})
"""What another comparison in the same directory may have otherwise: its runs are known by their configs."""


def compare(settings: CompareCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Train and compare the arms, write results and page to `settings.out`, return the results."""
    progress = progress or Silent()
    check_questions(settings.questions, settings.answers)
    if settings.teacher is not None and "naming" not in settings.references:
        raise UsageError(
            "--teacher: it is asked for the class of test pictures alone; add --references naming. Whose "
            "answers are learnt is said by --answers."
        )
    catalogs = open_catalogs(settings, settings.data, progress)
    task = judged_by(pick_task(settings.data), settings.metric, len(catalogs[0].classes))
    duplicates = find_duplicates(catalogs[0], settings.data.check_duplicates, progress)
    catalogs = each(catalogs, partial(add_unlabelled, folder=settings.unlabeled, progress=progress))
    check_model(settings.model, settings.image_size, task, catalogs[0], progress)
    execution = checked_execution(settings)
    read = None
    if settings.answers is not None:
        read = partial(read_answers, settings.answers, settings.questions, progress=progress)
    worlds = with_answers(catalogs, read)
    answered = worlds[0].answered
    arms = asked_arms(settings, answered.teacher if answered else None, settings.answers)
    check_vision_teachers(own_settings(arms, settings), catalogs[0], progress)
    teacher = open_asked(settings.teacher, progress) if settings.teacher else None
    check_references(settings.references, worlds, teacher)
    outputs.claim(settings.out, "compare", settings, overwrite=settings.overwrite, may_change=MAY_CHANGE)
    return compare_arms(
        settings,
        arms,
        task,
        worlds,
        settings.out,
        execution=execution,
        duplicates=duplicates,
        teacher=teacher,
        progress=progress,
    )


def compare_arms(
    settings: ComparisonSettings,
    arms: Sequence[Arm],
    task: Task,
    worlds: Sequence[World],
    out: Path,
    *,
    execution: ExecutionSettings,
    labelling: dict[str, Any] | None = None,
    duplicates: dict[str, Any] | None = None,
    teacher: Teacher | None = None,
    asking: AskingSettings | None = None,
    progress: Progress,
) -> dict[str, Any]:
    """Compare the arms; write `results.json`, the runs and `report.html` under `out`.

    Args:
        settings: of the comparison.
        arms: what is compared.
        task: the kind of problem, with the metric that decides.
        worlds: pictures and answers of each repetition.
        out: directory of the comparison.
        execution: how its runs are carried out; trials are so as usual.
        labelling: what the answers cost: `seconds`, `images`.
        duplicates: what `find_duplicates` has found, kept with the results.
        teacher: who is asked for the class of the test images, where that is a reference.
        asking: when asking it stops; the defaults when None.
        progress: told of every run.
    """
    from makd.evaluation.compare import RESULTS
    from makd.evaluation.compare import compare as compare_runs
    from makd.evaluation.tuning import tune
    from makd.report.page import write_report

    shaped = training_settings(settings)
    readings = _readings(settings, shaped, arms, task, worlds[0], out, progress)
    whole = repetitions(worlds, readings, seed=shaped.seed)
    references = judge_references(
        settings.references,
        worlds,
        out,
        teacher=teacher,
        asking=asking or AskingSettings(),
        labelling=labelling,
        progress=progress,
    )
    jobs, tuning = settings.jobs, None
    if settings.tune:
        trials, place = settings.tune, out / "tuning"
        arms, tuning = tune(
            task, whole[0], arms, shaped, trials=trials, out=place, jobs=jobs, progress=progress
        )
    less = {
        share: repetitions(worlds, readings, seed=shaped.seed, share=share)
        for share in settings.fractions
        if share < 1
    }
    results = compare_runs(
        task, whole, arms, shaped, out=out, execution=execution, less=less, jobs=jobs, progress=progress
    )
    results["cost"] |= _cost_of_answers(labelling)
    results |= {
        **_teacher_and_examples(worlds[0], whole[0]),
        "duplicates": duplicates,
        "vary": settings.vary,
        "tuning": tuning,
        "aspects": judge_held_out(out, arms, whole, worlds, progress),
        "references": references,
    }
    write_json(out / RESULTS, results)
    write_report(out)
    return results


def _readings(
    settings: ComparisonSettings,
    shaped: TrainingSettings,
    arms: Sequence[Arm],
    task: Task,
    world: World,
    out: Path,
    progress: Progress,
) -> dict[str, AnswersSettings]:
    """Return how each arm reads the answers, the strength of shrinkage chosen; nothing without answers."""
    from makd.evaluation.arms import Arm
    from makd.training.plan import TrainingPlan

    catalog, answered = world
    if answered is None:
        return {}
    read = answered.read

    def settled(reading: AnswersSettings, arm: Arm, trials: Path) -> AnswersSettings:
        own = arm.settings(shaped, shaped.seed)

        def plan(tried: AnswersSettings, run: Path) -> TrainingPlan:
            return TrainingPlan(task, catalog, read(tried), own, run)

        return with_chosen_strength(reading, plan, trials, jobs=settings.jobs, progress=progress)

    shared = settled(answered.settings, Arm("makd", "makd"), out / "shrinkage")
    return {
        arm.name: settled(arm.reading(shared), arm, out / f"shrinkage-{arm.name}")
        if arm.reads_otherwise
        else shared
        for arm in arms
    }


def _cost_of_answers(labelling: Mapping[str, Any] | None) -> dict[str, Any]:
    spent = labelling or {}
    return {"labelling_seconds": spent.get("seconds"), "images_asked": spent.get("images")}


def _teacher_and_examples(world: World, repetition: Repetition) -> dict[str, Any]:
    """Return who answered, and some pictures with their answers; neither where there are no answers."""
    from makd.report.examples import pick_examples

    shown = next(iter(repetition.answers.values()), None)
    return {
        "teacher": asdict(world.answered.teacher) if world.answered else None,
        "examples": pick_examples(world.catalog, shown) if shown else [],
    }


def report(settings: ReportCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Write a page of each comparison, or one of them all to `settings.out`; return where the pages are."""
    from makd.report.page import write_report, write_reports

    if settings.out is not None:
        return {"reports": [str(write_reports(settings.directories, settings.out))]}
    return {"reports": [str(write_report(directory)) for directory in settings.directories]}
