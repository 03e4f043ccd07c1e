from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from makd.fieldguide.sheet import main, sheet


def test_a_strip_for_each_species() -> None:
    page = sheet(draw=1, individuals=2, species=4)
    assert page.width == 2 * sheet(draw=1, individuals=2, species=1).width // 2
    strips = np.asarray(page.convert("L"))
    half = page.width // 2
    assert all(part.std() > 10 for part in (strips[:, :half], strips[:, half:]))


def test_written_as_a_file(tmp_path: Path) -> None:
    main([str(tmp_path / "page.png"), "--draw", "2"])
    with Image.open(tmp_path / "page.png") as page:
        assert page.height == 12 * (2 * 64 + 18 + 4)
