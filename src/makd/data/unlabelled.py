"""Pictures without labels beside a data set: they are asked about, and train the aspect outputs alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from makd.data.duplicates import equal_files
from makd.data.samples import Catalog, Sample
from makd.data.sources import IMAGE_SUFFIXES
from makd.errors import UsageError
from makd.progress import Progress, Silent

PREFIX = "@unlabeled/"
"""Begins the keys of these pictures: in a store they stand beside those of the data, of one source."""

_SHOWN = 3


def with_unlabelled(catalog: Catalog, folder: Path, progress: Progress = Silent()) -> Catalog:
    """Return the catalog with the pictures below `folder` as training images without a label.

    Pictures of which the labelled training images hold the same bytes are left out, and counted aloud.

    Raises:
        UsageError: there are none, or some are validation or test images, byte for byte.
    """
    samples = _read(folder)
    twins = _twins(samples, catalog.samples)
    held_out = [(sample, twin) for sample, twin in twins if twin.split != "train"]
    if held_out:
        pairs = ", ".join(f"{sample.key} = {twin.key}" for sample, twin in held_out[:_SHOWN])
        more = ", …" if len(held_out) > _SHOWN else ""
        raise UsageError(
            f"--unlabeled: {len(held_out)} pictures of {folder} are validation or test images of "
            f"{catalog.source} ({pairs}{more}). What chooses or judges must not train: remove them."
        )
    known = {sample.key for sample, _ in twins}
    added = tuple(sample for sample in samples if sample.key not in known)
    if not added:
        raise UsageError(f"--unlabeled: all {len(samples)} pictures of {folder} are training images already.")
    left_out = f" ({len(known)} more are training images already)" if known else ""
    progress.say(f"{folder}: {len(added)} pictures without labels{left_out}; they train the aspects alone.")
    return replace(catalog, samples=(*catalog.samples, *added))


def is_unlabelled(sample: Sample) -> bool:
    """Tell whether `with_unlabelled` added this picture."""
    return sample.key.startswith(PREFIX)


def labelled(catalog: Catalog) -> Catalog:
    """Return the catalog without what `with_unlabelled` added."""
    if not any(map(is_unlabelled, catalog.samples)):
        return catalog
    return replace(catalog, samples=tuple(s for s in catalog.samples if not is_unlabelled(s)))


def _read(folder: Path) -> list[Sample]:
    if not folder.is_dir():
        raise UsageError(f"--unlabeled: there is no folder {folder}.")
    keys = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()
    )
    shown = [key for key in keys if not any(part.startswith(".") for part in key.split("/"))]
    if not shown:
        raise UsageError(f"--unlabeled: there are no pictures in {folder}.")
    return [Sample(PREFIX + key, folder / key, split="train") for key in shown]


def _twins(samples: Sequence[Sample], others: Sequence[Sample]) -> list[tuple[Sample, Sample]]:
    """Return the samples whose file equals that of another, with it; held-out ones are named first."""
    twins: dict[str, Sample] = {}
    for group in equal_files((*samples, *others), is_unlabelled):
        twin = min((one for one in group if not is_unlabelled(one)), key=lambda one: one.split == "train")
        twins |= {one.key: twin for one in group if is_unlabelled(one)}
    return [(sample, twins[sample.key]) for sample in samples if sample.key in twins]
