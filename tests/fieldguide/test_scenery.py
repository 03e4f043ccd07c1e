from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from makd.fieldguide import scenery
from makd.fieldguide.attributes import ATTRIBUTES


@pytest.mark.parametrize("habitat", ATTRIBUTES["habitat"])
def test_background_covers_all_and_foreground_hides_some(habitat: str) -> None:
    hidden = []
    for seed in range(40):
        image = Image.new("RGB", (192, 192), (255, 0, 255))
        canvas = ImageDraw.Draw(image)
        scenery.foreground(habitat, canvas, 192, np.random.default_rng(seed))
        hidden.append(float((np.asarray(image) != (255, 0, 255)).any(axis=2).mean()))
        scenery.background(habitat, canvas, 192, np.random.default_rng(seed))
        assert (np.asarray(image) != (255, 0, 255)).any(axis=2).all()
    assert 0.3 < np.mean(np.array(hidden) == 0) < 0.7
    assert max(hidden) < 0.5
