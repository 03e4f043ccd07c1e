"""An honest comparison: every arm over the same seeds, on the same images, judged once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from makd.config.settings import TrainingSettings
from makd.data.samples import Catalog
from makd.data.unlabelled import labelled
from makd.errors import UsageError, did_you_mean
from makd.evaluation.arms import Arm
from makd.evaluation.jobs import Fit, carry_out
from makd.evaluation.results import tabulate, training_seconds
from makd.progress import Progress, Silent
from makd.storage import write_json
from makd.task import Task
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory
from makd.training.targets import Targets

if TYPE_CHECKING:
    from makd.teachers.base import TeacherCard

RESULTS = "results.json"


def compare(
    task: Task,
    catalog: Catalog,
    answers: Targets | None,
    arms: Sequence[Arm],
    settings: TrainingSettings,
    *,
    seeds: int,
    out: Path,
    own_answers: Mapping[str, Targets] = MappingProxyType({}),
    metric: str | None = None,
    jobs: int | None = None,
    labelling: Mapping[str, Any] | None = None,
    duplicates: Mapping[str, Any] | None = None,
    teacher: TeacherCard | None = None,
    examples: Sequence[Mapping[str, Any]] = (),
    fit: Fit | None = None,
    progress: Progress = Silent(),
) -> dict[str, Any]:
    """Train every arm over several seeds and write `out/results.json`; finished runs of equal config stay.

    All arms of a seed are trained from that seed, so they share the initial backbone and class rows, the data
    order and the augmentation draws. Validation chooses each run's epoch; test is judged once a run.

    Args:
        task: the kind of problem, a dataclass with the field `metric`.
        catalog: the pictures, with their splits.
        answers: the teacher's answers, as P(yes); None when no arm learns any.
        arms: see `makd.evaluation.arms.parse_arms`.
        settings: shared by all arms; the seeds are `settings.seed` and those after it.
        seeds: runs an arm.
        out: directory of the comparison.
        own_answers: the answers as some arms read them, by the arm's name.
        metric: which metric chooses epochs and decides; None for the task's own.
        jobs: runs side by side; None for one a core or GPU.
        labelling: what the answers cost: `seconds`, `images`.
        duplicates: pictures that stand in two splits, kept with the results.
        teacher: who answered.
        examples: pictures with their answers for the report (`makd.report.examples.pick_examples`).
        fit: trains one plan; `makd.training.fit.fit` when None.
        progress: told of every run.

    Returns:
        What `results.json` holds; metrics are fractions of 1.

    Raises:
        UsageError: the metric, an arm's settings or a model is impossible, or a directory holds another run.
        MakdError: runs failed.
    """
    measured = task.metrics(len(catalog.classes))
    metrics = sorted(map(str, measured.keys()))
    deciding = [name for name in metrics if getattr(measured[name], "higher_is_better", True)]
    task = _judged_by(task, metric, deciding)
    read = {arm.name: own_answers.get(arm.name, answers) for arm in arms}
    plans = _plans(task, catalog, read, arms, settings, range(settings.seed, settings.seed + seeds), out)
    _check(plans)
    _say_unlabelled(catalog, arms, progress)
    missing = [plan for plan in plans if not RunDirectory(plan.out).finished]
    if len(missing) < len(plans):
        progress.say(f"{len(plans) - len(missing)} of {len(plans)} runs are there already.")
    carry_out(
        missing,
        jobs=jobs,
        logs=out / "logs",
        fit=fit or _prepared_fit(missing, progress),
        told=lambda plan, seconds: progress.say(_sentence(plan, seconds)),
        progress=progress,
    )
    runs = {arm.name: [RunDirectory(p.out) for p in plans if p.arm == arm.name] for arm in arms}
    results = {
        "task": task.name,
        "data": catalog.source,
        **tabulate(arms, runs, task.metric, metrics, catalog.classes),
        "cost": {"training_seconds": training_seconds(runs), **_labelling(labelling)},
        "seeds": [settings.seed + i for i in range(seeds)],
        "splits": catalog.sizes(),
        "duplicates": duplicates,
        "classes": len(catalog.classes),
        "variants": {arm.name: {"control": arm.control, "overrides": dict(arm.overrides)} for arm in arms},
        "settings": settings.model_dump(mode="json"),
        "teacher": dataclasses.asdict(teacher) if teacher else None,
        "questions": _questions(answers),
        "examples": list(examples),
    }
    write_json(out / RESULTS, results)
    return results


def run_directory(out: Path, arm: str, seed: int) -> RunDirectory:
    """Return where the comparison in `out` keeps a run."""
    return RunDirectory(out / "runs" / f"{arm}-{seed}")


def _judged_by(task: Task, metric: str | None, metrics: Sequence[str]) -> Task:
    if metric is None:
        return task
    if metric not in metrics:
        raise UsageError(
            f"metric: {task.name} is decided by {', '.join(metrics)}, not {metric!r}."
            f"{did_you_mean(metric, metrics)}"
        )
    return cast(Task, dataclasses.replace(cast(Any, task), metric=metric))


def _plans(
    task: Task,
    catalog: Catalog,
    answers: Mapping[str, Targets | None],
    arms: Sequence[Arm],
    settings: TrainingSettings,
    seeds: range,
    out: Path,
) -> list[TrainingPlan]:
    """Return the runs, all arms of the first seed before the second: what is done early says most."""
    own = {arm.name: catalog if arm.takes_unlabelled else labelled(catalog) for arm in arms}
    return [
        TrainingPlan(
            task=task,
            catalog=own[arm.name],
            targets=arm.targets(answers[arm.name], own[arm.name].of("train"), seed),
            settings=arm.settings(settings, seed),
            out=run_directory(out, arm.name, seed).path,
            arm=arm.name,
        )
        for seed in seeds
        for arm in arms
    ]


def _say_unlabelled(catalog: Catalog, arms: Sequence[Arm], progress: Progress) -> None:
    """Tell which arms have no use of pictures without labels."""
    number = len(catalog.samples) - len(labelled(catalog).samples)
    without = [arm.name for arm in arms if not arm.takes_unlabelled]
    if number and without:
        progress.say(
            f"The {number} pictures without labels are of no use to {', '.join(without)}: left out there."
        )


def _check(plans: Sequence[TrainingPlan]) -> None:
    """Find what would stop a run before any begins: a model that there is not, a directory of another run."""
    from makd.training.vision_teacher import open_distiller

    students = {}
    for plan in plans:
        questions = len(plan.targets.question_ids) if plan.targets else 0
        students[plan.settings.model.model_dump_json(), questions] = plan
        run = RunDirectory(plan.out)
        if run.config_file.is_file() and run.config() != plan.config():
            raise UsageError(
                f"{plan.out} holds a run of other settings, data or answers. "
                "Choose another --out, or --overwrite to replace it."
            )
    teachers = {
        (str(plan.settings.vision_teacher), plan.settings.kd.name): plan for plan in plans
    }  # each opened once, before the long work
    for plan in teachers.values():
        open_distiller(plan.settings, plan.catalog)
    for (_, questions), plan in students.items():
        model = plan.settings.model
        plan.task.build(
            model.name,
            classes=len(plan.catalog.classes),
            questions=questions,
            weights=model.weights,
            kwargs=model.kwargs,
        )


def _prepared_fit(plans: Sequence[TrainingPlan], progress: Progress) -> Fit:
    """Return makd's own training, having told once what all runs meet: pictures, gaps in answers."""
    from makd.training.fit import fit, open_pictures

    for plan in {
        p.settings.image_size: p for p in sorted(plans, key=lambda p: p.targets is not None)
    }.values():
        open_pictures(plan, progress)
    return fit


def _sentence(plan: TrainingPlan, seconds: float) -> str:
    value = RunDirectory(plan.out).evaluation()[plan.task.metric]
    return f"{plan.arm}, seed {plan.settings.seed}: {plan.task.metric} {100 * value:.1f} % ({seconds:.0f} s)"


def _labelling(labelling: Mapping[str, Any] | None) -> dict[str, Any]:
    spent = labelling or {}
    return {"labelling_seconds": spent.get("seconds"), "images_asked": spent.get("images")}


def _questions(answers: Targets | None) -> list[dict[str, str]]:
    if answers is None:
        return []
    texts = answers.question_texts or answers.question_ids
    return [{"id": id_, "text": text} for id_, text in zip(answers.question_ids, texts, strict=True)]
