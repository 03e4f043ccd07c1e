from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from makd.fieldguide.brush import Brush, shade


def test_an_ellipse_passes_through_the_pose() -> None:
    image = Image.new("RGB", (200, 200))
    linear = np.array([[0.0, -20.0], [40.0, 0.0]])  # a quarter turn, twice as tall
    brush = Brush(ImageDraw.Draw(image), linear, np.array([100.0, 60.0]), line=1)
    brush.ellipse((1.0, 0.0), (1.0, 0.5), (255, 0, 0))
    rows, columns = np.nonzero(np.asarray(image)[..., 0])
    assert (columns.mean(), rows.mean()) == pytest.approx((100, 100), abs=1)
    assert (np.ptp(columns), np.ptp(rows)) == pytest.approx((20, 80), abs=2)
    assert brush.scale == pytest.approx(800**0.5)


def test_shade_darkens_and_lightens() -> None:
    assert shade((100, 200, 50), 0.5) == (50, 100, 25)
    assert shade((100, 200, 50), 1.5) == (177, 227, 152)
    assert shade((100, 200, 50), 2.0) == (255, 255, 255)
