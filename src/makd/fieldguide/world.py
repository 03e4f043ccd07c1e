"""A small world of drawn creatures, 64 x 64 pixels each, for showing the whole road of makd.

A creature is a set of attributes (`attributes.py`); a picture shows it in some pose, light and company.
The questions of the packaged bank restate the very attributes that the pictures are drawn from, and the
species are defined by them. So a result on this world shows that the road works; it does not show how
large the gain is on real photographs.

The world was frozen before any student was trained on it. Whatever changes a picture or a species raises
`WORLD_VERSION` (in `makd.fieldguide`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from makd.fieldguide import anatomy, scenery
from makd.fieldguide.attributes import Creature
from makd.fieldguide.brush import Brush, Points

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 64
_FINE = 3  # canvas pixels a picture pixel


def picture(creature: Creature, rng: np.random.Generator) -> Image:
    """Draw `creature` as an RGB picture of `SIDE` x `SIDE`; `rng` draws pose, light, clutter and noise."""
    from PIL import Image, ImageDraw, ImageFilter

    side = SIDE * _FINE
    image = Image.new("RGB", (side, side))
    canvas = ImageDraw.Draw(image)
    scenery.background(creature["habitat"], canvas, side, rng)
    linear, origin = _pose(side, rng)
    anatomy.draw(creature, Brush(canvas, linear, origin, line=_FINE), rng)
    scenery.foreground(creature["habitat"], canvas, side, rng)
    image = image.reduce(_FINE)
    if rng.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.8)))
    return Image.fromarray(_expose(np.asarray(image), rng))


def _pose(side: int, rng: np.random.Generator) -> tuple[Points, Points]:
    """Return the `[2, 2]` matrix and `[2]` origin that put a creature somewhere on the canvas."""
    scale = side * rng.uniform(0.18, 0.235)
    angle = np.deg2rad(rng.normal(0.0, 9.0))
    cos, sin = np.cos(angle), np.sin(angle)
    stretch = np.diag([rng.uniform(0.90, 1.08), rng.uniform(0.92, 1.08)])
    mirror = np.diag([1.0 if rng.random() < 0.5 else -1.0, 1.0])
    linear = scale * mirror @ np.array([[cos, -sin], [sin, cos]]) @ stretch
    origin = side * np.array([rng.normal(0.5, 0.05), rng.normal(0.54, 0.05)])
    return linear, origin


def _expose(pixels: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Apply light, contrast, a colour cast and sensor noise to `[H, W, 3]` pixels."""
    light = rng.uniform(0.50, 1.15)
    contrast = rng.uniform(0.75, 1.10)
    cast = rng.uniform(0.90, 1.10, 3).astype(np.float32)
    noise = rng.standard_normal(pixels.shape, dtype=np.float32) * np.float32(rng.uniform(0.0, 12.0))
    middle = np.float32(pixels.mean())
    exposed = ((pixels - middle) * np.float32(contrast) + middle) * (cast * np.float32(light)) + noise
    clipped: npt.NDArray[np.uint8] = np.clip(exposed, 0, 255).astype(np.uint8)
    return clipped
