import numpy as np
import pytest
from benchmarks.studies.irrelevant import look_of


def test_a_mirrored_picture_looks_the_same():
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert look_of(picture[:, ::-1]) == pytest.approx(look_of(picture))
    assert look_of(picture[::-1]) != pytest.approx(look_of(picture))


def test_a_grey_picture_is_as_bright_as_it_is_and_nothing_else():
    look = look_of(np.full((64, 64, 3), 51, dtype=np.uint8))
    brightness, others = [look[0], *look[1::6]], [value for i, value in enumerate(look) if i and i % 6 != 1]
    assert brightness == pytest.approx([0.2] * 7)
    assert others == pytest.approx([0.0] * 30)
