"""An honest comparison: every arm over the same seeds, on the same images, judged once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from makd.config.execution import USUAL, ExecutionSettings
from makd.config.training import TrainingSettings
from makd.data.unlabelled import labelled
from makd.errors import UsageError
from makd.evaluation.arms import Arm
from makd.evaluation.hits import Runs
from makd.evaluation.jobs import Fit, carry_out
from makd.evaluation.repetitions import Repetition, images_per_class
from makd.evaluation.results import arithmetic, figures, tabulate, training_seconds
from makd.progress import Progress, Silent
from makd.storage import write_text
from makd.task import Task
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory
from makd.training.targets import Targets

if TYPE_CHECKING:
    from makd.data.samples import Catalog

RESULTS = "results.json"
WORK = "work.jsonl"
"""A line for each start that trained something: what its runs took side by side."""


def compare(
    task: Task,
    repetitions: Sequence[Repetition],
    arms: Sequence[Arm],
    settings: TrainingSettings,
    *,
    out: Path,
    execution: ExecutionSettings = USUAL,
    less: Mapping[float, Sequence[Repetition]] = MappingProxyType({}),
    jobs: int | None = None,
    fit: Fit | None = None,
    progress: Progress = Silent(),
) -> dict[str, Any]:
    """Train every arm in every repetition and judge it; finished runs of equal config stay.

    All arms of a repetition are trained from its seed, so they share the initial backbone and class rows, the
    data order and the augmentation draws. Validation chooses each run's epoch; test is judged once a run.

    Args:
        task: the kind of problem, with the metric that chooses epochs and decides.
        repetitions: seeds, pictures and answers; see `makd.evaluation.repetitions.alike`.
        arms: see `makd.evaluation.arm_definitions.parse_arms`.
        settings: shared by all arms; the seed is the repetition's.
        out: directory of the comparison.
        execution: how every run is carried out.
        less: the same repetitions with a share of their training images, by the share.
        jobs: runs side by side; None for one a core or GPU.
        fit: trains one plan; `makd.training.fit.fit` when None.
        progress: told of every run.

    Returns:
        The part of `results.json` that the runs tell; metrics are fractions of 1.

    Raises:
        UsageError: an arm's settings or a model is impossible, or a directory holds another run.
        MakdError: runs failed.
    """
    catalog = repetitions[0].catalog
    metrics = sorted(map(str, task.metrics(len(catalog.classes)).keys()))
    shares = {1.0: repetitions, **less}
    by_share = {
        share: _plans(task, shares[share], arms, settings, out, share, execution) for share in sorted(shares)
    }
    _say_unlabelled(catalog, arms, progress)
    _train(by_share, jobs=jobs, out=out, fit=fit, progress=progress)
    runs = {share: _runs(plans, arms) for share, plans in by_share.items()}
    return {
        "task": task.name,
        "data": ", ".join(dict.fromkeys(one.catalog.source for one in repetitions)),
        **tabulate(arms, runs[1.0], task.metric, metrics, catalog.classes),
        "curve": [
            {
                "share": share,
                "images_per_class": images_per_class(shares[share]),
                **figures(arms, of_share, task.metric),
            }
            for share, of_share in (runs.items() if less else ())
        ],
        "cost": {
            "training_seconds": training_seconds(runs[1.0]),
            "work": [json.loads(line) for line in _lines(out / WORK)],
        },
        "arithmetic": arithmetic(runs[1.0]),
        "seeds": [one.seed for one in repetitions],
        "splits": catalog.sizes(),
        "classes": len(catalog.classes),
        "variants": {arm.name: _variant(arm, by_share[1.0]) for arm in arms},
        "settings": settings.model_dump(mode="json"),
        "questions": _questions(repetitions[0].answers.values()),
    }


def run_directory(out: Path, arm: str, seed: int, share: float = 1.0) -> RunDirectory:
    """Return where the comparison in `out` keeps a run; `share` is that of the training images."""
    return RunDirectory(out / "runs" / (f"{arm}-{seed}" if share == 1 else f"{arm}-{seed}@{share:g}"))


def _variant(arm: Arm, plans: Sequence[TrainingPlan]) -> dict[str, Any]:
    """Return what an arm is, with the epochs that each of its runs lasts."""
    epochs = max(plan.settings.epochs for plan in plans if plan.arm == arm.name)
    own = {"overrides": dict(arm.overrides), "tuned": dict(arm.tuned)}
    return {"control": arm.control, **own, "epochs": epochs}


def _train(
    by_share: Mapping[float, Sequence[TrainingPlan]],
    *,
    jobs: int | None,
    out: Path,
    fit: Fit | None,
    progress: Progress,
) -> None:
    """Carry out the plans that are not done yet, the first repetition of all shares before the second."""
    plans = sorted((plan for plans in by_share.values() for plan in plans), key=lambda p: p.settings.seed)
    _check(plans)
    missing = [plan for plan in plans if not RunDirectory(plan.out).finished]
    if len(missing) < len(plans):
        progress.say(f"{len(plans) - len(missing)} of {len(plans)} runs are there already.")
    work = carry_out(
        missing,
        jobs=jobs,
        logs=out / "logs",
        fit=fit or _prepared_fit(missing, progress),
        told=lambda plan, seconds: progress.say(_sentence(plan, seconds)),
        progress=progress,
    )
    if work is not None:
        write_text(out / WORK, "\n".join([*_lines(out / WORK), json.dumps(work.plain())]))


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []


def _runs(plans: Sequence[TrainingPlan], arms: Sequence[Arm]) -> Runs:
    return {arm.name: [RunDirectory(p.out) for p in plans if p.arm == arm.name] for arm in arms}


def _plans(
    task: Task,
    repetitions: Sequence[Repetition],
    arms: Sequence[Arm],
    settings: TrainingSettings,
    out: Path,
    share: float,
    execution: ExecutionSettings,
) -> list[TrainingPlan]:
    """Return the runs, all arms of the first repetition before the second: what is done early says most."""
    return [
        one.plan(task, arm, settings, run_directory(out, arm.name, one.seed, share).path, execution)
        for one in repetitions
        for arm in arms
    ]


def _say_unlabelled(catalog: Catalog, arms: Sequence[Arm], progress: Progress) -> None:
    """Tell which arms have no use of pictures without labels."""
    number = len(catalog.samples) - len(labelled(catalog).samples)
    without = [arm.name for arm in arms if not arm.takes_unlabelled]
    if number and without:
        progress.say(
            f"The {number} pictures without labels are of no use to {', '.join(without)}: left out there, in "
            "so many more epochs that all arms take as many steps."
        )


def _check(plans: Sequence[TrainingPlan]) -> None:
    """Find what would stop a run before any begins: a model that there is not, a directory of another run."""
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

    by_need = sorted(plans, key=lambda p: (len(p.catalog.samples), p.targets is not None))
    for plan in {(p.settings.image_size, p.catalog.source): p for p in by_need}.values():
        open_pictures(plan, progress)
    return fit


def _sentence(plan: TrainingPlan, seconds: float) -> str:
    value = RunDirectory(plan.out).evaluation()[plan.task.metric]
    share = plan.out.name.partition("@")[2]
    less = f" of {float(share):.0%} of the images" if share else ""
    of = f"{plan.arm}, seed {plan.settings.seed}{less}"
    return f"{of}: {plan.task.metric} {100 * value:.1f} % ({seconds:.0f} s)"


def _questions(read: Iterable[Targets | None]) -> list[dict[str, str]]:
    answers = next((targets for targets in read if targets is not None), None)
    if answers is None:
        return []
    texts = answers.question_texts or answers.question_ids
    return [{"id": id_, "text": text} for id_, text in zip(answers.question_ids, texts, strict=True)]
