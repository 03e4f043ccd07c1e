"""Find out which pictures a data set holds: class folders, or a CSV/Parquet manifest."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple, get_args

from makd.data.samples import Catalog, Sample, Split
from makd.errors import UsageError, did_you_mean
from makd.progress import Progress, Silent

IMAGE_SUFFIXES = frozenset(
    ".avif .bmp .gif .jp2 .jpeg .jpg .pgm .png .ppm .tif .tiff .webp".split()  # noqa: SIM905
)
SPLIT_FOLDERS: dict[str, Split] = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
}
_SHOWN = 5


class Found(NamedTuple):
    """A picture as a data set lists it: key, class, and split where the data set has one."""

    key: str
    class_name: str
    split: Split | None


def read_catalog(path: Path, progress: Progress = Silent()) -> Catalog:
    """Read a folder of class folders (or of `train/`, `val/`, `test/` with those), or a manifest.

    Raises:
        UsageError: there is nothing at `path`, or what is there is not a data set of at least two classes.
    """
    if path.is_dir():
        return read_folder(path, progress)
    if path.is_file():
        return read_manifest(path)
    near = (
        did_you_mean(path.name, _names(path.parent))
        if path.parent.is_dir()
        else f" Nor is there {path.parent}."
    )
    raise UsageError(f"There is no data at {path}.{near}")


def read_folder(root: Path, progress: Progress = Silent()) -> Catalog:
    """Read one folder a class; hidden files and files that are no pictures are left out, and counted aloud.

    The folders `train`, `val` (or `valid`, `validation`) and `test` are taken as splits when `train` is there
    and holds folders itself.

    Raises:
        UsageError: the folder holds no pictures in class folders, or one class only.
    """
    folders = [entry for entry in _entries(root) if entry.is_dir()]
    splits = {entry: SPLIT_FOLDERS[entry.name] for entry in folders if entry.name in SPLIT_FOLDERS}
    divided = any(
        split == "train" and any(map(Path.is_dir, _entries(entry))) for entry, split in splits.items()
    )
    found: list[Found] = []
    ignored: Counter[str] = Counter()
    for parent, split in splits.items() if divided else [(root, None)]:
        for entry in _entries(parent):
            keys = list(_picture_keys(entry, root, ignored)) if entry.is_dir() else []
            found += [Found(key, entry.name, split) for key in keys]
            if not keys:
                ignored[f"{entry.name}/ without pictures" if entry.is_dir() else "not in a class folder"] += 1
    if divided:
        ignored.update({f"folder {entry.name}/": 1 for entry in folders if entry not in splits})
    if ignored.total():
        kinds = ", ".join(f"{kind} ({count})" for kind, count in ignored.most_common(_SHOWN) if count)
        progress.say(f"{root}: left out {ignored.total()} entries that are no pictures of a class: {kinds}.")
    if not found:
        raise UsageError(f"{root} holds no pictures in class folders: expected {root}/CLASS/PICTURE.jpg.")
    return build_catalog(root.resolve().name, root, found)


def read_manifest(path: Path) -> Catalog:
    """Read a CSV or Parquet table with the columns `image,label[,split]`, image paths relative to the table.

    Raises:
        UsageError: columns or pictures are missing, values are empty or unknown, or an image stands twice.
    """
    rows = _read_table(path)
    found: list[Found] = []
    for number, (image, label, split) in enumerate(rows, 1):
        if not image or not label:
            raise UsageError(f"{path}, row {number}: {'label' if image else 'image'} is empty.")
        if split is not None and split not in SPLIT_FOLDERS:
            known = get_args(Split)
            raise UsageError(
                f"{path}, row {number}: unknown split {split!r}; there are {', '.join(known)}."
                f"{did_you_mean(split, SPLIT_FOLDERS)}"
            )
        key = PurePath(os.path.relpath(path.parent / image, path.parent)).as_posix()
        found.append(Found(key, label, None if split is None else SPLIT_FOLDERS[split]))
    repeated = [key for key, count in Counter(key for key, _, _ in found).items() if count > 1]
    _refuse(repeated, f"{path}: {{}} images stand more than once")
    refuse_missing(found, path.parent, str(path))
    if not found:
        raise UsageError(f"{path} has no rows.")
    return build_catalog(path.stem, path.parent, found)


def refuse_missing(found: Sequence[Found], root: Path, listed_by: str) -> None:
    """Look for every picture that a list names below `root`.

    Raises:
        UsageError: some are not there.
    """
    missing = [picture.key for picture in found if not (root / picture.key).is_file()]
    _refuse(missing, f"{listed_by}: {{}} of {len(found)} images have no file")


def build_catalog(
    source: str, root: Path, found: Sequence[Found], classes: tuple[str, ...] | None = None
) -> Catalog:
    """Make a catalog of what was found, sorted by key.

    Args:
        source: short name of the data set.
        root: the folder that keys are relative to.
        found: the pictures.
        classes: all class names in their official order; None for those found, sorted.

    Raises:
        UsageError: there is one class only, or a key is no valid Unicode.
    """
    classes = classes or tuple(sorted({picture.class_name for picture in found}))
    if len(classes) == 1:
        raise UsageError(f"{root} ({source}) has one class only, {classes[0]!r}; at least two are needed.")
    unwritable = [repr(key) for key, _, _ in found if not _is_unicode(key)]
    _refuse(unwritable, f"{root}: {{}} file names are not valid Unicode; rename them")
    index = {name: label for label, name in enumerate(classes)}
    samples = (Sample(key, root / key, index[name], name, split) for key, name, split in sorted(found))
    return Catalog(source, root, classes, tuple(samples))


def _picture_keys(folder: Path, root: Path, ignored: Counter[str]) -> Iterator[str]:
    for parent, directories, files in os.walk(folder):
        directories[:] = [name for name in directories if not name.startswith(".")]
        ignored["linked folder"] += sum(Path(parent, name).is_symlink() for name in directories)
        for name in files:
            suffix = PurePath(name).suffix.lower()
            if name.startswith("."):
                ignored["hidden"] += 1
            elif suffix not in IMAGE_SUFFIXES:
                ignored[suffix or "no suffix"] += 1
            else:
                yield PurePath(parent, name).relative_to(root).as_posix()


def _read_table(path: Path) -> list[tuple[str, str, str | None]]:
    """Return (image, label, split) as text; split is None where there is no such column."""
    try:
        columns = _parquet_columns(path) if path.suffix.lower() == ".parquet" else _csv_columns(path)
    except (OSError, ValueError, csv.Error) as error:  # UnicodeDecodeError and ArrowInvalid are ValueErrors
        raise UsageError(f"{path} cannot be read as a CSV or Parquet manifest: {error}") from error
    lacking = [name for name in ("image", "label") if name not in columns]
    if lacking:
        raise UsageError(
            f"{path} lacks the column {' and '.join(lacking)} of image,label[,split]; "
            f"it has {', '.join(map(repr, columns)) or 'none'}."
        )
    images, labels = columns["image"], columns["label"]
    splits: Sequence[str | None] = columns.get("split", [None] * len(images))
    return list(zip(images, labels, splits, strict=True))


def _csv_columns(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = [{name: (value or "").strip() for name, value in row.items() if name} for row in reader]
        return {name.strip(): [row[name] for row in rows] for name in reader.fieldnames or ()}


def _parquet_columns(path: Path) -> dict[str, list[str]]:
    import pyarrow.parquet as pq

    schema = pq.read_schema(path)
    names = [name for name in schema.names if name in {"image", "label", "split"}]
    nested = [name for name in names if schema.field(name).type.num_fields]
    if nested:
        raise UsageError(
            f"{path}: the column {nested[0]} holds {schema.field(nested[0]).type}, not text. "
            f"A table with the pictures inside is read as hf:{path}."
        )
    table = pq.read_table(path, columns=names)
    return {
        name: ["" if value is None else str(value).strip() for value in table[name].to_pylist()]
        for name in names
    }


def _refuse(keys: Sequence[str], message: str) -> None:
    if keys:
        more = ", …" if len(keys) > _SHOWN else ""
        raise UsageError(f"{message.format(len(keys))}: {', '.join(keys[:_SHOWN])}{more}")


def _entries(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
