"""The files behind samples as they stand now: what a cache of them is known by."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from makd.data.samples import Sample

State: TypeAlias = tuple[Sample, tuple[int, int] | None]
"""A sample with the size (bytes) and time (ns) of its file; None when there is none."""


def states(samples: Iterable[Sample]) -> Iterator[State]:
    """Yield each sample with the state of its file."""
    for sample in samples:
        try:
            status = os.stat(sample.path or "")  # noqa: PTH116 - a million of them
            yield sample, (status.st_size, status.st_mtime_ns)
        except OSError:
            yield sample, None


def fingerprint(kind: str, files: Iterable[State], place: Callable[[Sample], object] | None = None) -> str:
    """Return a hash of paths, sizes and times.

    Args:
        kind: what is made of the files; other kinds have other hashes.
        files: in their order.
        place: what else of each sample counts.
    """
    digest = hashlib.sha256(kind.encode())
    for sample, state in files:
        told = "unreadable" if state is None else f"{state[0]}\t{state[1]}"
        digest.update(f"\n{Path(sample.path or '').absolute()}\t{told}".encode())
        if place is not None:
            digest.update(f"\t{place(sample)}".encode())
    return digest.hexdigest()[:24]
