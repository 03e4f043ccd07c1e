"""Where does the gain come from? Answers that lack more and more of what the teacher knows, rung by rung.

`signature`: how frequent each answer is in the species, known without looking at a picture, as of a perfect
class table. `shuffled`, `classmean`, `permuted`, `random`: the controls of `makd compare`. Labels alone and
MaKD are trained with the settings that `tuning` found best for each; whoever learns other answers has MaKD's.
Every seed has a draw of species of its own. From the root:

    python -m benchmarks.studies.ladder
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from benchmarks.studies.study import Condition, Study, base, main
from benchmarks.studies.tuning import chosen
from benchmarks.studies.world import BANK, Floats, World, bank

from makd.distillation import controls
from makd.fieldguide.attributes import ASPECTS, Aspect
from makd.fieldguide.species import Species, draw_species
from makd.training.targets import Targets

TUNED = "base, tuned"


def controlled(world: World, name: str) -> Targets:
    """Return a control made of the teacher's answers, as the arm of that name has it."""
    answers = bank(world)
    p_yes, seed = np.asarray(answers.p_yes[:]), world.draw
    made: dict[str, Callable[[], Any]] = {
        "shuffled": lambda: controls.shuffled(p_yes, world.labels, seed),
        "classmean": lambda: controls.classmean(p_yes, world.labels),
        "permuted": lambda: controls.permuted(p_yes, world.labels, seed),
        "random": lambda: controls.noise(p_yes, answers.keys, answers.question_hashes, seed),
    }
    return replace(answers, p_yes=made[name]())


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
    "base": base,
    TUNED: base,
    "makd": bank,
    "signature": signature,
    **{name: partial(controlled, name=name) for name in ("shuffled", "classmean", "permuted", "random")},
}


def study() -> Study:
    """Return the study with the tuned settings."""
    own = {name: chosen("makd") for name in CONDITIONS if name not in ("base", TUNED)}
    return Study("ladder", CONDITIONS, (TUNED, "makd"), own={TUNED: chosen("base"), **own})


assert [aspect.id for aspect in ASPECTS] == [question.id for question in BANK.questions]

if __name__ == "__main__":
    main(study(), __doc__, seeds=15)
