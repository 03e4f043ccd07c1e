"""What a creature is made of, and the yes/no questions that restate it.

`ATTRIBUTES` lists every attribute with its values and how often each occurs among random creatures.
`ASPECTS` lists the questions by id, each as a rule on those values: the ground truth of the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Creature: TypeAlias = Mapping[str, str]
"""Attribute name -> value, one entry for each of `ATTRIBUTES`."""

ATTRIBUTES: Mapping[str, Mapping[str, float]] = {
    "body": {"round": 0.25, "long": 0.25, "humped": 0.25, "boxy": 0.25},
    "colour": {"red": 1 / 6, "yellow": 1 / 6, "green": 1 / 6, "blue": 1 / 6, "purple": 1 / 6, "grey": 1 / 6},
    "pattern": {"plain": 0.28, "stripes": 0.24, "spots": 0.24, "saddle": 0.24},
    "belly": {"same": 0.5, "pale": 0.5},
    "collar": {"none": 0.5, "band": 0.5},
    "tail": {"none": 0.2, "stub": 0.2, "long": 0.2, "curled": 0.2, "bushy": 0.2},
    "headgear": {"none": 0.25, "horns": 0.25, "antennae": 0.25, "crest": 0.25},
    "ears": {"none": 0.34, "pointed": 0.33, "round": 0.33},
    "wings": {"none": 0.4, "small": 0.3, "large": 0.3},
    "legs": {"none": 0.2, "two": 0.25, "four": 0.3, "six": 0.25},
    "feet": {"same": 0.45, "dark": 0.55},
    "eyes": {"small": 0.5, "big": 0.5},
    "mouth": {"plain": 0.3, "beak": 0.35, "fangs": 0.35},
    "back": {"smooth": 0.5, "spiked": 0.5},
    "habitat": {"meadow": 0.2, "desert": 0.2, "snow": 0.2, "water": 0.2, "night": 0.2},
}


@dataclass(frozen=True, slots=True)
class Aspect:
    """One yes/no question about a creature.

    Attributes:
        id: the question's id in the `fieldguide` bank.
        group: what kind of aspect it is about.
        attribute: the attribute that decides it.
        values: the values of that attribute for which the answer is yes.
    """

    id: str
    group: str
    attribute: str
    values: tuple[str, ...]

    def holds(self, creature: Creature) -> bool:
        """Return the true answer for `creature`; a creature without legs has no dark feet."""
        if self.attribute == "feet" and creature["legs"] == "none":
            return False
        return creature[self.attribute] in self.values


ASPECTS: tuple[Aspect, ...] = (
    Aspect("round-body", "shape", "body", ("round",)),
    Aspect("long-body", "shape", "body", ("long",)),
    Aspect("humped-body", "shape", "body", ("humped",)),
    Aspect("boxy-body", "shape", "body", ("boxy",)),
    Aspect("red", "colour", "colour", ("red",)),
    Aspect("yellow", "colour", "colour", ("yellow",)),
    Aspect("green", "colour", "colour", ("green",)),
    Aspect("blue", "colour", "colour", ("blue",)),
    Aspect("purple", "colour", "colour", ("purple",)),
    Aspect("grey", "colour", "colour", ("grey",)),
    Aspect("striped", "pattern", "pattern", ("stripes",)),
    Aspect("spotted", "pattern", "pattern", ("spots",)),
    Aspect("saddled", "pattern", "pattern", ("saddle",)),
    Aspect("pale-belly", "pattern", "belly", ("pale",)),
    Aspect("collar", "pattern", "collar", ("band",)),
    Aspect("tail", "tail", "tail", ("stub", "long", "curled", "bushy")),
    Aspect("long-tail", "tail", "tail", ("long",)),
    Aspect("curled-tail", "tail", "tail", ("curled",)),
    Aspect("bushy-tail", "tail", "tail", ("bushy",)),
    Aspect("horns", "head", "headgear", ("horns",)),
    Aspect("antennae", "head", "headgear", ("antennae",)),
    Aspect("crest", "head", "headgear", ("crest",)),
    Aspect("pointed-ears", "head", "ears", ("pointed",)),
    Aspect("round-ears", "head", "ears", ("round",)),
    Aspect("big-eyes", "head", "eyes", ("big",)),
    Aspect("beak", "head", "mouth", ("beak",)),
    Aspect("fangs", "head", "mouth", ("fangs",)),
    Aspect("wings", "limbs", "wings", ("small", "large")),
    Aspect("large-wings", "limbs", "wings", ("large",)),
    Aspect("legs", "limbs", "legs", ("two", "four", "six")),
    Aspect("six-legs", "limbs", "legs", ("six",)),
    Aspect("dark-feet", "limbs", "feet", ("dark",)),
    Aspect("spiked-back", "shape", "back", ("spiked",)),
    Aspect("desert", "habitat", "habitat", ("desert",)),
    Aspect("snow", "habitat", "habitat", ("snow",)),
    Aspect("water", "habitat", "habitat", ("water",)),
    Aspect("night", "habitat", "habitat", ("night",)),
)


def random_creature(rng: np.random.Generator) -> Creature:
    """Draw every attribute on its own, with the frequencies of `ATTRIBUTES`."""
    return {name: draw_value(values, rng) for name, values in ATTRIBUTES.items()}


def draw_value(probabilities: Mapping[str, float], rng: np.random.Generator) -> str:
    """Return one of the keys, drawn with the given probabilities (they sum to 1)."""
    left = rng.random()
    for value, probability in probabilities.items():
        left -= probability
        if left < 0:
            return value
    return value


def answers(creature: Creature) -> npt.NDArray[np.bool_]:
    """Return the true answers `[Q]`, in the order of `ASPECTS`."""
    return np.array([aspect.holds(creature) for aspect in ASPECTS])
