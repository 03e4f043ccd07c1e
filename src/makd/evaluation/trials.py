"""Trial runs: students trained only to choose a setting by the validation images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from makd.errors import UsageError
from makd.evaluation.jobs import Fit, carry_out
from makd.progress import Progress
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory


def try_out(
    plans: Sequence[TrainingPlan],
    *,
    jobs: int | None,
    logs: Path,
    progress: Progress,
    fit: Fit | None = None,
) -> list[float]:
    """Carry out the trials that are not finished; return each one's best validation metric.

    Args:
        plans: the trials, each with a directory of its own.
        jobs: runs at once; None for one a core or GPU.
        logs: where the output of a failed trial goes.
        progress: told of the trials.
        fit: trains one plan; `makd.training.fit.fit` when None.

    Raises:
        UsageError: a directory holds another run.
        MakdError: trials failed.
    """
    for plan in plans:
        run = RunDirectory(plan.out)
        if run.config_file.is_file() and run.config() != plan.config():
            raise UsageError(
                f"{plan.out} holds a trial of other settings, data or answers. "
                "Choose another --out, or --overwrite to replace it."
            )
    carry_out(
        [plan for plan in plans if not RunDirectory(plan.out).finished],
        jobs=jobs,
        logs=logs,
        fit=fit or _own_training(),
        told=lambda plan, seconds: progress.say(f"{plan.out.name}: {seconds:.0f} s"),
        progress=progress,
    )
    return [best_on_validation(RunDirectory(plan.out), plan.task.metric) for plan in plans]


def _own_training() -> Fit:
    from makd.training.fit import fit

    return fit


def best_on_validation(run: RunDirectory, metric: str) -> float:
    """Return the metric of a run's best epoch on the validation images, the epoch that it keeps."""
    return max(float(line[f"val_{metric}"]) for line in run.metrics())
