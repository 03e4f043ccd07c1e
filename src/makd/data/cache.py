"""Pictures decoded once, shrunk, and kept on disk as raw pixels that every process maps."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from makd.data.files import content
from makd.data.images import ImageError, load_image, quiet
from makd.data.samples import Sample
from makd.errors import MakdError
from makd.progress import Progress, Silent
from makd.storage import cache_dir, disk_trouble_told, locked, replacing, write_json

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 2
LARGE = 500e6
"""Bytes from which on a cache is worth a line."""
_LOOKED_AT = 64
Pixels: TypeAlias = NDArray[np.uint8]


def home() -> Path:
    """Return the folder of the caches of all sets of pictures, a folder each."""
    return cache_dir() / "images"


def last_opened(folder: Path) -> float:
    """Return when a cache was last opened, in seconds since 1970: opening it writes its lock anew."""
    return max((file.stat().st_mtime for file in folder.iterdir()), default=folder.stat().st_mtime)


class ImageCache:
    """The readable pictures among some samples, as uint8 tensors.

    Attributes:
        samples: those that could be read, in the order given; `cache[i]` is the picture of `samples[i]`.
        failures: reason by key of those that could not.
    """

    def __init__(
        self, pixels: Pixels, shapes: NDArray[np.int64], samples: tuple[Sample, ...], failures: dict[str, str]
    ):
        self.samples = samples
        self.failures = failures
        self._pixels = pixels
        self._shapes = shapes
        self._ends = np.cumsum(shapes.prod(axis=1) * 3)

    @classmethod
    def open(
        cls,
        samples: Sequence[Sample],
        size: int,
        *,
        directory: Path | None = None,
        progress: Progress = Silent(),
    ) -> ImageCache:
        """Map the cache of these samples, making it first when pictures of these bytes or `size` are new.

        Args:
            samples: with paths.
            size: pixels of the shorter side (`transforms.storage_size`); smaller pictures stay as they are.
            directory: where to keep it, `images` in makd's cache folder when None.
            progress: hears of the decoding and of pictures that cannot be read.

        Raises:
            MakdError: none of the pictures can be read, or there is no room for them.
        """
        kept = directory or home()
        folder = kept / f"{content(samples, kept.parent / 'hashes', progress)}-{size}-v{FORMAT}"
        with locked(folder):
            if not (folder / "index.json").exists():
                _build(samples, size, folder, progress)
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        failures = {samples[int(place)].key: reason for place, reason in index["failures"].items()}
        if failures:
            key, reason = next(iter(failures.items()))
            message = (
                f"{len(failures)} of {len(samples)} pictures cannot be read; the first: {key} ({reason})."
            )
            if len(failures) == len(samples):
                raise MakdError(message)
            progress.say(f"Left out: {message}")
        pixels = np.memmap(folder / "pixels.bin", dtype=np.uint8, mode="c")  # torch warns of read-only arrays
        readable = tuple(sample for sample in samples if sample.key not in failures)
        return cls(pixels, np.array(index["shapes"], dtype=np.int64), readable, failures)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, i: int) -> Tensor:
        """Return picture `i` as uint8 `[3, h, w]`, channels last in memory: a view of the file, read only."""
        import torch

        height, width = self._shapes[i]
        end = self._ends[i]
        pixels = self._pixels[end - height * width * 3 : end].reshape(height, width, 3)
        return torch.from_numpy(pixels).permute(2, 0, 1)


def load_pixels(path: Path, size: int) -> Pixels:
    """Decode a picture and shrink it to a shorter side of `size`, never enlarging: uint8 `[h, w, 3]`.

    Raises:
        ImageError: it cannot be read.
    """
    return shrink(load_image(path, at_least=2 * size), size)


def shrink(image: Image.Image, size: int) -> Pixels:
    """Return an RGB picture as uint8 `[h, w, 3]`, its shorter side at most `size`, without aliasing."""
    shorter = min(image.size)
    if shorter > size:
        width, height = (max(size, round(side * size / shorter)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image)


def _build(samples: Sequence[Sample], size: int, folder: Path, progress: Progress) -> None:
    shapes: list[tuple[int, int]] = []
    failures: dict[int, str] = {}
    if (expected := _expected_bytes(samples, size)) >= LARGE:
        progress.say(
            f"{len(samples):,} pictures are decoded once, into some {expected / 1e9:,.1f} GB in {folder}; "
            "`makd info --prune DAYS` removes those not opened for so long."
        )
    room = disk_trouble_told(folder, "Make room (`makd info --prune 7`), or move the cache by MAKD_CACHE.")
    with room, replacing(folder / "pixels.bin") as temporary, temporary.open("wb") as file:
        with progress.meter("decoding", len(samples)) as meter:
            for place, result in enumerate(_decoded(samples, size)):
                meter.advance()
                if isinstance(result, ImageError):
                    failures[place] = result.reason
                else:
                    shapes.append(result.shape[:2])
                    file.write(result.tobytes())
        if not shapes:
            file.write(b"\0")  # an empty file cannot be mapped
    write_json(folder / "index.json", {"shapes": shapes, "failures": failures})


def _expected_bytes(samples: Sequence[Sample], size: int) -> float:
    """Return how large a cache will be, going by the sizes of some of its pictures."""
    found = []
    for sample in samples[:: max(1, len(samples) // _LOOKED_AT)]:
        with contextlib.suppress(OSError, Image.DecompressionBombError), Image.open(_path(sample)) as image:
            factor = min(1.0, size / min(image.size))
            found.append(3 * factor**2 * image.width * image.height)
    return len(samples) * sum(found) / len(found) if found else 0.0


def _decoded(samples: Sequence[Sample], size: int) -> Iterator[Pixels | ImageError]:
    """Decode in threads (Pillow releases the interpreter), in order, a bounded number ahead."""

    def decode(sample: Sample) -> Pixels | ImageError:
        try:
            return load_pixels(_path(sample), size)
        except ImageError as error:
            return error

    ahead = 256
    with quiet(), ThreadPoolExecutor(os.cpu_count()) as threads:
        for start in range(0, len(samples), ahead):
            yield from threads.map(decode, samples[start : start + ahead])


def _path(sample: Sample) -> Path:
    if sample.path is None:
        raise MakdError(f"Sample {sample.key} has no picture to decode.")
    return sample.path
