"""When does MaKD pay? The gain over pictures a class, wrong answers and the share of attributes asked about.

10, 30 or 90 training pictures a species; the teacher's own answers, or a tenth or a fifth of them negated;
the whole bank, or (but not with a fifth negated) nine of its questions drawn at random, alpha in proportion
to their number. Training lasts 48, 24 and 12 epochs, so that few pictures are seen oftener. From the root:

    python -m benchmarks.studies.surface
"""

from __future__ import annotations

from functools import partial

import numpy as np
from benchmarks.studies import corruption
from benchmarks.studies.students import TUNED, lasting
from benchmarks.studies.study import Condition, Own, Study, base, main
from benchmarks.studies.world import BANK, World

from makd.data.samples import Catalog
from makd.training.targets import Targets

EPOCHS = {10: 48, 30: 24, 90: 12}
FLIPS = (0, 10, 20)
FEW = 9


def answers(world: World, per_class: int, flips: int, count: int) -> Targets:
    """Return what is learnt at a point of the surface."""
    own = world.with_per_class(per_class)
    log_odds = corruption.flipped(own.bank(), flips / 100, np.random.default_rng((world.draw, 4)))
    places = np.sort(np.random.default_rng((world.draw, 1)).permutation(len(BANK))[:count])
    return own.targets(log_odds[:, places], [BANK.questions[place].text for place in places])


def pictures(world: World, per_class: int) -> Catalog:
    """Return the draw with so many training pictures of each species."""
    return world.with_per_class(per_class).catalog


def name_of(per_class: int, flips: int, count: int) -> str:
    """Return the name of a point."""
    return f"{per_class} a class, {flips} % wrong, {count} questions"


POINTS = {
    name_of(per_class, flips, count): (per_class, flips, count)
    for per_class in EPOCHS
    for flips in FLIPS
    for count in (len(BANK), FEW)
    if flips < max(FLIPS) or count == len(BANK)
}
BASES = {f"{per_class} a class, base": per_class for per_class in EPOCHS}
CONDITIONS: dict[str, Condition] = {
    **dict.fromkeys(BASES, base),
    **{
        name: partial(answers, per_class=point[0], flips=point[1], count=point[2])
        for name, point in POINTS.items()
    },
}
PER_CLASS = BASES | {name: point[0] for name, point in POINTS.items()}


def own(name: str) -> Own:
    """Return the settings of a condition."""
    count = POINTS[name][2] if name in POINTS else len(BANK)
    alpha = TUNED.alpha * count / len(BANK)
    return {**lasting(EPOCHS[PER_CLASS[name]]), "alpha": alpha}


if __name__ == "__main__":
    surface = Study(
        "surface",
        CONDITIONS,
        (),
        peers={name: f"{point[0]} a class, base" for name, point in POINTS.items()},
        own={name: own(name) for name in CONDITIONS},
        pictures={name: partial(pictures, per_class=number) for name, number in PER_CLASS.items()},
        settings=TUNED,
    )
    main(surface, __doc__)
