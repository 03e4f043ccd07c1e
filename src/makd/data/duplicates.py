"""Pictures that stand in two splits: what is learnt by heart in one is no evidence in the other."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from makd.data.files import State, fingerprint, states
from makd.data.looks import BITS, Looks, looks_of, near_pairs
from makd.data.samples import Sample, Split
from makd.progress import Progress, Silent
from makd.storage import cache_dir, file_hash, replacing, write_json

BEFORE: Mapping[Split, tuple[Split, ...]] = {"val": ("train",), "test": ("train", "val")}
"""Splits that must not hold the pictures of a held-out one."""

_PROBE = 4096
_Reader: TypeAlias = Callable[[Path], bytes | None]
_Side: TypeAlias = Callable[[Sample], Hashable]
_Mark = TypeVar("_Mark", bound=Hashable)


class Twin(NamedTuple):
    """A held-out picture that stands in an earlier split too.

    Attributes:
        key: the held-out picture.
        split: val or test.
        of: the picture of the earlier split.
        of_split: train or val.
        same_class: whether both bear the same class.
    """

    key: str
    split: Split
    of: str
    of_split: Split
    same_class: bool


def same_bytes(samples: Sequence[Sample]) -> tuple[Twin, ...]:
    """Find files of equal content in two splits; what was found is kept in makd's cache by file and split."""
    files = list(states(samples))
    known_by = fingerprint("same bytes", files, lambda sample: (sample.key, sample.split, sample.label))
    path = cache_dir() / "duplicates" / f"{known_by}.json"
    if path.is_file():
        return tuple(Twin(*twin) for twin in json.loads(path.read_text(encoding="utf-8")))
    twins = _twins(_equal(files, lambda sample: sample.split))
    write_json(path, twins)
    return twins


def equal_files(samples: Iterable[Sample], side: _Side) -> list[list[Sample]]:
    """Return groups of files of equal content that stand on more than one side.

    They are equal in size, then in the middle, then in SHA-256: a file that none of its size on another side
    stands against is not opened. Files that cannot be read are left to the decoding, which tells them.
    """
    return _equal(states(samples), side)


def same_looks(samples: Sequence[Sample], progress: Progress = Silent()) -> tuple[Twin, ...]:
    """Find pictures that look the same in two splits though their bytes may differ: re-encoded, resized.

    Every picture is decoded once; what it looks like is kept in makd's cache by path, size and time.
    """
    samples = sorted((sample for sample in samples if sample.path), key=lambda sample: sample.key)
    words, readable = _remembered(samples, progress)
    splits = np.array([sample.split or "" for sample in samples])
    places = {split: np.flatnonzero((splits == split) & readable) for split in ("train", "val", "test")}
    twins: list[Twin] = []
    for split, earlier in BEFORE.items():
        for of_split in earlier:
            pairs = near_pairs(words[places[split]], words[places[of_split]])
            first = dict(reversed([(int(row), int(column)) for row, column in pairs]))
            twins += [
                _twin(samples[places[split][row]], samples[places[of_split][column]])
                for row, column in sorted(first.items())
            ]
    return tuple(twins)


def _equal(files: Iterable[State], side: _Side) -> list[list[Sample]]:
    by_size = _groups(((state[0], sample) for sample, state in files if state is not None), side)
    by_probe = _groups(_marked(_probe, by_size), side)
    return _groups(_marked(_digest, by_probe), side)


def _groups(marked: Iterable[tuple[_Mark, Sample]], side: _Side) -> list[list[Sample]]:
    """Return the samples of equal mark, where they stand on more than one side."""
    groups: defaultdict[_Mark, list[Sample]] = defaultdict(list)
    for mark, sample in marked:
        groups[mark].append(sample)
    return [group for group in groups.values() if len({*map(side, group)}) > 1]


def _marked(read: _Reader, groups: Sequence[Sequence[Sample]]) -> Iterator[tuple[tuple[int, bytes], Sample]]:
    """Yield what `read` says of each file that it can read, with the number of its group."""
    members = [(number, sample) for number, group in enumerate(groups) for sample in group]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        marks = threads.map(read, [Path(sample.path or "") for _, sample in members], chunksize=64)
        for (number, sample), mark in zip(members, marks, strict=True):
            if mark is not None:
                yield (number, mark), sample


def _probe(path: Path) -> bytes | None:
    """Return some bytes of the middle, where pictures differ; their beginnings are often alike."""
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(max(0, path.stat().st_size // 2 - _PROBE // 2))
            return file.read(_PROBE)
    except OSError:
        return None


def _digest(path: Path) -> bytes | None:
    try:
        return bytes.fromhex(file_hash(path))
    except OSError:
        return None


def _twins(groups: Iterable[Sequence[Sample]]) -> tuple[Twin, ...]:
    """Hold each held-out picture against the first of its group in each earlier split."""
    return tuple(
        _twin(sample, next(other for other in group if other.split == of_split))
        for group in groups
        for sample in group
        for of_split in BEFORE.get(sample.split or "train", ())
        if any(other.split == of_split for other in group)
    )


def _twin(sample: Sample, other: Sample) -> Twin:
    if sample.split is None or other.split is None:
        raise ValueError(f"{sample.key} and {other.key} have no splits")
    return Twin(sample.key, sample.split, other.key, other.split, sample.label == other.label)


def _remembered(samples: Sequence[Sample], progress: Progress) -> tuple[Looks, NDArray[np.bool_]]:
    """Return the looks of the samples and which could be read, from the cache when nothing has changed."""
    path = cache_dir() / "looks" / f"{fingerprint(f'looks {BITS}', states(samples))}.npz"
    if path.is_file():
        with np.load(path, allow_pickle=False) as kept:
            return kept["words"], kept["readable"]
    words, readable = looks_of([sample.path for sample in samples if sample.path], progress)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, words=words, readable=readable)
    return words, readable
