"""Irrelevant questions beside the bank: what do they cost?

To the bank's 37 questions 18 or 37 are added. Either nothing can be seen of their answers (by chance,
half of them sure of themselves), or they can be seen and are not about the creature: how bright,
colourful, contrasty or sharp the picture is, here and there. All questions share one weight (alpha), so
each of the bank's counts for less. From the root:

    python -m benchmarks.studies.irrelevant
"""

from __future__ import annotations

from functools import partial

import numpy as np
from benchmarks.studies import corruption
from benchmarks.studies.study import Condition, Study, base, main
from benchmarks.studies.world import BANK, Floats, World, bank
from PIL import Image

from makd.training.targets import Targets

COUNTS = (18, 37)


def with_chance(world: World, count: int) -> Targets:
    """Return the bank's answers and `count` questions that are answered by chance."""
    rng = np.random.default_rng((world.draw, 5))
    return _beside(world, corruption.by_chance(len(world.train), count, rng), "chance")


def with_looks(world: World, count: int) -> Targets:
    """Return the bank's answers and `count` questions about the look of the whole picture."""
    places = np.random.default_rng((world.draw, 6)).permutation(37)[:count]
    return _beside(world, looks(world)[:, places], "look")


def looks(world: World) -> Floats:
    """Return log-odds `[N, 37]` about the picture and not the creature: each figure's z-score, times 3."""
    figures = np.array([look_of(np.asarray(Image.open(sample.path or ""))) for sample in world.train])
    scores: Floats = 3 * (figures - figures.mean(0)) / figures.std(0)
    return scores


def look_of(picture: np.ndarray) -> list[float]:
    """Return six figures of six regions and the brightness of all; a mirrored picture has the same."""
    pixels = picture.astype(np.float64) / 255
    height, width = pixels.shape[:2]
    centre = np.zeros(width, dtype=bool)
    centre[width // 4 : width - width // 4] = True
    found = [pixels.mean()]
    for rows in np.array_split(np.arange(height), 3):
        for columns in (centre, ~centre):
            region = pixels[rows][:, columns]
            red, green, blue = region.mean((0, 1))
            edges = np.abs(np.diff(region.mean(2), axis=0)).mean()
            spread = float(np.ptp(region, axis=2).mean())
            found += [region.mean(), region.std(), red - green, blue - green, edges, spread]
    return found


def _beside(world: World, further: Floats, name: str) -> Targets:
    names = [question.text for question in BANK.questions] + [f"{name} {i}" for i in range(further.shape[1])]
    return world.targets(np.hstack([world.bank(), further]), names)


CONDITIONS: dict[str, Condition] = {
    "base": base,
    "37": bank,
    **{f"37 + {count} by chance": partial(with_chance, count=count) for count in COUNTS},
    **{f"37 + {count} about the picture": partial(with_looks, count=count) for count in COUNTS},
}

if __name__ == "__main__":
    main(Study("irrelevant", CONDITIONS, references=("base", "37")), __doc__)
