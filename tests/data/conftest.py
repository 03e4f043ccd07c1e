from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def pixels() -> np.ndarray:
    """Smooth and asymmetric: JPEG keeps it within a few grey levels, any flip or turn changes it."""
    y, x = np.mgrid[0:40, 0:60]
    return np.stack([4 * x, 6 * y, 255 - 2 * (x + y)], axis=2).astype(np.uint8)


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """Make files under a new folder `pets`; given as path -> image count or as paths of single files."""

    def make(classes: dict[str, int], *files: str) -> Path:
        root = tmp_path / "pets"
        for name, count in classes.items():
            (root / name).mkdir(parents=True)
            for i in range(count):
                Image.new("RGB", (4, 4)).save(root / name / f"{i:03d}.png")
        for file in files:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_bytes(b"")
        return root

    return make
