"""The page of the field guide: `python -m makd.fieldguide.sheet docs/images/fieldguide-species.png`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from makd.fieldguide.species import draw_species
from makd.fieldguide.world import SIDE, picture

if TYPE_CHECKING:
    from PIL.Image import Image

_STREAM = 7_002
_ZOOM, _GAP, _LABEL, _COLUMNS = 2, 4, 18, 2


def sheet(draw: int = 0, individuals: int = 4, species: int = 24) -> Image:
    """Return one strip of pictures a species, under its name, two species side by side."""
    from PIL import Image, ImageDraw, ImageFont

    kinds = draw_species(draw, species)
    side = SIDE * _ZOOM
    width = individuals * (side + _GAP) + 4 * _GAP
    height = side + _LABEL + _GAP
    rows = -(-len(kinds) // _COLUMNS)
    page = Image.new("RGB", (_COLUMNS * width, rows * height), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    for index, kind in enumerate(kinds):
        left, top = index // rows * width, index % rows * height
        pen.text((left + _GAP, top), kind.name, fill="black", font=font)
        for number in range(individuals):
            rng = np.random.default_rng((_STREAM, draw, index, number))
            seen = picture(kind.individual(rng), rng).resize((side, side), Image.Resampling.NEAREST)
            page.paste(seen, (left + _GAP + number * (side + _GAP), top + _LABEL))
    return page


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the page and write it."""
    parser = argparse.ArgumentParser(prog="python -m makd.fieldguide.sheet", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--draw", type=int, default=0, help="which draw of species")
    settings = parser.parse_args(arguments)
    sheet(settings.draw).quantize(192).save(settings.file, optimize=True)


if __name__ == "__main__":
    main()
