"""From the name of a data set of the hub, or a folder that `datasets` reads, to a catalog."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from makd.data.hub.columns import Columns, namer, pick_columns
from makd.data.hub.unpack import Parts, files_in_place, unpack
from makd.data.samples import Catalog, Split
from makd.data.sources import SPLIT_FOLDERS, build_catalog, read_manifest
from makd.errors import UsageError
from makd.progress import Progress, Silent

_SAVED = ("dataset_dict.json", "state.json")
_FILES = {".parquet": "parquet", ".arrow": "arrow"}


def read_hub(
    name: str,
    *,
    config: str | None = None,
    revision: str | None = None,
    image_column: str | None = None,
    label_column: str | None = None,
    progress: Progress = Silent(),
) -> Catalog:
    """Read a data set of pictures with `datasets`; what is not on this machine comes from the hub.

    Args:
        name: hub id, a folder (saved by `save_to_disk`, or of Parquet files, of pictures), or a Parquet file.
        config: its configuration, where it has several.
        revision: commit or branch of the hub repository.
        image_column: where several columns hold pictures.
        label_column: where several columns may be the class.
        progress: told of splits and rows that are left out, and of pictures that are unpacked.

    Raises:
        UsageError: it cannot be opened, or has no pictures with classes.
    """
    path = Path(name).expanduser()
    with _quiet():
        tables = _open(name, path, config, revision)
        columns = pick_columns(next(iter(tables.values())).features, image_column, label_column)
        parts = _divided(f"hf:{name}", tables, columns, progress)
        source = path.resolve().name if path.exists() else "/".join(filter(None, (name, config)))
        if path.is_dir() and (found := files_in_place(parts, columns, path.resolve())):
            return build_catalog(source, path.resolve(), found)
        manifest = unpack(source, parts, columns, progress)
    return replace(read_manifest(manifest), source=source)


def _open(name: str, path: Path, config: str | None, revision: str | None) -> dict[str, Any]:
    """Return the tables by the data set's own names of its splits."""
    try:
        from datasets import Dataset, load_dataset, load_from_disk
        from datasets.exceptions import DatasetsError
    except ImportError as error:
        raise UsageError(f"hf:{name}: reading it needs the extra `hub`: pip install 'makd[hub]'.") from error
    try:
        if any((path / file).is_file() for file in _SAVED):
            opened = load_from_disk(path)
        elif path.is_file() and path.suffix.lower() in _FILES:
            opened = load_dataset(_FILES[path.suffix.lower()], data_files=str(path))
        else:
            place = str(path) if path.exists() else name
            opened = load_dataset(place, config, revision=None if path.exists() else revision)
    except (OSError, ValueError, RuntimeError, DatasetsError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UsageError(
            f"hf:{name} cannot be opened: {reason} It may be a folder or a Parquet file on this machine, or "
            "the id of a data set on the hub (OWNER/NAME), which is loaded once; offline, only what was "
            "loaded before."
        ) from error
    tables = {"train": opened} if isinstance(opened, Dataset) else dict(opened)
    return {split: table for split, table in tables.items() if len(table)} or _empty(name)


def _empty(name: str) -> dict[str, Any]:
    raise UsageError(f"hf:{name} has no rows.")


def _divided(name: str, tables: Mapping[str, Any], columns: Columns, progress: Progress) -> Parts:
    """Map its splits to train, val and test; where one alone has classes, it is undivided.

    Raises:
        UsageError: no picture has a class, or no split has a known name.
    """
    unlabelled = {split: _unlabelled(table, columns) for split, table in tables.items()}
    labelled = {split: table for split, table in tables.items() if unlabelled[split] < len(table)}
    if not labelled:
        raise UsageError(f"{name}: no picture has a class in the column {columns.label!r}.")
    parts: dict[Split | None, Any] = {}
    for split, table in labelled.items():
        if split in SPLIT_FOLDERS and SPLIT_FOLDERS[split] not in parts:
            parts[SPLIT_FOLDERS[split]] = table
    if not parts and len(labelled) > 1:
        raise UsageError(f"{name} has the splits {', '.join(tables)}; train, validation, test are expected.")
    taken = list(parts.values()) or list(labelled.values())
    left_out = [
        f"{split} ({'neither train, val nor test' if split in labelled else 'no labels'})"
        for split, table in tables.items()
        if not any(table is part for part in taken)
    ]
    if left_out:
        progress.say(f"{name}: left out {', '.join(left_out)}.")
    if few := sum(unlabelled[split] for split, table in labelled.items() if any(table is t for t in taken)):
        progress.say(f"{name}: {few:,} pictures have no class and are left out.")
    if len(taken) == 1:
        return {None: taken[0]}
    if "test" not in parts and "val" in parts:
        parts["test"] = parts.pop("val")
        progress.say(f"{name} has no labelled test split: its validation split is the test here.")
    return parts


def _unlabelled(table: Any, columns: Columns) -> int:
    named = namer(table.features[columns.label])
    return sum(not named(value) for value in table.select_columns([columns.label])[columns.label])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the bars of `datasets` off stderr: makd draws its own."""
    try:
        from datasets.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
    except ImportError:  # told by `_open`
        yield
        return
    before = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if not before:
            enable_progress_bars()
