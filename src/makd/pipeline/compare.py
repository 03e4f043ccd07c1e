"""`makd compare`: every arm over several seeds, judged side by side; `makd report`: its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from makd.config.settings import CompareCommand, ComparisonSettings, ModelSettings, ReportCommand
from makd.pipeline import outputs
from makd.pipeline.catalog import open_catalog, pick_task
from makd.pipeline.train import asked_bank, training_settings
from makd.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from makd.answers.store import AnswerStore
    from makd.data.samples import Catalog
    from makd.evaluation.arms import Arm
    from makd.questions.bank import QuestionBank
    from makd.task import Task
    from makd.teachers.base import TeacherCard


def compare(settings: CompareCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Train and compare the arms, write results and page to `settings.out`, return the results."""
    from makd.answers.store import AnswerStore

    progress = progress or Silent()
    store = AnswerStore.open(settings.answers) if settings.answers else None
    bank = asked_bank(store, settings.questions) if store else None
    arms = asked_arms(settings, store.manifest.teacher if store else None)
    task = pick_task(settings.data)
    catalog = open_catalog(settings.data, progress)
    check_model(settings.model, task, catalog)
    outputs.claim(settings.out, "compare", settings, overwrite=settings.overwrite)
    answered = (store, bank) if store and bank else None
    return compare_arms(settings, arms, task, catalog, answered, settings.out, progress=progress)


def compare_arms(
    settings: ComparisonSettings,
    arms: Sequence[Arm],
    task: Task,
    catalog: Catalog,
    answered: tuple[AnswerStore, QuestionBank] | None,
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
        answered: the answers, and which of their questions the students learn; None without answers.
        out: directory of the comparison.
        labelling: what the answers cost: `seconds`, `images`.
        progress: told of every run.
    """
    from makd.evaluation.compare import compare as compare_runs
    from makd.report.examples import pick_examples
    from makd.report.page import write_report
    from makd.training.targets import Targets

    targets, teacher, examples = None, None, []
    if answered is not None:
        store, bank = answered
        answers = store.answers(hashes=bank.hashes, source=catalog.source)
        targets, teacher = Targets.from_answers(answers, bank), store.manifest.teacher
        examples = pick_examples(catalog, targets)
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
        examples=examples,
        progress=progress,
    )
    write_report(out)
    return results


def asked_arms(settings: ComparisonSettings, teacher: TeacherCard | None) -> Sequence[Arm]:
    """Return the arms asked for, or those that go with the teacher."""
    from makd.evaluation.arms import default_arms, parse_arms

    return parse_arms(settings.arms or default_arms(teacher), settings.arm, teacher=teacher)


def check_model(model: ModelSettings, task: Task, catalog: Catalog) -> None:
    """Build the student once, so that a wrong name or argument shows before the long work.

    Raises:
        UsageError: there is no such model, or it takes no such arguments.
    """
    task.build(model.name, classes=len(catalog.classes), questions=1, kwargs=model.kwargs)


def report(settings: ReportCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Write a page of each comparison, or one of them all to `settings.out`; return where the pages are."""
    from makd.report.page import write_report, write_reports

    if settings.out is not None:
        return {"reports": [str(write_reports(settings.directories, settings.out))]}
    return {"reports": [str(write_report(directory)) for directory in settings.directories]}
