"""Print how many pictures of the embedded world one core draws a second, everything included."""

from __future__ import annotations

import time

import numpy as np

from makd.fieldguide.attributes import answers, random_creature
from makd.fieldguide.world import picture


def pictures_a_second(seconds: float = 5.0) -> float:
    """Draw random creatures, their truth and their picture as an array, for about `seconds`."""
    start, drawn = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        rng = np.random.default_rng((0, drawn))
        creature = random_creature(rng)
        answers(creature)
        np.asarray(picture(creature, rng))
        drawn += 1
    return drawn / (time.perf_counter() - start)


if __name__ == "__main__":
    print(f"{pictures_a_second():,.0f} pictures/s on one core (wanted: at least 500)")
