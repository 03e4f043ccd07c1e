import numpy as np
import pytest
from benchmarks.studies.outcome import difference, equivalence, summarise
from scipy import stats

A, B = [0.51, 0.54, 0.50, 0.56], [0.50, 0.52, 0.50, 0.53]


def test_a_difference_is_that_of_pairs():
    found = difference({"a": A, "b": B}, "a", "b")
    test = stats.ttest_rel(A, B)
    assert found["difference"] == pytest.approx(0.015)
    assert found["p_value"] == pytest.approx(test.pvalue)
    assert found["ci95"] == pytest.approx(tuple(test.confidence_interval(0.95)))


def test_peers_are_a_family_of_their_own():
    found = summarise({"base": B, "a": A, "c": A}, references=("base",), peers={"c": "a"})
    assert [(pair["a"], pair["b"]) for pair in found["differences"]][2:] == [("c", "a")]
    assert found["differences"][2]["p_holm"] == found["differences"][2]["p_value"]


def test_all_conditions_are_held_against_each_reference():
    found = summarise({"base": B, "a": A, "c": A}, references=("base", "a"))
    assert [(pair["a"], pair["b"]) for pair in found["differences"]] == [
        ("a", "base"), ("c", "base"), ("base", "a"), ("c", "a"),
    ]  # fmt: skip
    assert found["conditions"]["a"]["mean"] == pytest.approx(np.mean(A))
    assert found["conditions"]["a"]["values"] == A
    assert found["differences"][0]["p_holm"] == pytest.approx(2 * found["differences"][0]["p_value"])


@pytest.mark.parametrize("margin", [0.01, 0.02, 0.04])
def test_equivalence_is_two_one_sided_tests(margin):
    found = equivalence(A, B, margin)
    d = np.subtract(A, B)
    above = stats.ttest_1samp(d, -margin, alternative="greater").pvalue
    below = stats.ttest_1samp(d, margin, alternative="less").pvalue
    assert found["p_value"] == pytest.approx(max(above, below))
    assert found["equivalent"] == (max(above, below) < 0.05)


def test_equal_values_are_equivalent():
    assert equivalence(A, A, 0.001)["equivalent"]


def test_a_clear_difference_is_not_equivalent():
    assert not equivalence(np.add(A, 0.05).tolist(), A, 0.015)["equivalent"]
