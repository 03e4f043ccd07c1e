from __future__ import annotations

from collections import Counter

from makd.data.samples import Sample
from makd.data.spread import spread

SAMPLES = [
    Sample(f"{name}/{i}", None, class_name=name) for name in "abcd" for i in range(5 if name < "d" else 1)
]


def test_classes_take_turns():
    for seed in range(5):
        assert Counter(sample.class_name for sample in spread(SAMPLES, 3, seed)).most_common(1)[0][1] == 1
        drawn = spread(SAMPLES, 9, seed)
        assert Counter(sample.class_name for sample in drawn)["d"] == 1
        assert sorted(Counter(sample.class_name for sample in drawn).values()) == [1, 2, 3, 3]
        assert len(set(drawn)) == 9


def test_the_draw_follows_the_seed_and_takes_all_there_are():
    assert spread(SAMPLES, 6, 1) == spread(SAMPLES, 6, 1)
    assert len({spread(SAMPLES, 6, seed) for seed in range(4)}) > 1
    assert set(spread(SAMPLES, 99)) == set(SAMPLES)
    assert spread([], 9) == ()
