"""From the settings of the data to a catalog with splits; the one place that picks a task."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from makd.config.data import DataSettings
from makd.data import splits
from makd.data.known.read import read_known
from makd.data.known.table import DETECTION, KNOWN
from makd.data.samples import Catalog
from makd.data.sources import read_catalog
from makd.data.unlabelled import with_unlabelled
from makd.errors import UsageError, did_you_mean
from makd.progress import Progress

if TYPE_CHECKING:
    from makd.task import Task

HUB = "hf:"
"""Begins the name of a data set that Hugging Face `datasets` reads."""

NAMES = (*KNOWN, *DETECTION)
"""Data sets that are known by name."""

_OWN = {
    "draw": ("fieldguide", "fieldguide has draws of species"),
    "root": ("known", "known data sets have a folder beside their name"),
    "config": ("hub", f"data sets of the hub ({HUB}NAME) have configurations"),
    "revision": ("hub", f"data sets of the hub ({HUB}NAME) have revisions"),
    "image_column": ("hub", f"data sets of the hub ({HUB}NAME) have columns"),
    "label_column": ("hub", f"data sets of the hub ({HUB}NAME) have columns"),
}
"""Settings that one kind of data has, and how a sentence about them begins."""


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


def as_trained(run: Path, catalog: Catalog, progress: Progress) -> Catalog:
    """Return the catalog with the split that a run of these data was trained by.

    Raises:
        UsageError: the file that says so cannot be read.
    """
    from makd.training.run_dir import RunDirectory

    made = RunDirectory(run)
    if not made.split_file.is_file() or made.config()["data"]["source"] != catalog.source:
        return catalog
    return splits.as_trained(made.split_file, catalog, progress)


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
    kind = _kind(settings)
    _refuse_foreign(settings, kind)
    if kind == "fieldguide":
        from makd.fieldguide.source import materialize

        if settings.train_per_class or settings.val_per_class:
            raise UsageError(
                "--data.train-per-class, --data.val-per-class: fieldguide comes with its splits; "
                "leave them out."
            )
        return materialize(settings.draw)
    if kind == "hub":
        from makd.data.hub.read import read_hub

        return read_hub(
            settings.name.removeprefix(HUB),
            config=settings.config,
            revision=settings.revision,
            image_column=settings.image_column,
            label_column=settings.label_column,
            progress=progress,
        )
    if kind == "known":
        return read_known(settings.name, settings.root, progress)
    path = Path(settings.name)
    if not path.exists() and (near := did_you_mean(settings.name, NAMES)):
        raise UsageError(f"There is no data at {path}, nor a data set of that name.{near}")
    return read_catalog(path, progress)


def _kind(settings: DataSettings) -> str:
    """Return where the pictures come from; a path that exists beats a name without `--data.root`."""
    if settings.name == "fieldguide":
        return "fieldguide"
    if settings.name.startswith(HUB):
        return "hub"
    known = settings.root is not None or (settings.name in NAMES and not Path(settings.name).exists())
    return "known" if known else "path"


def _refuse_foreign(settings: DataSettings, kind: str) -> None:
    """Refuse settings that mean nothing to this kind of data."""
    for name, (owner, what) in _OWN.items():
        if kind != owner and getattr(settings, name) != DataSettings.model_fields[name].default:
            raise UsageError(f"--data.{name.replace('_', '-')}: only {what}, {settings.name!r} has none.")
