"""What a picture looks like, in 256 bits: the same after re-encoding, resizing or a little brightening."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from makd.data.images import ImageError, load_image, quiet
from makd.progress import Progress, Silent

BITS = 256
NEAR = 12
"""Bits that may differ between two copies of a picture; docs/data.md has the figures it was chosen by."""

Looks: TypeAlias = NDArray[np.uint64]
_SIDE, _KEPT = 64, 16
_BLOCK = 4096
_WAVES = np.cos(
    np.pi * np.outer(np.arange(_KEPT), 2 * np.arange(_SIDE) + 1) / (2 * _SIDE), dtype=np.float64
).astype(np.float32)


def looks(picture: Image.Image) -> Looks:
    """Return `[4]` words of 64 bits: which low frequencies are stronger than their median (pHash).

    The picture is made grey and 64 x 64; of its cosine transform the 16 x 16 lowest frequencies count, but
    not the mean grey. The idea is that of Zauner, "Implementation and Benchmarking of Perceptual Image Hash
    Functions" (2010), with 256 bits in place of 64: fewer cannot tell fine-grained pictures apart.
    """
    small = picture.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    strength = (_WAVES @ np.asarray(small, dtype=np.float32) @ _WAVES.T).ravel()
    middle = np.median(strength[1:])
    strength[0] = middle
    return np.packbits(strength > middle).view(np.uint64)


def looks_of(paths: Sequence[Path], progress: Progress = Silent()) -> tuple[Looks, NDArray[np.bool_]]:
    """Return the looks `[N, 4]` of pictures, and which of them could be read `[N]`."""
    found = np.zeros((len(paths), BITS // 64), dtype=np.uint64)
    readable = np.zeros(len(paths), dtype=bool)

    def look(i: int) -> None:
        try:
            found[i] = looks(load_image(paths[i], at_least=2 * _SIDE))
            readable[i] = True
        except ImageError:
            pass  # decoding for training tells it

    with (
        quiet(),
        ThreadPoolExecutor(os.cpu_count()) as threads,
        progress.meter("looking", len(paths)) as meter,
    ):
        for _ in threads.map(look, range(len(paths))):
            meter.advance()
    return found, readable


def near_pairs(a: Looks, b: Looks, limit: int = NEAR) -> NDArray[np.int64]:
    """Return `[P, 2]` row numbers in `a` and `b` of pictures whose looks differ in at most `limit` bits."""
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for i in range(0, len(a), _BLOCK // 64):
        for j in range(0, len(b), _BLOCK):
            rows, columns = a[i : i + _BLOCK // 64], b[j : j + _BLOCK]
            # what differs little as a whole differs little in its first word
            near = np.argwhere(np.bitwise_count(rows[:, None, 0] ^ columns[None, :, 0]) <= limit)
            differing = np.bitwise_count(rows[near[:, 0]] ^ columns[near[:, 1]]).sum(axis=1)
            pairs.append(near[differing <= limit] + [i, j])
    return np.concatenate(pairs)
