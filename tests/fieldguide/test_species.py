from __future__ import annotations

import numpy as np
import pytest

from makd.errors import UsageError
from makd.fieldguide.attributes import ATTRIBUTES
from makd.fieldguide.species import Species, draw_species


def usual(species: Species) -> dict[str, str]:
    return {name: max(values, key=lambda value: values[value]) for name, values in species.traits.items()}


def test_a_draw_repeats_itself_and_differs_from_others() -> None:
    assert draw_species(1) == draw_species(1)
    assert [usual(s) for s in draw_species(1)] != [usual(s) for s in draw_species(2)]
    names = [species.name for species in draw_species(0)]
    assert len(set(names)) == 24
    assert names == sorted(names)


def test_traits_are_distributions_over_all_attributes() -> None:
    for species in draw_species(0):
        assert set(species.traits) == set(ATTRIBUTES)
        for name, values in species.traits.items():
            assert set(values) == set(ATTRIBUTES[name])
            assert sum(values.values()) == pytest.approx(1.0)
            assert max(values.values()) < 0.95, "no attribute follows from the species for certain"


def test_siblings_share_most_attributes() -> None:
    by_genus: dict[str, list[dict[str, str]]] = {}
    for species in draw_species(3):
        by_genus.setdefault(species.name.split("-")[1], []).append(usual(species))
    assert len(by_genus) == 6
    for siblings in by_genus.values():
        for one in siblings:
            shared = [sum(one[name] == other[name] for name in one) for other in siblings if other is not one]
            assert min(shared) >= 5
            assert max(shared) < len(ATTRIBUTES)


@pytest.mark.parametrize("draw", range(4))
def test_attributes_tell_species_apart_but_not_always(draw: int) -> None:
    kinds = draw_species(draw)
    rng = np.random.default_rng(draw)
    right = 0
    for index, kind in enumerate(kinds):
        for _ in range(20):
            creature = kind.individual(rng)
            likelihood = [sum(np.log(k.traits[n][v]) for n, v in creature.items()) for k in kinds]
            right += int(np.argmax(likelihood)) == index
    assert 0.93 < right / (20 * len(kinds)) < 0.995


def test_too_many_species() -> None:
    with pytest.raises(UsageError, match="1 to 64 species, not 65"):
        draw_species(0, 65)
    assert len(draw_species(0, 64)) == len({s.name for s in draw_species(0, 64)}) == 64
