from __future__ import annotations

import numpy as np
import pytest

from makd.evaluation.by_class import change_by_class
from makd.evaluation.hits import Hits
from makd.evaluation.statistics import holm, sign_flip
from makd.training.run_dir import RunDirectory

CLASSES = ("ant", "bee", "cat")


@pytest.fixture
def runs(tmp_path):
    """Two seeds of 40 images a class: bees are named better by `makd`, cats worse, ants alike."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 40)
    chances = {"base": (0.7, 0.3, 0.9), "makd": (0.7, 0.95, 0.2)}
    return {
        arm: [leave(tmp_path / f"{arm}-{seed}", labels, rng.random(120) < np.array(chance)[labels])
              for seed in range(2)]
        for arm, chance in chances.items()
    }  # fmt: skip


def leave(path, labels, right, source="toy", keys=None):
    run = RunDirectory(path)
    run.write_start({"data": {"source": source}})
    keys = tuple(f"{i:03d}" for i in range(len(labels))) if keys is None else keys
    run.write_predictions(keys, labels, np.where(right, labels, (labels + 1) % 3), np.ones(len(labels)))
    return run


def accuracies(run):
    found = run.predictions()
    right = found["prediction"] == found["label"]
    return np.array([right[found["label"] == c].mean() for c in range(3)])


def test_each_class_s_change_is_the_mean_over_seeds(runs):
    table = change_by_class(Hits(runs), [("makd", "base")], CLASSES)
    expected = {arm: np.mean([accuracies(run) for run in of_arm], axis=0) for arm, of_arm in runs.items()}
    assert table["classes"] == list(CLASSES)
    assert table["images"] == [40, 40, 40]
    for arm in runs:
        assert table["accuracy"][arm] == pytest.approx(expected[arm])
    (change,) = table["changes"]
    assert (change["a"], change["b"]) == ("makd", "base")
    assert change["difference"] == pytest.approx(expected["makd"] - expected["base"])
    assert change["clear"] == [0, 1, -1]
    for difference, (low, high) in zip(change["difference"], change["ci95"], strict=True):
        assert low <= difference <= high


def test_p_values_are_sign_flips_of_images_over_all_seeds_corrected_over_classes(runs):
    hits = [
        np.sum([run.predictions()["label"] == run.predictions()["prediction"] for run in runs[arm]], axis=0)
        for arm in ("makd", "base")
    ]
    gains = hits[0] - hits[1]
    expected = holm([sign_flip(gains[40 * c : 40 * (c + 1)]) for c in range(3)])
    (change,) = change_by_class(Hits(runs), [("makd", "base")], CLASSES)["changes"]
    assert change["p_holm"] == pytest.approx(expected)


def test_one_seed_against_it_leaves_a_change_unmarked(runs, tmp_path):
    labels = np.repeat([0, 1, 2], 40)
    worse = leave(tmp_path / "base-2", labels, np.ones(120, dtype=bool))
    also = leave(tmp_path / "makd-2", labels, np.arange(120) % 40 > 0)
    runs = {"base": [*runs["base"], worse], "makd": [*runs["makd"], also]}
    (change,) = change_by_class(Hits(runs), [("makd", "base")], CLASSES)["changes"]
    assert change["p_holm"][1] < 0.05
    assert change["clear"] == [0, 0, -1]


def test_rounds_of_other_classes_have_no_table(runs, tmp_path):
    labels = np.repeat([0, 1, 2], 40)
    for arm in runs:
        runs[arm][1] = leave(tmp_path / f"{arm}-x", labels, np.ones(120, dtype=bool), source="other")
    assert change_by_class(Hits(runs), [("makd", "base")], CLASSES) is None
