"""The files behind samples: what a cache of them is known by, their state as they stand or their bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

from makd.data.samples import Sample
from makd.progress import Progress
from makd.storage import file_hash, locked, write_text

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


def content(samples: Sequence[Sample], kept: Path, progress: Progress) -> str:
    """Return a hash of the bytes of files in their order, wherever they lie and whatever they are called.

    Args:
        samples: with paths; a file that cannot be read counts as such.
        kept: folder that remembers the hash of files whose paths, sizes and times stand unchanged.
        progress: told of the reading.
    """
    memory = kept / f"{fingerprint('content', states(samples))}.txt"
    with locked(kept):  # of runs that begin side by side, one reads
        if not memory.is_file():
            write_text(memory, _read(samples, progress))
    return memory.read_text(encoding="utf-8")


def _read(samples: Sequence[Sample], progress: Progress) -> str:
    digest = hashlib.sha256()
    with ThreadPoolExecutor(os.cpu_count()) as threads, progress.meter("reading", len(samples)) as meter:
        for found in threads.map(_hash, samples):
            digest.update(found.encode())
            meter.advance()
    return digest.hexdigest()[:24]


def _hash(sample: Sample) -> str:
    try:
        return file_hash(sample.path or Path())
    except OSError:
        return "unreadable"
