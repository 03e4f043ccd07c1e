"""Which classes a trained run confuses on validation images."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from makd.config.settings import DataSettings
from makd.errors import UsageError
from makd.pipeline.catalog import open_catalog, pick_task
from makd.progress import Progress
from makd.questions.generation.classes import readable
from makd.questions.generation.prompts import Pair

MOST = 30
"""Pairs handed over at most."""


def confused_pairs(run: Path, data: DataSettings, progress: Progress) -> tuple[Pair, ...]:
    """Return the pairs that a run takes for each other most often, both directions counted together.

    Only validation images are looked at: training images are known by heart, test images decide nothing.

    Raises:
        UsageError: `run` is no finished run of these data, or there are no validation images.
    """
    from makd.inference.evaluate import judge_run

    catalog = open_catalog(data, progress)
    samples = catalog.of("val")
    if not samples:
        raise UsageError(f"--confusions needs validation images, {data.name} has none.")
    judgement = judge_run(run, pick_task(data), catalog, "val", progress=progress)
    predicted = judgement.predictions.argmax(dim=1).tolist()
    confused: Counter[tuple[str, str]] = Counter()
    for index, guess in zip(judgement.index.tolist(), predicted, strict=True):
        label = samples[index].label
        if label is not None and label != guess:
            low, high = sorted((label, guess))
            confused[readable(catalog.classes[low]), readable(catalog.classes[high])] += 1
    if not confused:
        progress.say(f"{run} confuses no classes on {len(samples):,} validation images.")
    return tuple(Pair(first, second, times) for (first, second), times in confused.most_common(MOST))
