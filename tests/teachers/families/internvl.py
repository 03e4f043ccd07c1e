"""InternVL: tiles of one size, each as many tokens, behind one another."""

from pathlib import Path

from tests.teachers import random_checkpoints
from tests.teachers.families.size import TINY, Size

_SIDE = 56


def internvl(folder: Path, size: Size = TINY) -> Path:
    """Save an InternVL: tiles of 56 pixels, 2 x 2 tokens each at side 1."""
    return random_checkpoints.internvl(
        folder,
        width=size.width,
        layers=size.layers,
        heads=size.heads,
        vision_width=size.vision_width,
        vision_layers=2,
        tile=_SIDE * size.side,
    )
