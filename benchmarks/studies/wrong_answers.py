"""Wrong answers: at which point does a teacher do no more good?

The teacher's own answers are spoiled in four ways. Flips: a random share of all answers is negated, as
sure of themselves as before. Always yes: every answer is moved towards yes. Ignored: a share of the
questions gets one answer whatever is seen. Errors of a class: for a share of all pairs of class and
question, every answer is negated, as of a teacher that is wrong about a species. From the root:

    python -m benchmarks.studies.wrong_answers
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from benchmarks.studies import corruption
from benchmarks.studies.study import Condition, Study, base, main
from benchmarks.studies.world import BANK, Floats, World

from makd.training.targets import Targets

Spoil = Callable[[Floats, World, np.random.Generator], Floats]


def spoiled(spoil: Spoil) -> Condition:
    """Return the condition in which the teacher's answers are spoiled so."""

    def condition(world: World) -> Targets:
        rng = np.random.default_rng((world.draw, 4))
        return world.targets(spoil(world.bank(), world, rng), [q.text for q in BANK.questions])

    return condition


def _flips(share: float) -> Spoil:
    return lambda log_odds, world, rng: corruption.flipped(log_odds, share, rng)


def _bias(by: float) -> Spoil:
    return lambda log_odds, world, rng: corruption.yes_biased(log_odds, by)


def _ignored(share: float) -> Spoil:
    return lambda log_odds, world, rng: corruption.ignored(log_odds, share, rng)


def _of_class(share: float) -> Spoil:
    return lambda log_odds, world, rng: corruption.wrong_of_class(log_odds, world.labels, share, rng)


CONDITIONS: dict[str, Condition] = {
    "base": base,
    "as answered": spoiled(lambda log_odds, world, rng: log_odds),
    **{f"flips {share} %": spoiled(_flips(share / 100)) for share in (10, 20, 30, 40, 50)},
    **{f"always yes +{by}": spoiled(_bias(by)) for by in (2, 4)},
    **{f"ignored {share} %": spoiled(_ignored(share / 100)) for share in (50, 75)},
    **{f"errors of a class {share} %": spoiled(_of_class(share / 100)) for share in (10, 20, 30)},
}

if __name__ == "__main__":
    main(Study("wrong_answers", CONDITIONS, references=("base", "as answered")), __doc__)
