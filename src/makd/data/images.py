"""Decode any picture to RGB, or say in a sentence why it cannot be done."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from makd.errors import MakdError

MAX_PIXELS = 120_000_000
"""Pictures beyond this are refused before they are decoded (360 MB as RGB)."""


class ImageError(MakdError):
    """A picture cannot be read.

    Attributes:
        path: the file.
        reason: what is wrong with it, without the path (so that reasons can be counted).
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


def load_image(path: Path, *, at_least: int | None = None) -> Image.Image:
    """Decode a picture to 8-bit RGB, upright, transparency over white, the first frame of an animation.

    Args:
        path: the file.
        at_least: enough pixels of the shorter side: a larger JPEG may come out 2, 4 or 8 times smaller
            and much sooner, never below this.

    Raises:
        ImageError: the file is missing, empty, truncated, too large or no picture.
    """
    try:
        if path.stat().st_size == 0:
            raise ImageError(path, "the file is empty")
        with path.open("rb") as file, quiet():
            return _decode(path, file, at_least)
    except ImageError:
        raise
    except Exception as error:  # Pillow's parsers raise nearly anything on damaged files
        raise ImageError(path, _reason(error)) from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence Pillow's warnings: what matters about a picture becomes an `ImageError`.

    Filters belong to the process: who decodes in threads holds this around all of them.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def _decode(path: Path, file: object, at_least: int | None) -> Image.Image:
    with Image.open(file) as image:  # type: ignore[arg-type]
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise Image.DecompressionBombError(f"{width} x {height} pixels")
        if at_least is not None and image.format == "JPEG":
            scale = at_least / min(width, height)
            image.draft(None, (int(np.ceil(width * scale)), int(np.ceil(height * scale))))
        return to_rgb(image)


def to_rgb(image: Image.Image) -> Image.Image:
    """Return a copy of an open picture as `load_image` gives it: 8-bit RGB, upright, over white."""
    image.load()
    with contextlib.suppress(Exception):  # damaged metadata does not make the pixels unreadable
        if image.getexif().get(ExifTags.Base.Orientation, 1) != 1:
            image = ImageOps.exif_transpose(image)
    return _to_8_bit(image)


def _to_8_bit(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return _grey_to_8_bit(image).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")  # a copy where it is RGB already, so that the file can be closed


def _grey_to_8_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit greys by 255 / 65535; stretch other ranges (32 bits, floats) from least to greatest."""
    values = np.asarray(image).astype(np.float64)
    low, high = (float(np.nanmin(values)), float(np.nanmax(values))) if values.size else (0.0, 0.0)
    if image.mode.startswith("I") and low >= 0 and high <= 65535:
        low, high = 0.0, 65535.0
    scaled = (np.nan_to_num(values, nan=low) - low) * (255 / (high - low) if high > low else 0.0)
    return Image.fromarray(np.round(scaled).astype(np.uint8))


def _reason(error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return f"more than {MAX_PIXELS // 1_000_000} million pixels"
    if isinstance(error, UnidentifiedImageError):
        return "not a picture in a known format"
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, IsADirectoryError):
        return "a folder, not a file"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if "truncated" in str(error).lower() or isinstance(error, EOFError):
        return "the file is truncated"
    return f"damaged ({type(error).__name__})"
