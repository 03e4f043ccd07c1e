"""Which columns of a table are the pictures and the classes, and what a class is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from makd.errors import UsageError, did_you_mean

_IMAGE_NAMES = ("image", "img", "picture")
_LABEL_NAMES = ("label", "labels", "class", "class_name", "category")


class Columns(NamedTuple):
    """The names of the two columns that count."""

    image: str
    label: str


def pick_columns(features: Mapping[str, Any], image: str | None, label: str | None) -> Columns:
    """Find the pictures (type `Image`) and the classes (type `ClassLabel`, else a column of a usual name).

    Args:
        features: type by column.
        image: the column of the pictures, where several may be; None to find it.
        label: the column of the classes, likewise.

    Raises:
        UsageError: there is no such column, or several and none has a usual name.
    """
    from datasets import ClassLabel, Image, Value

    images = [name for name, feature in features.items() if isinstance(feature, Image)]
    values = [name for name, feature in features.items() if isinstance(feature, ClassLabel | Value)]
    labels = [name for name in values if isinstance(features[name], ClassLabel)]
    labels = labels or [name for name in values if name in _LABEL_NAMES]
    return Columns(
        _one("image", image, images, images, _IMAGE_NAMES, features),
        _one("label", label, labels, values, _LABEL_NAMES, features),
    )


def namer(feature: Any) -> Callable[[Any], str]:
    """Return what turns a value of the label column into a class name; empty where there is no label."""
    from datasets import ClassLabel

    if not isinstance(feature, ClassLabel):
        return lambda value: "" if value is None else str(value).strip()
    names: Sequence[str] = feature.names
    return lambda value: names[value] if value is not None and value >= 0 else ""


def _one(
    kind: str,
    asked: str | None,
    likely: Sequence[str],
    possible: Sequence[str],
    usual: Sequence[str],
    features: Mapping[str, Any],
) -> str:
    flag = f"--data.{kind}-column"
    there = ", ".join(f"{name} ({type(feature).__name__})" for name, feature in features.items())
    if asked is not None:
        if asked not in possible:
            near = did_you_mean(asked, possible)
            raise UsageError(f"{flag}: {asked!r} is no column of {kind}s; there are {there}.{near}")
        return asked
    named = [name for name in usual if name in likely]
    if len(likely) == 1 or named:
        return named[0] if named else likely[0]
    what = f"any of {', '.join(likely)} may be the {kind}s" if likely else f"none holds {kind}s"
    raise UsageError(f"Of the columns {there} {what}; name it with {flag}.")
