from __future__ import annotations

import numpy as np
from PIL import Image

from makd.report.selection import write_curve


def test_the_curve_is_a_picture(tmp_path):
    result = {
        "classes": 4,
        "suggested": 2,
        "told_together": [1.0, 1.9, 1.95],
        "picks": [{"gain": 0.9}, {"gain": 0.5}],
        "left_out": [{"gain": -0.01}],
    }
    path = write_curve(tmp_path / "curve.png", result)
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    for colour in ((43, 131, 186), (230, 159, 0)):
        assert (pixels == colour).all(1).any()
