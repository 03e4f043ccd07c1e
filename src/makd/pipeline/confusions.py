"""Which classes a trained run confuses on validation images."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from makd.config.data import DataSettings
from makd.data.samples import Catalog
from makd.errors import UsageError
from makd.pipeline.catalog import as_trained, open_catalog, pick_task
from makd.progress import Progress
from makd.questions.generation.classes import readable
from makd.questions.generation.prompts import Pair

MOST = 30
"""Pairs handed over at most."""


def confused_pairs(run: Path, data: DataSettings, progress: Progress) -> tuple[Pair, ...]:
    """Return the pairs that a run takes for each other most often, by their readable names.

    Raises:
        UsageError: `run` is no finished run of these data, or there are no validation images.
    """
    catalog = open_catalog(data, progress)
    confused: Counter[tuple[str, str]] = Counter()
    for (low, high), times in count_confusions(run, data, catalog, progress).items():
        confused[readable(catalog.classes[low]), readable(catalog.classes[high])] += times
    return tuple(Pair(first, second, times) for (first, second), times in confused.most_common(MOST))


def count_confusions(
    run: Path, data: DataSettings, catalog: Catalog, progress: Progress
) -> Counter[tuple[int, int]]:
    """Return how often a run takes two classes (lower label, higher label) for each other, either way.

    Only validation images of the run are looked at: training images are known by heart, test images decide
    nothing.

    Raises:
        UsageError: `run` is no finished run of these data, or there are no validation images.
    """
    from makd.inference.evaluate import judge_run

    catalog = as_trained(run, catalog, progress)
    samples = catalog.of("val")
    if not samples:
        raise UsageError(f"--confusions needs validation images, {data.name} has none.")
    judgement = judge_run(run, pick_task(data), catalog, "val", progress=progress)
    predicted = judgement.predictions.argmax(dim=1).tolist()
    confused: Counter[tuple[int, int]] = Counter()
    for index, guess in zip(judgement.index.tolist(), predicted, strict=True):
        label = samples[index].label
        if label is not None and label != guess:
            confused[min(label, guess), max(label, guess)] += 1
    if not confused:
        progress.say(f"{run} confuses no classes on {len(samples):,} validation images.")
    return confused
