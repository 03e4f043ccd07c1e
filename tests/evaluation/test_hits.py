from __future__ import annotations

import numpy as np
import pytest

from makd.evaluation.hits import Hits
from makd.evaluation.statistics import bootstrap
from tests.evaluation.test_by_class import leave

RNG = np.random.default_rng(5)


def by_class(right, labels):
    return np.mean([right[labels == c].mean() for c in np.unique(labels)])


@pytest.fixture
def varied(tmp_path):
    """Two rounds that share 20 of their test images, with different numbers of images a class."""
    rounds = [np.arange(0, 50), np.arange(30, 90)]
    right = {arm: [RNG.random(len(images)) < chance for images in rounds] for arm, chance in
             {"a": 0.8, "b": 0.5}.items()}  # fmt: skip
    runs = {
        arm: [
            leave(tmp_path / f"{arm}-{i}", images % 3, right[arm][i], keys=tuple(f"{k:02d}" for k in images))
            for i, images in enumerate(rounds)
        ]
        for arm in right
    }
    return runs, rounds, right


def test_differences_average_to_the_mean_of_the_rounds(varied):
    runs, rounds, right = varied
    hits = Hits(runs)
    assert len(hits.of_image) == 90
    top1 = np.mean([right["a"][i].mean() - right["b"][i].mean() for i in range(2)])
    assert hits.difference("a", "b", by_class=False).mean() == pytest.approx(top1)
    above = hits.difference("a", "b", by_class=True)
    per_class = np.mean(
        [by_class(right["a"][i], rounds[i] % 3) - by_class(right["b"][i], rounds[i] % 3) for i in range(2)]
    )
    assert by_class(above, hits.of_image) == pytest.approx(per_class)


def test_the_interval_holds_the_difference_and_is_the_plain_one_for_equal_images(varied, tmp_path):
    runs, _, right = varied
    low, high = Hits(runs).interval("a", "b", by_class=False)
    assert low < Hits(runs).difference("a", "b", by_class=False).mean() < high
    one = {arm: of_arm[:1] for arm, of_arm in runs.items()}
    plain = bootstrap(right["a"][0].astype(float) - right["b"][0])
    assert Hits(one).interval("a", "b", by_class=False) == pytest.approx(plain)


def test_equal_keys_of_other_data_are_other_images(tmp_path):
    labels = np.array([0, 1])
    runs = {
        arm: [
            leave(tmp_path / f"{arm}{i}", labels, np.array([True, i > 0]), source=f"d{i}") for i in range(2)
        ]
        for arm in "ab"
    }
    hits = Hits(runs)
    assert len(hits.of_image) == 4
    assert hits.sources == ["d0", "d0", "d1", "d1"]
