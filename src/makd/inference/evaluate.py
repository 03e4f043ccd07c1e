"""Measuring a finished run on the images of a split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from makd.data.samples import Catalog, Sample, Split
from makd.errors import UsageError
from makd.inference.predictor import Predictor, load_model
from makd.progress import Progress, Silent
from makd.task import Task
from makd.training.hardware import pick_device
from makd.training.input_pipeline import Batches, eval_batches
from makd.training.judge import Judgement, judge
from makd.training.leave import figures

BATCH = 64


def evaluate_run(
    run: Path, task: Task, catalog: Catalog, split: Split, *, progress: Progress = Silent()
) -> dict[str, Any]:
    """Return split, n, every metric of the task, seconds and images_per_second; the first C outputs decide.

    Raises:
        UsageError: `run` holds no finished run, or one of other classes, or the split has no images.
    """
    return figures(judge_run(run, task, catalog, split, progress=progress), split)


def judge_run(
    run: Path, task: Task, catalog: Catalog, split: Split, *, progress: Progress = Silent()
) -> Judgement:
    """Return what a run's student makes of the images of a split, `catalog.of(split)`.

    Raises:
        UsageError: `run` holds no finished run, or one of other classes, or the split has no images.
    """
    predictor = load_model(run)
    if predictor.classes != catalog.classes:
        raise UsageError(
            f"{run} knows {len(predictor.classes)} classes ({_first(predictor.classes)}), {catalog.source} "
            f"has {len(catalog.classes)} ({_first(catalog.classes)}). Name the data of this run."
        )
    batches = batches_for(predictor, catalog.of(split), split, progress)
    return judge(task, predictor.model.to(pick_device()), batches, classes=len(predictor.classes))


def batches_for(
    predictor: Predictor, samples: Sequence[Sample], split: Split, progress: Progress = Silent()
) -> Batches:
    """Return the labelled pictures of a split as the student takes them; unreadable ones are left out.

    Raises:
        UsageError: there are none.
    """
    return eval_batches(
        samples,
        None,
        split=split,
        image_size=predictor.transform.image_size,
        batch_size=BATCH,
        crop_pct=predictor.transform.crop_pct,
        normalization=predictor.transform.normalization,
        progress=progress,
    )


def _first(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
