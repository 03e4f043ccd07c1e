"""From the settings of the data to a catalog with splits; the one place that picks a task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from makd.config.settings import DataSettings
from makd.data import splits
from makd.data.samples import Catalog
from makd.data.sources import read_catalog
from makd.errors import UsageError
from makd.progress import Progress

if TYPE_CHECKING:
    from makd.task import Task


def pick_task(settings: DataSettings) -> Task:
    """Return the task that the data stand for; classification is the only one so far."""
    from makd.classification.task import ClassificationTask

    return ClassificationTask()


def open_catalog(settings: DataSettings, progress: Progress, split_file: Path | None = None) -> Catalog:
    """Read the data and decide every sample's split; say both aloud.

    Args:
        settings: the data, as asked for.
        progress: where the split is announced.
        split_file: a saved split to keep to; written when it does not exist yet.

    Raises:
        UsageError: the data cannot be read, or not be split as asked.
    """
    catalog = _read(settings)
    if split_file is not None and split_file.exists():
        catalog = splits.read(split_file, catalog)
    else:
        catalog = splits.assign(
            catalog,
            train_per_class=settings.train_per_class,
            val_per_class=settings.val_per_class,
            seed=settings.split_seed,
        )
        if split_file is not None:
            splits.write(split_file, catalog)
    sizes = catalog.sizes()
    counts = ", ".join(f"{sizes.get(split, 0):,} {split}" for split in ("train", "val", "test"))
    progress.say(f"{catalog.source}: {len(catalog.classes)} classes, {counts} images")
    return catalog


def _read(settings: DataSettings) -> Catalog:
    if settings.name == "fieldguide":
        from makd.fieldguide.source import materialize

        if settings.train_per_class or settings.val_per_class:
            raise UsageError("data.train_per_class, data.val_per_class: fieldguide comes with its splits.")
        return materialize(settings.draw)
    if settings.draw:
        raise UsageError(f"data.draw: only fieldguide has draws of species, {settings.name!r} has none.")
    return read_catalog(Path(settings.name))
