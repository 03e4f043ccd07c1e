"""What makd knows of a data set before it has seen its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from makd.data.sources import Found
from makd.progress import Progress


class Listing(NamedTuple):
    """What a data set's own files say.

    Attributes:
        root: the folder that keys are relative to.
        classes: class names in the official order.
        found: the pictures, with official splits where there are any.
    """

    root: Path
    classes: tuple[str, ...]
    found: list[Found]


Reader: TypeAlias = Callable[[Path, Progress], Listing]


@dataclass(frozen=True, slots=True)
class KnownSet:
    """A data set by name.

    Attributes:
        title: its full name.
        home: the address of its page; nothing is loaded from there.
        folders: where below `--data.root` its own files may lie; the root itself always counts.
        needs: what its folder must hold, by alternatives: the first that is complete decides the folder.
        division: its official splits, in words.
        classes: how many the whole data set has.
        images: how many the whole data set has, in the classes that count.
        read: turns the folder into a listing.
    """

    title: str
    home: str
    folders: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    division: str
    classes: int
    images: int
    read: Reader
