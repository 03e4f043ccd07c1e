"""From the settings of the data to a catalog with splits; the one place that picks a task."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from makd.config.settings import DataSettings
from makd.data import splits
from makd.data.samples import Catalog
from makd.data.sources import read_catalog
from makd.data.unlabelled import with_unlabelled
from makd.errors import UsageError
from makd.progress import Progress

if TYPE_CHECKING:
    from makd.task import Task


def pick_task(settings: DataSettings) -> Task:
    """Return the task that the data stand for; classification is the only one so far."""
    from makd.classification.task import ClassificationTask

    return ClassificationTask()


def open_catalog(settings: DataSettings, progress: Progress) -> Catalog:
    """Read the data and decide every sample's split; both are said aloud.

    The split follows from the data and the settings alone: every stage and every arm meets the same one.

    Raises:
        UsageError: the data cannot be read, or not be split as asked.
    """
    catalog = _read(settings, progress)
    return splits.assign(
        replace(catalog, source=settings.source or catalog.source),
        train_per_class=settings.train_per_class,
        val_per_class=settings.val_per_class,
        seed=settings.split_seed,
        progress=progress,
    )


def add_unlabelled(
    catalog: Catalog, folder: Path | None, progress: Progress, *, teacher: str = ""
) -> Catalog:
    """Return the catalog with the pictures of `--unlabeled`, if a folder is given.

    Args:
        catalog: the data.
        folder: of the pictures without labels.
        progress: told of them.
        teacher: who shall answer about them.

    Raises:
        UsageError: the folder holds none, some of val or test, or the teacher sees no pictures.
    """
    if folder is None:
        return catalog
    if teacher.startswith("table:"):
        raise UsageError("--unlabeled: a class table answers by class, and these pictures have none.")
    return with_unlabelled(catalog, folder, progress)


def _read(settings: DataSettings, progress: Progress) -> Catalog:
    if settings.name == "fieldguide":
        from makd.fieldguide.source import materialize

        if settings.train_per_class or settings.val_per_class:
            raise UsageError(
                "--data.train-per-class, --data.val-per-class: fieldguide comes with its splits; "
                "leave them out."
            )
        return materialize(settings.draw)
    if settings.draw:
        raise UsageError(f"--data.draw: only fieldguide has draws of species, {settings.name!r} has none.")
    return read_catalog(Path(settings.name), progress)
