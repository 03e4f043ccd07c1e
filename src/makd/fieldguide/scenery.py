"""Where a creature stands and what stands in its way: habitats, clutter, occluders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makd.fieldguide.brush import Colour, shade

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

# habitat: (sky, ground, clutter)
_SCENES: dict[str, tuple[Colour, Colour, Colour]] = {
    "meadow": ((176, 214, 226), (126, 176, 92), (74, 132, 62)),
    "desert": ((240, 214, 168), (222, 180, 118), (150, 124, 74)),
    "snow": ((206, 218, 230), (240, 244, 248), (160, 174, 190)),
    "water": ((190, 220, 236), (84, 150, 190), (60, 120, 110)),
    "night": ((34, 36, 78), (44, 56, 66), (26, 40, 46)),
}


def background(habitat: str, canvas: ImageDraw, side: int, rng: np.random.Generator) -> None:
    """Paint sky, ground and some distant clutter over the whole canvas of `side` pixels."""
    sky, ground, clutter = (_vary(colour, rng) for colour in _SCENES[habitat])
    horizon = side * rng.uniform(0.38, 0.68)
    canvas.rectangle((0, 0, side, side), fill=sky)
    canvas.rectangle((0, 0.55 * horizon, side, side), fill=shade(sky, 1.12))
    canvas.rectangle((0, horizon, side, side), fill=ground)
    canvas.rectangle((0, horizon + 0.5 * (side - horizon), side, side), fill=shade(ground, 0.92))
    for _ in range(rng.integers(2, 6)):
        _distant(habitat, canvas, side, horizon, clutter, rng)


def foreground(habitat: str, canvas: ImageDraw, side: int, rng: np.random.Generator) -> None:
    """Paint what may hide parts of the creature: nothing in most pictures, up to three things in others."""
    clutter = _vary(_SCENES[habitat][2], rng)
    number = int(rng.choice(4, p=(0.50, 0.30, 0.14, 0.06)))
    for _ in range(number):
        x, y = side * rng.uniform(0.05, 0.95), side * rng.uniform(0.30, 1.0)
        size = side * rng.uniform(0.06, 0.13)
        if habitat in ("meadow", "water"):
            _blades(canvas, x, y, size, clutter, rng)
        elif habitat == "snow":
            canvas.ellipse((x - 1.3 * size, y - size, x + 1.3 * size, y + size), fill=shade(clutter, 1.7))
        else:
            _rock(canvas, x, y, size, clutter, rng)


def _vary(colour: Colour, rng: np.random.Generator) -> Colour:
    red, green, blue = np.clip(np.array(colour) + rng.integers(-16, 17, 3), 0, 255).tolist()
    return (red, green, blue)


def _distant(
    habitat: str, canvas: ImageDraw, side: int, horizon: float, clutter: Colour, rng: np.random.Generator
) -> None:
    x, size = side * rng.uniform(0.0, 1.0), side * rng.uniform(0.02, 0.06)
    low = rng.uniform(horizon, side)
    if habitat == "meadow":
        canvas.line((x, low, x, low - 2 * size), fill=clutter, width=3)
        petal = ((238, 120, 150), (250, 220, 90), (250, 250, 250))[rng.integers(3)]
        canvas.ellipse((x - size, low - 3 * size, x + size, low - size), fill=petal)
    elif habitat == "desert":
        canvas.rectangle((x - size / 2, horizon - 4 * size, x + size / 2, horizon + size), fill=(96, 138, 84))
        canvas.rectangle((x - 2 * size, horizon - 2.4 * size, x, horizon - 1.4 * size), fill=(96, 138, 84))
    elif habitat == "snow":
        y = rng.uniform(0, side)
        canvas.ellipse((x - size / 2, y - size / 2, x + size / 2, y + size / 2), fill=(255, 255, 255))
        canvas.polygon(
            (x - 2 * size, horizon, x, horizon - 5 * size, x + 2 * size, horizon), fill=(92, 124, 116)
        )
    elif habitat == "water":
        canvas.arc(
            (x - 2 * size, low - size, x + 2 * size, low + size), 200, 340, fill=(214, 236, 244), width=3
        )
    else:
        y = rng.uniform(0, horizon)
        canvas.ellipse((x - size / 3, y - size / 3, x + size / 3, y + size / 3), fill=(250, 244, 190))


def _blades(
    canvas: ImageDraw, x: float, y: float, size: float, colour: Colour, rng: np.random.Generator
) -> None:
    for shift in (-1.0, -0.5, 0.0, 0.5, 1.0):
        lean = rng.uniform(-0.5, 0.5)
        tip = (x + (shift + lean) * size, y - size * rng.uniform(1.0, 2.0))
        foot = x + shift * 0.8 * size
        canvas.polygon((foot - 0.3 * size, y + size, *tip, foot + 0.3 * size, y + size), fill=colour)


def _rock(
    canvas: ImageDraw, x: float, y: float, size: float, colour: Colour, rng: np.random.Generator
) -> None:
    turn = np.arange(6) * np.pi / 3 + rng.uniform(0, 1)
    radius = size * rng.uniform(0.8, 1.3, 6)
    points = np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1)
    canvas.polygon(points.ravel().tolist(), fill=colour)
