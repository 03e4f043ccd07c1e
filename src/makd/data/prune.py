"""How large makd's cache is, and how decoded pictures that nobody opens any more leave it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from makd.data.cache import home, last_opened
from makd.storage import cache_dir, locked

_DAY = 86400.0


def cache_sizes() -> dict[str, int]:
    """Return the bytes of each folder of the cache, by name; there may be none."""
    return {folder.name: _size(folder) for folder in _folders(cache_dir())}


def prune_images(days: float) -> tuple[int, int]:
    """Remove decoded pictures that were last opened more than `days` ago; they are decoded again when needed.

    Returns:
        The number of image caches removed, and their bytes.
    """
    before = time.time() - days * _DAY
    old = [folder for folder in _folders(home()) if last_opened(folder) < before]
    size = sum(map(_size, old))
    for folder in old:
        with locked(folder):
            shutil.rmtree(folder)
    return len(old), size


def _folders(place: Path) -> Iterator[Path]:
    return (entry for entry in sorted(place.glob("*")) if entry.is_dir())


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
