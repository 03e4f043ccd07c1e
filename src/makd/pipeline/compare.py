"""`makd compare`: every arm over several seeds, judged side by side; `makd report`: its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from makd.config.commands import CompareCommand, ReportCommand
from makd.config.settings import AnswersSettings, ComparisonSettings, QualitySettings
from makd.errors import UsageError
from makd.pipeline import outputs
from makd.pipeline.answered import Answered, read_answers
from makd.pipeline.catalog import add_unlabelled, open_catalog, pick_task
from makd.pipeline.duplicates import find_duplicates
from makd.pipeline.shrinkage import with_chosen_strength
from makd.pipeline.train import check_model, check_vision_teacher, training_settings
from makd.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from makd.data.samples import Catalog
    from makd.evaluation.arms import Arm
    from makd.task import Task
    from makd.teachers.base import TeacherCard


def compare(settings: CompareCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Train and compare the arms, write results and page to `settings.out`, return the results."""
    progress = progress or Silent()
    task = pick_task(settings.data)
    catalog = open_catalog(settings.data, progress)
    duplicates = find_duplicates(catalog, settings.data.check_duplicates, progress)
    catalog = add_unlabelled(catalog, settings.unlabeled, progress)
    check_model(settings.model, settings.image_size, task, catalog, progress)
    check_vision_teacher(settings, catalog)
    answered = (
        read_answers(settings.answers, settings.questions, catalog, progress) if settings.answers else None
    )
    arms = asked_arms(settings, answered.teacher if answered else None, settings.answers)
    outputs.claim(settings.out, "compare", settings, overwrite=settings.overwrite)
    return compare_arms(
        settings, arms, task, catalog, answered, settings.out, duplicates=duplicates, progress=progress
    )


def compare_arms(
    settings: ComparisonSettings,
    arms: Sequence[Arm],
    task: Task,
    catalog: Catalog,
    answered: Answered | None,
    out: Path,
    *,
    labelling: dict[str, Any] | None = None,
    duplicates: dict[str, Any] | None = None,
    progress: Progress,
) -> dict[str, Any]:
    """Compare the arms on a catalog; write `results.json`, the runs and `report.html` under `out`.

    Args:
        settings: of the comparison.
        arms: what is compared.
        task: the kind of problem.
        catalog: with splits.
        answered: what the students learn from; None without answers.
        out: directory of the comparison.
        labelling: what the answers cost: `seconds`, `images`.
        duplicates: what `find_duplicates` has found, kept with the results.
        progress: told of every run.
    """
    from makd.evaluation.compare import compare as compare_runs
    from makd.report.examples import pick_examples
    from makd.report.page import write_report
    from makd.training.plan import TrainingPlan

    shaped = training_settings(settings)

    def settled(answered: Answered, reading: AnswersSettings, trials: Path) -> AnswersSettings:
        def plan(tried: AnswersSettings, run: Path) -> TrainingPlan:
            return TrainingPlan(task, catalog, answered.read(tried), shaped, run)

        return with_chosen_strength(reading, plan, trials, jobs=settings.jobs, progress=progress)

    targets, own = None, {}
    if answered:
        shared = settled(answered, answered.settings, out / "shrinkage")
        targets = answered.targets if shared == answered.settings else answered.read(shared)
        own = {
            arm.name: answered.read(settled(answered, arm.reading(shared), out / f"shrinkage-{arm.name}"))
            for arm in arms
            if arm.reads_otherwise
        }
    results = compare_runs(
        task,
        catalog,
        targets,
        arms,
        shaped,
        seeds=settings.seeds,
        out=out,
        own_answers=own,
        metric=settings.metric,
        jobs=settings.jobs,
        labelling=labelling,
        duplicates=duplicates,
        teacher=answered.teacher if answered else None,
        examples=pick_examples(catalog, targets) if targets else [],
        progress=progress,
    )
    write_report(out)
    return results


def asked_arms(
    settings: ComparisonSettings, teacher: TeacherCard | None, reading: QualitySettings | None
) -> Sequence[Arm]:
    """Return the arms asked for, or those that go with the teacher.

    Raises:
        UsageError: an arm is impossible, or reads the answers in an impossible way, or no arm imitates the
            vision teacher that is named.
    """
    from makd.evaluation.arms import PSEUDO, default_arms, parse_arms

    arms = parse_arms(settings.arms or default_arms(teacher), settings.arm, teacher=teacher)
    if settings.vision_teacher is not None and not any(arm.method for arm in arms):
        raise UsageError(
            "--vision-teacher: no arm imitates it. Ask for some that do: --arms base,makd,kd,kd+makd."
        )
    shaped = training_settings(settings)
    for arm in arms:
        arm.settings(shaped, settings.seed)
        if arm.answers == PSEUDO and settings.unlabeled is None:
            raise UsageError(f"arm {arm.name!r} names pictures without labels: give some by --unlabeled.")
        if reading is not None:
            arm.reading(reading)
    return arms


def report(settings: ReportCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Write a page of each comparison, or one of them all to `settings.out`; return where the pages are."""
    from makd.report.page import write_report, write_reports

    if settings.out is not None:
        return {"reports": [str(write_reports(settings.directories, settings.out))]}
    return {"reports": [str(write_report(directory)) for directory in settings.directories]}
