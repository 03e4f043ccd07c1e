"""Pseudo-labels: a first student names pictures without labels, a second learns what it was sure of."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import torch

from makd.data.samples import Sample
from makd.data.transforms import Normalization
from makd.data.unlabelled import is_unlabelled, labelled
from makd.errors import UsageError
from makd.progress import Progress
from makd.storage import write_text
from makd.training.hardware import pick_device
from makd.training.input_pipeline import eval_batches
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory
from makd.training.saved import load_saved

Named: TypeAlias = dict[str, tuple[int, float]]
"""Label and its probability by key."""


def with_pseudo_labels(
    plan: TrainingPlan,
    fit: Callable[[TrainingPlan], RunDirectory],
    progress: Progress,
) -> TrainingPlan:
    """Return the plan with labels for the pictures that a student of the labels alone is sure of.

    This is pseudo-labelling (Lee, 2013) in one round, the second student from the start again. The first is
    trained into `first/` of the run directory by the plan's own settings; what it says of every picture
    stands in `pseudo.csv`. Pictures that it is not sure of keep no label; without answers they are left out.
    Either student that lacks pictures is trained for more epochs, so that it takes as many steps as with all.

    Args:
        plan: with pictures from `--unlabeled` and a `pseudo_threshold`.
        fit: trains the first student, or goes on with it.
        progress: told how many labels were given.

    Raises:
        UsageError: there are no pictures without labels.
    """
    unlabelled = [sample for sample in plan.catalog.samples if is_unlabelled(sample)]
    threshold = plan.settings.pseudo_threshold
    if threshold is None or not unlabelled:
        raise UsageError(
            "--pseudo-threshold: there are no pictures without labels; name some by --unlabeled."
        )
    alone = plan.on(labelled(plan.catalog))
    first = replace(
        alone,
        targets=None,
        settings=alone.settings.model_copy(update={"pseudo_threshold": None}),
        out=RunDirectory(plan.out).first.path,
    )
    named = _named(first, fit(first), unlabelled, progress)
    _write(plan.out / "pseudo.csv", named, plan.catalog.classes)
    sure = {key: label for key, (label, probability) in named.items() if probability >= threshold}
    progress.say(
        f"{len(sure)} of {len(named)} pictures without labels are named with at least {threshold:.0%}."
    )
    samples = [_relabelled(sample, sure, plan.catalog.classes) for sample in plan.catalog.samples]
    kept = [s for s in samples if plan.targets is not None or s.label is not None]
    return plan.on(replace(plan.catalog, samples=tuple(kept)))


@torch.inference_mode()
def _named(plan: TrainingPlan, run: RunDirectory, samples: list[Sample], progress: Progress) -> Named:
    """Return what the finished run of `plan` says of pictures; those that cannot be read are missing."""
    model, card = load_saved(run)
    model = model.to(device := pick_device())
    batches = eval_batches(
        [replace(sample, label=0) for sample in samples],  # any: judged are those with a label
        None,
        split="train",
        image_size=plan.settings.image_size,
        batch_size=plan.settings.batch_size,
        crop_pct=plan.settings.crop_pct,
        normalization=Normalization(tuple(card["mean"]), tuple(card["std"])),
        progress=progress,
    )
    named: Named = {}
    for batch in batches:
        outputs = model(batch.images.to(device)).float().cpu()
        probability, label = plan.task.predict(outputs, classes=len(plan.catalog.classes)).max(dim=1)
        keys = [batches.samples[i].key for i in batch.index]
        named |= dict(zip(keys, zip(label.tolist(), probability.tolist(), strict=True), strict=True))
    return named


def _relabelled(sample: Sample, labels: dict[str, int], classes: tuple[str, ...]) -> Sample:
    label = labels.get(sample.key)
    return sample if label is None else replace(sample, label=label, class_name=classes[label])


def _write(file: Path, named: Named, classes: tuple[str, ...]) -> None:
    """Write `pseudo.csv`: key, class, probability."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("key", "class", "probability"))
    rows.writerows((key, classes[label], round(p, 6)) for key, (label, p) in sorted(named.items()))
    write_text(file, text.getvalue())
