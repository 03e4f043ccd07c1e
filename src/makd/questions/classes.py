"""The classes of the data sets that the packaged banks are about, so that commands may take them by name."""

from __future__ import annotations

from importlib import resources

from makd.errors import UsageError, did_you_mean
from makd.questions.bank import CANDIDATES

_LISTS = resources.files("makd.questions") / "classes"


def listed_names() -> tuple[str, ...]:
    """Return the names of the data sets whose classes come with makd, sorted."""
    files = (entry.name for entry in _LISTS.iterdir())
    return tuple(sorted(file.removesuffix(".txt") for file in files if file.endswith(".txt")))


def class_names(name: str) -> tuple[str, ...]:
    """Return the classes of a data set in its official order, spelt as the data set spells them.

    Args:
        name: of the data set, or of a packaged bank about it: `cub200`, `cub200-candidates`.

    Raises:
        UsageError: no such list comes with makd.
    """
    data_set = name.removesuffix(CANDIDATES)
    if data_set not in listed_names():
        raise UsageError(
            f"No class list {name!r} comes with makd, only {', '.join(listed_names())}."
            f"{did_you_mean(data_set, listed_names())}"
        )
    return tuple((_LISTS / f"{data_set}.txt").read_text(encoding="utf-8").splitlines())
