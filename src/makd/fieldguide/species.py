"""Species: a few genera whose species share most attributes, and individuals that differ within each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from makd.errors import UsageError
from makd.fieldguide.attributes import ATTRIBUTES, Creature, draw_value

_STREAM = 7_001
_GENERA = (
    "tuffle", "mossling", "quibbet", "snorrel", "wumple", "pindle", "grobbin", "lumeret", "dapplin",
    "fennick", "brockle", "yarrowit", "skimmel", "hobbern", "nettlin", "corvole",
)  # fmt: skip
_EPITHETS = (
    "common", "lesser", "royal", "hermit", "northern", "merry", "elder", "shy", "wandering", "noble",
    "southern", "humble", "island", "drowsy", "clever", "gentle",
)  # fmt: skip
_SIBLINGS = 4
_MARKS = 5  # attributes in which a species departs from its genus
_STEADY = 0.90  # how often an individual has its species' usual value of a steady attribute
_MIXED = 0.60  # the same for an attribute that varies
_SHARE_MIXED = 0.40


@dataclass(frozen=True, slots=True)
class Species:
    """A kind of creature.

    Attributes:
        name: made up, and telling nothing of how it looks (`shy-mossling`).
        traits: attribute -> value -> probability among individuals, for all of `ATTRIBUTES`.
    """

    name: str
    traits: Mapping[str, Mapping[str, float]]

    def individual(self, rng: np.random.Generator) -> Creature:
        """Draw one creature of this species."""
        return {attribute: draw_value(values, rng) for attribute, values in self.traits.items()}


def draw_species(draw: int = 0, number: int = 24) -> tuple[Species, ...]:
    """Return `number` species, sorted by name; each `draw` is an independent world of them.

    Four siblings form a genus. They share its usual values but for a few attributes of their own, and each
    attribute of each species is steady or mixed: none of an individual follows from its species for certain.

    Raises:
        UsageError: there are not that many names.
    """
    most = len(_GENERA) * _SIBLINGS
    if not 1 <= number <= most:
        raise UsageError(f"fieldguide has 1 to {most} species, not {number}.")
    rng = np.random.default_rng((_STREAM, draw))
    genera = rng.permutation(len(_GENERA))
    species = []
    for start in range(0, number, _SIBLINGS):
        genus = _GENERA[genera[start // _SIBLINGS]]
        epithets = rng.choice(len(_EPITHETS), _SIBLINGS, replace=False)
        usual = {name: draw_value(values, rng) for name, values in ATTRIBUTES.items()}
        for sibling in range(min(_SIBLINGS, number - start)):
            traits = _traits(_depart(usual, rng), rng)
            species.append(Species(f"{_EPITHETS[epithets[sibling]]}-{genus}", traits))
    return tuple(sorted(species, key=lambda one: one.name))


def _depart(usual: Mapping[str, str], rng: np.random.Generator) -> dict[str, str]:
    """Return the usual values of one species: those of its genus but for `_MARKS` attributes."""
    own = dict(usual)
    names = list(ATTRIBUTES)
    for index in rng.choice(len(names), _MARKS, replace=False):
        others = [value for value in ATTRIBUTES[names[index]] if value != usual[names[index]]]
        own[names[index]] = others[rng.integers(len(others))]
    return own


def _traits(usual: Mapping[str, str], rng: np.random.Generator) -> dict[str, dict[str, float]]:
    traits = {}
    for name, value in usual.items():
        frequent = _MIXED if rng.random() < _SHARE_MIXED else _STEADY
        others = {other: p for other, p in ATTRIBUTES[name].items() if other != value}
        rest = (1.0 - frequent) / sum(others.values())
        traits[name] = {value: frequent, **{other: rest * p for other, p in others.items()}}
    return traits
