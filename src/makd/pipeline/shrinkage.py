"""`--answers.shrink auto`: the strength of shrinkage, chosen on the validation images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from makd.config.answers import AnswersSettings
from makd.pipeline import outputs
from makd.progress import Progress

if TYPE_CHECKING:
    from makd.training.plan import TrainingPlan

STRENGTHS = (0.0, 0.5, 1.0)


def with_chosen_strength(
    settings: AnswersSettings,
    plan: Callable[[AnswersSettings, Path], TrainingPlan],
    out: Path,
    *,
    jobs: int | None = None,
    overwrite: bool = False,
    progress: Progress,
) -> AnswersSettings:
    """Replace `shrink auto` by the strength whose student is best on the validation images.

    Args:
        settings: of the reading.
        plan: one training run, given a reading and its directory.
        out: where the trial runs go, a directory each; finished ones are not done again.
        jobs: runs at once.
        overwrite: begin the trials anew.
        progress: told of the runs and of the choice.
    """
    from makd.evaluation.trials import try_out

    if settings.shrink != "auto":
        return settings
    readings = {s: settings.model_copy(update={"shrink": s}) for s in STRENGTHS}
    plans = {s: plan(reading, out / f"shrink-{s}") for s, reading in readings.items()}
    if overwrite:
        for trial in plans.values():
            outputs.clear(trial.out)
    progress.say(f"{len(plans)} students are trained to choose the strength of shrinkage.")
    found = try_out([*plans.values()], jobs=jobs, logs=out / "logs", progress=progress)
    values = dict(zip(plans, found, strict=True))
    metric = f"val_{next(iter(plans.values())).task.metric}"
    best = max(values, key=lambda s: (values[s], -s))
    said = ", ".join(f"{s}: {value:.1%}" for s, value in values.items())
    progress.say(f"Shrinkage {best} is taken: best on the validation images ({metric} at {said}).")
    return readings[best]
