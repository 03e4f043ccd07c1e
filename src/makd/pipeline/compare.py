"""`makd compare`: every arm over several seeds, judged side by side; `makd report`: its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from makd.config.commands import CompareCommand, ReportCommand
from makd.config.settings import ComparisonSettings
from makd.pipeline import outputs
from makd.pipeline.answered import Answered, read_answers
from makd.pipeline.catalog import open_catalog, pick_task
from makd.pipeline.train import check_model, training_settings
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
    check_model(settings.model, task, catalog)
    answered = (
        read_answers(settings.answers, settings.questions, catalog.source, progress)
        if settings.answers
        else None
    )
    arms = asked_arms(settings, answered.teacher if answered else None)
    outputs.claim(settings.out, "compare", settings, overwrite=settings.overwrite)
    return compare_arms(settings, arms, task, catalog, answered, settings.out, progress=progress)


def compare_arms(
    settings: ComparisonSettings,
    arms: Sequence[Arm],
    task: Task,
    catalog: Catalog,
    answered: Answered | None,
    out: Path,
    *,
    labelling: dict[str, Any] | None = None,
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
        progress: told of every run.
    """
    from makd.evaluation.compare import compare as compare_runs
    from makd.report.examples import pick_examples
    from makd.report.page import write_report

    targets, teacher = answered or (None, None)
    results = compare_runs(
        task,
        catalog,
        targets,
        arms,
        training_settings(settings),
        seeds=settings.seeds,
        out=out,
        metric=settings.metric,
        jobs=settings.jobs,
        labelling=labelling,
        teacher=teacher,
        examples=pick_examples(catalog, targets) if targets else [],
        progress=progress,
    )
    write_report(out)
    return results


def asked_arms(settings: ComparisonSettings, teacher: TeacherCard | None) -> Sequence[Arm]:
    """Return the arms asked for, or those that go with the teacher."""
    from makd.evaluation.arms import default_arms, parse_arms

    return parse_arms(settings.arms or default_arms(teacher), settings.arm, teacher=teacher)


def report(settings: ReportCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Write a page of each comparison, or one of them all to `settings.out`; return where the pages are."""
    from makd.report.page import write_report, write_reports

    if settings.out is not None:
        return {"reports": [str(write_reports(settings.directories, settings.out))]}
    return {"reports": [str(write_report(directory)) for directory in settings.directories]}
