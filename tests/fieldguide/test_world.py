from __future__ import annotations

import numpy as np

from makd.fieldguide.attributes import random_creature
from makd.fieldguide.world import SIDE, picture


def test_a_picture_depends_on_creature_and_generator_alone() -> None:
    creature = random_creature(np.random.default_rng(3))
    one, same, other = (np.asarray(picture(creature, np.random.default_rng(seed))) for seed in (0, 0, 1))
    assert one.shape == (SIDE, SIDE, 3)
    assert one.dtype == np.uint8
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_habitats_tell_by_their_background() -> None:
    creature = dict(random_creature(np.random.default_rng(3)))
    mean = {}
    for habitat in ("meadow", "desert", "snow", "water", "night"):
        scenes = [
            np.asarray(picture({**creature, "habitat": habitat}, np.random.default_rng(i))) for i in range(12)
        ]
        mean[habitat] = np.mean(scenes, axis=(0, 1, 2))
    assert min(mean, key=lambda name: mean[name].sum()) == "night"
    assert max(mean, key=lambda name: mean[name].sum()) == "snow"
    assert mean["desert"][0] > mean["desert"][2] + 30
    assert mean["water"][2] > mean["water"][0] + 15


def test_pictures_are_never_empty() -> None:
    rng = np.random.default_rng(5)
    for _ in range(30):
        assert np.asarray(picture(random_creature(rng), rng)).std() > 8
