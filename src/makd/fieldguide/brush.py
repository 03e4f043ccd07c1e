"""Drawing in a creature's own coordinates: shapes pass through its pose before they reach the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

Colour: TypeAlias = tuple[int, int, int]
Points: TypeAlias = npt.NDArray[np.float64]

_TURN = np.linspace(0.0, 2.0 * np.pi, 14, endpoint=False)
_CIRCLE: Points = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)


@dataclass(frozen=True, slots=True)
class Brush:
    """Draws on a canvas through an affine pose.

    Coordinates are the creature's: x grows forwards, y downwards, and 1 is about half a body.

    Attributes:
        canvas: what is drawn on.
        linear: `[2, 2]` matrix from the creature's coordinates to canvas pixels.
        origin: `[2]` canvas position of the creature's centre, in pixels.
        line: width of an outline, in canvas pixels.
    """

    canvas: ImageDraw
    linear: Points
    origin: Points
    line: int

    def polygon(self, points: Points, fill: Colour, outline: Colour | None = None) -> None:
        """Fill the polygon `points` `[N, 2]`, and draw its outline when a colour is given."""
        pixels = (points @ self.linear.T + self.origin).ravel().tolist()
        self.canvas.polygon(pixels, fill=fill)
        if outline is not None:
            self.canvas.line(pixels + pixels[:4], fill=outline, width=self.line)

    def ellipse(
        self,
        centre: tuple[float, float],
        radii: tuple[float, float],
        fill: Colour,
        outline: Colour | None = None,
        turn: float = 0.0,
    ) -> None:
        """Fill an ellipse with the given radii, turned by `turn` radians."""
        points = _CIRCLE * radii
        if turn:
            cos, sin = np.cos(turn), np.sin(turn)
            points = points @ np.array([[cos, sin], [-sin, cos]])
        self.polygon(points + centre, fill, outline)

    def rope(self, points: Points, thickness: float, fill: Colour, outline: Colour) -> None:
        """Draw a line of constant thickness through `points` `[N, 2]`, with an outline."""
        pixels = (points @ self.linear.T + self.origin).ravel().tolist()
        width = max(1, round(thickness * self.scale))
        self.canvas.line(pixels, fill=outline, width=width + 2 * self.line - 1, joint="curve")
        self.canvas.line(pixels, fill=fill, width=width, joint="curve")

    def stroke(self, points: Points, thickness: float, fill: Colour) -> None:
        """Draw a plain line of constant thickness through `points` `[N, 2]`."""
        pixels = (points @ self.linear.T + self.origin).ravel().tolist()
        self.canvas.line(pixels, fill=fill, width=max(1, round(thickness * self.scale)))

    @property
    def scale(self) -> float:
        """Canvas pixels a unit of the creature's coordinates."""
        return float(abs(np.linalg.det(self.linear)) ** 0.5)


def shade(colour: Colour, factor: float) -> Colour:
    """Return `colour` darkened (`factor` < 1) or mixed with white (`factor` > 1, at most 2)."""
    if factor <= 1.0:
        return (int(colour[0] * factor), int(colour[1] * factor), int(colour[2] * factor))
    mix = factor - 1.0
    red, green, blue = (int(channel + (255 - channel) * mix) for channel in colour)
    return (red, green, blue)
