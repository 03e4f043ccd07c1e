from __future__ import annotations

from collections import Counter

from makd.data.samples import Sample
from makd.data.spread import of_each_class, share_of_each_class, spread

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


def test_some_of_each_class_and_more_hold_fewer():
    drawn = of_each_class(SAMPLES, 3)
    assert Counter(sample.class_name for sample in drawn) == {"a": 3, "b": 3, "c": 3, "d": 1}
    assert list(drawn) == [sample for sample in SAMPLES if sample in drawn]
    assert set(of_each_class(SAMPLES, 2)) < set(drawn)
    assert of_each_class(SAMPLES, 3, seed=1) != drawn


def test_a_share_of_each_class_and_more_hold_fewer():
    shares = {share: share_of_each_class(SAMPLES, share, seed=2) for share in (0.1, 0.4, 0.6, 1.0)}
    assert Counter(s.class_name for s in shares[0.1]) == {"a": 1, "b": 1, "c": 1, "d": 1}
    assert Counter(s.class_name for s in shares[0.4]) == {"a": 2, "b": 2, "c": 2, "d": 1}
    assert set(shares[0.1]) < set(shares[0.4]) < set(shares[0.6]) < set(SAMPLES)
    assert shares[1.0] == tuple(SAMPLES)
    assert share_of_each_class(SAMPLES, 0.4, seed=3) != shares[0.4]
