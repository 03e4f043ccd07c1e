"""The class names of data, or of what stands for data: a text file, COCO annotations, a packaged list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from makd.config.data import DataSettings
from makd.errors import UsageError
from makd.pipeline.catalog import open_catalog
from makd.progress import Progress
from makd.questions.classes import class_names, listed_names
from makd.questions.generation.classes import readable_classes

_TEXT = (".txt", ".names", ".lst", "")


class ClassNames(NamedTuple):
    """Class names and what they are the classes of."""

    source: str
    names: tuple[str, ...]


def read_class_names(settings: DataSettings, progress: Progress) -> ClassNames:
    """Return the class names as words.

    Raises:
        UsageError: the data or the file cannot be read, or their names tell nothing.
    """
    source, names = class_names_of(settings, progress)
    return ClassNames(source, readable_classes(names, settings.name, progress))


def class_names_of(settings: DataSettings, progress: Progress) -> ClassNames:
    """Return the class names as the data spell them; those of a known data set come with makd.

    Raises:
        UsageError: the data or the file cannot be read.
    """
    path = Path(settings.name)
    if annotations := _annotations(path):
        names, source = _categories(annotations, progress), path.stem
    elif path.is_file() and path.suffix.lower() in _TEXT:
        names, source = listed(path), path.stem
    elif is_list(settings):
        names, source = class_names(settings.name), settings.name
    else:
        catalog = open_catalog(settings, progress)
        source, names = catalog.source, catalog.classes
    return ClassNames(settings.source or source, names)


def is_list(settings: DataSettings) -> bool:
    """Return whether the data only name classes: a text file, COCO annotations, a packaged list."""
    path = Path(settings.name)
    if path.exists():
        return bool(_annotations(path)) or (path.is_file() and path.suffix.lower() in _TEXT)
    return settings.root is None and settings.name in listed_names()


def _annotations(path: Path) -> tuple[Path, ...]:
    """Return the COCO annotations that are meant: the file itself, or those in a data set's `annotations/`.

    Of a folder with `instances*.json` it is the smallest of these: all of them list the same categories,
    while keypoints know but one and captions none.
    """
    if path.suffix.lower() == ".json" and not path.is_dir():
        return (path,)
    files = sorted((path / "annotations").glob("*.json"), key=lambda file: (file.stat().st_size, file.name))
    instances = [file for file in files if file.name.startswith("instances")]
    return tuple(instances[:1] or files)


def _categories(files: tuple[Path, ...], progress: Progress) -> tuple[str, ...]:
    """Return the names of the categories of COCO annotations, by their ids; of several files all of them.

    Raises:
        UsageError: a file cannot be read, or none has categories.
    """
    by_id: dict[Any, str] = {}
    for file in files:
        content = _json(file)
        listed_here = content.get("categories") if isinstance(content, dict) else None
        for entry in listed_here if isinstance(listed_here, list) else ():
            if not (isinstance(entry, dict) and isinstance(entry.get("name"), str)):
                raise UsageError(f'{file}: a category is {entry!r}; it should have an "id" and a "name".')
            by_id[entry.get("id", entry["name"])] = entry["name"]
    named = " and ".join(map(str, files))
    if not by_id:
        raise UsageError(
            f'{named}: no COCO annotations, which have "categories": [{{"id": 1, "name": "person"}}, …]. '
            "A text file with a class a line will do as well."
        )
    progress.say(f"{named}: {len(by_id)} categories.")
    return tuple(name for _, name in sorted(by_id.items(), key=lambda item: (str(type(item[0])), item[0])))


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"{file} is no JSON, so no categories can be read from it: {error}.") from error


def listed(path: Path) -> tuple[str, ...]:
    """Return the class names of a text file: one a line, lines that begin with # left out.

    Raises:
        UsageError: it is not there, or no text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text, so no class names can be read from it.") from error
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
