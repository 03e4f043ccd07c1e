from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from PIL import Image, ImageDraw

from makd.fieldguide import anatomy
from makd.fieldguide.attributes import ATTRIBUTES, Creature
from makd.fieldguide.brush import Brush

PLAIN = {name: next(iter(values)) for name, values in ATTRIBUTES.items()} | {"legs": "four"}


class Still:
    """A generator that always draws the middle, so that two pictures differ by their attributes alone."""

    def uniform(self, low: float, high: float) -> float:
        return (low + high) / 2


def portrait(creature: Creature) -> np.ndarray[Any, np.dtype[np.int16]]:
    image = Image.new("RGB", (192, 192), (120, 120, 120))
    brush = Brush(ImageDraw.Draw(image), 40.0 * np.eye(2), np.array([96.0, 104.0]), line=3)
    anatomy.draw(creature, brush, cast(np.random.Generator, Still()))
    return np.asarray(image).astype(np.int16)


@pytest.mark.parametrize("attribute", [name for name in ATTRIBUTES if name != "habitat"])
def test_every_value_can_be_seen(attribute: str) -> None:
    pictures = {value: portrait({**PLAIN, attribute: value}) for value in ATTRIBUTES[attribute]}
    for one in pictures:
        for other in pictures:
            if one != other:
                changed = np.abs(pictures[one] - pictures[other]).max(axis=2) > 40
                assert changed.sum() > 150, f"{attribute}: {one} looks like {other}"
