"""Pictures without labels beside a data set: they are asked about, and train the aspect outputs alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from makd.data.samples import Catalog, Sample
from makd.data.sources import IMAGE_SUFFIXES
from makd.errors import UsageError
from makd.progress import Progress, Silent
from makd.storage import file_hash

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
    twins = _same_bytes(samples, catalog.samples)
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


def _same_bytes(samples: Sequence[Sample], others: Iterable[Sample]) -> list[tuple[Sample, Sample]]:
    """Return the samples whose file equals that of another, with it; held-out ones are named first."""
    by_size: defaultdict[int, list[Sample]] = defaultdict(list)
    for other in sorted(others, key=lambda sample: sample.split != "train"):
        if (size := _size(other)) is not None:
            by_size[size].append(other)
    met = {size for sample in samples if (size := _size(sample)) is not None and size in by_size}
    hashes = {_hash(other): other for size in met for other in by_size[size]}
    return [
        (sample, twin)
        for sample in samples
        if _size(sample) in by_size and (twin := hashes.get(_hash(sample))) is not None
    ]


def _size(sample: Sample) -> int | None:
    try:
        return sample.path.stat().st_size if sample.path else None
    except OSError:
        return None  # whoever reads the picture says so


def _hash(sample: Sample) -> str:
    try:
        return file_hash(sample.path or Path())
    except OSError:
        return f"unreadable {sample.key}"
