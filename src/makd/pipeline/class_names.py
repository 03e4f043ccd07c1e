"""The class names of data, or of a text file that stands for data."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from makd.config.settings import DataSettings
from makd.errors import UsageError
from makd.pipeline.catalog import open_catalog
from makd.progress import Progress
from makd.questions.generation.classes import readable_classes

_TEXT = (".txt", ".names", ".lst", "")


class ClassNames(NamedTuple):
    """Readable class names and what they are the classes of."""

    source: str
    names: tuple[str, ...]


def read_class_names(settings: DataSettings, progress: Progress) -> ClassNames:
    """Return the class names as words.

    Raises:
        UsageError: the data or the file cannot be read, or their names tell nothing.
    """
    path = Path(settings.name)
    if is_list(settings):
        names, source = listed(path), path.stem
    else:
        catalog = open_catalog(settings, progress)
        names, source = catalog.classes, catalog.source
    return ClassNames(settings.source or source, readable_classes(names, settings.name, progress))


def is_list(settings: DataSettings) -> bool:
    """Return whether the data are a text file with a class a line, without pictures."""
    path = Path(settings.name)
    return path.is_file() and path.suffix.lower() in _TEXT


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
