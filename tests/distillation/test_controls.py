from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from makd.distillation import controls
from makd.errors import UsageError


@pytest.fixture
def table():
    """60 images of 5 classes (one of them a single image), 7 questions, a tenth of the answers missing."""
    rng = np.random.default_rng(1)
    labels = np.array([0] * 20 + [1] * 15 + [2] * 14 + [3] * 10 + [4], dtype=np.int64)
    rng.shuffle(labels)
    p_yes = rng.beta(0.4, 0.6, (60, 7)).astype(np.float32)
    p_yes[rng.random(p_yes.shape) < 0.1] = np.nan
    keys = tuple(f"{label}/{i:03d}.png" for i, label in enumerate(labels))
    hashes = tuple(f"question-{q}" for q in range(7))
    return p_yes, labels, keys, hashes


def test_shuffled_gives_every_image_another_row_of_its_class(table):
    p_yes, labels, _, _ = table
    got = controls.shuffled(p_yes, labels, seed=3)
    for label in range(5):
        members = labels == label
        before = sorted(map(bytes, p_yes[members]))
        assert sorted(map(bytes, got[members])) == before
    moved = np.array([bytes(a) != bytes(b) for a, b in zip(p_yes, got, strict=True)])
    assert moved.tolist() == (labels != 4).tolist()


def test_permutations_follow_the_seed_alone(table):
    p_yes, labels, _, _ = table
    for control in (controls.shuffled, controls.permuted):
        again, other = control(p_yes, labels, 0), control(p_yes, labels, 1)
        np.testing.assert_array_equal(control(p_yes, labels, 0), again)
        assert not np.array_equal(again, other, equal_nan=True)


def test_classmean_is_the_average_of_the_answers_that_are_there(table):
    p_yes, labels, _, _ = table
    p_yes[labels == 2, 0] = np.nan
    got = controls.classmean(p_yes, labels)
    for row, label in zip(got, labels, strict=True):
        for question in range(7):
            there = [float(v) for v in p_yes[labels == label, question] if not np.isnan(v)]
            expected = sum(there) / len(there) if there else np.nan
            assert row[question] == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert np.isnan(got[labels == 2, 0]).all()


def test_permuted_gives_every_class_the_mean_of_another(table):
    p_yes, labels, _, _ = table
    right = {label: controls.classmean(p_yes, labels)[labels == label][0] for label in range(5)}
    for seed in range(20):
        got = controls.permuted(p_yes, labels, seed)
        given = {}
        for label in range(5):
            rows = got[labels == label]
            np.testing.assert_array_equal(rows, np.broadcast_to(rows[0], rows.shape))
            (given[label],) = (
                k for k, mean in right.items() if np.array_equal(mean, rows[0], equal_nan=True)
            )
        assert sorted(given.values()) == list(range(5))
        assert all(label != source for label, source in given.items())


def test_permuted_refuses_one_class():
    with pytest.raises(UsageError, match="only one"):
        controls.permuted(np.ones((3, 2), np.float32), np.zeros(3, np.int64), 0)


def test_noise_hangs_on_key_question_and_seed_and_not_on_order(table):
    p_yes, _, keys, hashes = table
    got = controls.noise(p_yes, keys, hashes, seed=5)
    rows, columns = np.random.default_rng(0).permutation(60), np.random.default_rng(0).permutation(7)
    mixed = controls.noise(
        p_yes[np.ix_(rows, columns)], [keys[i] for i in rows], [hashes[j] for j in columns], seed=5
    )
    np.testing.assert_array_equal(mixed, got[np.ix_(rows, columns)])
    assert not np.array_equal(got, controls.noise(p_yes, keys, hashes, seed=6), equal_nan=True)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(p_yes))


def test_noise_keeps_each_questions_distribution_and_forgets_the_rest():
    rng = np.random.default_rng(2)
    a = np.column_stack([rng.beta(0.3, 0.3, 5000), rng.beta(8, 2, 5000), rng.beta(0.2, 2, 5000)]).astype(
        np.float32
    )
    got = controls.noise(a, [f"k{i}" for i in range(5000)], ["a", "b", "c"], seed=0)
    np.testing.assert_allclose(got.mean(0), a.mean(0), atol=0.02)
    np.testing.assert_allclose(got.std(0), a.std(0), atol=0.02)
    for question in range(3):
        assert stats.ks_2samp(got[:, question], a[:, question]).pvalue > 0.001
        assert abs(np.corrcoef(got[:, question], a[:, question])[0, 1]) < 0.05
    assert np.abs(np.corrcoef(got.T) - np.eye(3)).max() < 0.05
    assert got.min() >= 0
    assert got.max() <= 1


def test_the_uniform_numbers_of_noise_are_uniform():
    uniform = controls._uniform([f"class/{i}.jpg" for i in range(400)], [f"q{i}" for i in range(50)], 0)
    assert stats.kstest(uniform.ravel(), "uniform").pvalue > 0.001
    assert len(np.unique(uniform)) == uniform.size


def test_inputs_are_left_alone(table):
    p_yes, labels, keys, hashes = table
    before = p_yes.copy()
    controls.shuffled(p_yes, labels, 0)
    controls.classmean(p_yes, labels)
    controls.permuted(p_yes, labels, 0)
    controls.noise(p_yes, keys, hashes, 0)
    np.testing.assert_array_equal(p_yes, before)
