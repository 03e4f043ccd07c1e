from __future__ import annotations

import numpy as np
import pytest

from makd.fieldguide.attributes import ASPECTS, ATTRIBUTES, answers, random_creature


def test_probabilities_sum_to_one() -> None:
    for values in ATTRIBUTES.values():
        assert sum(values.values()) == pytest.approx(1.0)


def test_aspects_name_known_values() -> None:
    assert len({aspect.id for aspect in ASPECTS}) == len(ASPECTS) >= 27
    for aspect in ASPECTS:
        assert 0 < len(set(aspect.values)) < len(ATTRIBUTES[aspect.attribute])
        assert set(aspect.values) <= set(ATTRIBUTES[aspect.attribute])


def test_answers_are_as_frequent_as_the_values() -> None:
    rng = np.random.default_rng(0)
    seen = np.mean([answers(random_creature(rng)) for _ in range(4000)], axis=0)
    for aspect, share in zip(ASPECTS, seen, strict=True):
        expected = sum(ATTRIBUTES[aspect.attribute][value] for value in aspect.values)
        if aspect.attribute == "feet":
            expected *= 1 - ATTRIBUTES["legs"]["none"]
        assert share == pytest.approx(expected, abs=0.04), aspect.id


def test_no_legs_no_feet() -> None:
    creature = dict(random_creature(np.random.default_rng(0)), feet="dark")
    feet = next(aspect for aspect in ASPECTS if aspect.attribute == "feet")
    assert feet.holds({**creature, "legs": "two"})
    assert not feet.holds({**creature, "legs": "none"})
