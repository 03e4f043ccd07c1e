"""Into how many tiles an image processor cuts pictures at most, read and set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from makd.errors import UsageError
from makd.teachers.pictures import image_settings


@dataclass(frozen=True, slots=True)
class Knob:
    """Where a family of image processors keeps the number of tiles.

    Attributes:
        read: returns the greatest number of tiles (the overview besides) of an image processor's settings.
        write: sets it, given image processor, the model's configuration and the number.
        steps: numbers that make a difference, given the greatest.
    """

    read: Callable[[Mapping[str, Any]], int]
    write: Callable[[Any, Any, int], None]
    steps: Callable[[int], Sequence[int]] = lambda greatest: range(1, greatest + 1)


def _write_patches(image_processor: Any, config: Any, tiles: int) -> None:
    image_processor.max_patches = tiles


def _grid(settings: Mapping[str, Any]) -> int:
    return int(settings["size"]["longest_edge"]) // int(settings["max_image_size"]["longest_edge"])


def _write_grid(image_processor: Any, config: Any, tiles: int) -> None:
    """Let the longest side span so many tiles that their square fits; no more than it does."""
    side = image_processor.max_image_size["longest_edge"]
    span = max(1, int(tiles**0.5))
    if span < image_processor.size["longest_edge"] // side:
        image_processor.size = {"longest_edge": side * span}


def _tile(settings: Mapping[str, Any]) -> int:
    """Return the side of a tile: what the sides of all resolutions are multiples of."""
    return int(np.gcd.reduce(np.array(settings["image_grid_pinpoints"]).ravel()))


def _pinpoints(settings: Mapping[str, Any]) -> int:
    areas = np.prod(np.array(settings["image_grid_pinpoints"]) // _tile(settings), axis=1)
    return int(areas.max())


def _write_pinpoints(image_processor: Any, config: Any, tiles: int) -> None:
    """Keep the resolutions of at most so many tiles; the model looks them up too."""
    every = [list(map(int, point)) for point in image_processor.image_grid_pinpoints]
    side = _tile({"image_grid_pinpoints": every})
    kept = [point for point in every if point[0] * point[1] <= tiles * side**2] or [[side, side]]
    image_processor.image_grid_pinpoints = kept
    config.image_grid_pinpoints = kept


_KNOBS: tuple[tuple[tuple[str, ...], Knob], ...] = (
    (("max_patches", "crop_to_patches"), Knob(lambda settings: int(settings["max_patches"]), _write_patches)),
    (
        ("do_image_splitting", "max_image_size"),
        Knob(
            lambda settings: _grid(settings) ** 2,
            _write_grid,
            lambda greatest: [side**2 for side in range(1, int(greatest**0.5) + 1)],
        ),
    ),
    (("image_grid_pinpoints",), Knob(_pinpoints, _write_pinpoints)),
)
"""Knobs by the settings that an image processor must have: GotOcr2 (InternVL); Idefics3, SmolVLM; LLaVA-NeXT,
LLaVA-OneVision."""


def limit_tiles(model: Any, processor: Any, tiles: int | str, source: object) -> None:
    """Cut pictures into at most `tiles` tiles from now on, the overview tile besides.

    Raises:
        UsageError: the processor cuts no tiles.
    """
    if not isinstance(tiles, int):
        raise UsageError(
            f"--teacher.tiles {tiles}: a number is needed where there are no pictures to try on."
        )
    knob_of(image_settings(processor), source).write(processor.image_processor, model.config, tiles)


def tiles_of(settings: Mapping[str, Any], source: object) -> int:
    """Return the greatest number of tiles by an image processor's settings (`TeacherCard.image_settings`).

    Raises:
        UsageError: the processor cuts no tiles.
    """
    return knob_of(settings, source).read(settings)


def knob_of(settings: Mapping[str, Any], source: object) -> Knob:
    """Return where the image processor with these settings keeps the number of tiles.

    Raises:
        UsageError: it cuts no tiles.
    """
    for names, knob in _KNOBS:
        if all(settings.get(name) for name in names):
            return knob
    raise UsageError(
        f"{source} does not cut pictures into tiles that could be fewer; leave --teacher.tiles out."
    )
