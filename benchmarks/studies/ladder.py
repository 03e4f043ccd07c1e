"""Where does the gain come from? Answers that lack more and more of what the teacher knows, rung by rung.

`signature`: how frequent each answer is in the species, known without looking at a picture, as of a perfect
class table. `shuffled`, `classmean`, `permuted`, `random`: the controls of `makd compare`. Labels alone and
MaKD are trained with the settings that `tuning` found best for each; whoever learns other answers has MaKD's.
Every seed has a draw of species of its own. From the root:

    python -m benchmarks.studies.ladder
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from benchmarks.studies.study import Condition, Study, base, main
from benchmarks.studies.tuning import chosen
from benchmarks.studies.world import BANK, Floats, World, bank

from makd.evaluation.arms import Arm
from makd.fieldguide.attributes import ASPECTS, Aspect
from makd.fieldguide.species import Species, draw_species
from makd.training.targets import Targets

TUNED = "base, tuned"
RUNGS = ("shuffled", "classmean", "permuted", "random")


def controlled(world: World, name: str) -> Targets | None:
    """Return a control made of the teacher's answers, as the arm of that name has it."""
    return Arm(name, name).targets(bank(world), world.train, world.draw)


def signature(world: World) -> Targets:
    """Return for each picture how frequent a yes is among its species."""
    known = {species.name: species for species in draw_species(world.draw)}
    table = np.array([frequencies(known[name]) for name in world.catalog.classes])
    return replace(bank(world), p_yes=table[world.labels].astype(np.float32))


def frequencies(species: Species) -> Floats:
    """Return the share of individuals `[Q]` of which each aspect holds."""
    return np.array([_frequency(species, aspect) for aspect in ASPECTS])


def _frequency(species: Species, aspect: Aspect) -> float:
    share = sum(species.traits[aspect.attribute].get(value, 0.0) for value in aspect.values)
    return share * (1 - species.traits["legs"].get("none", 0.0)) if aspect.attribute == "feet" else share


CONDITIONS: dict[str, Condition] = {
    TUNED: base,
    "makd": bank,
    "signature": signature,
    **{name: partial(controlled, name=name) for name in RUNGS},
}


def study() -> Study:
    """Return the study with the tuned settings."""
    own = {name: chosen("makd") for name in CONDITIONS if name != TUNED}
    return Study("ladder", CONDITIONS, (TUNED, "makd"), own={TUNED: chosen("base"), **own})


assert [aspect.id for aspect in ASPECTS] == [question.id for question in BANK.questions]

if __name__ == "__main__":
    main(study(), __doc__, seeds=15)
