from __future__ import annotations

import pytest

from makd.evaluation import summary
from makd.evaluation.arms import KNOWN, METHODS
from makd.evaluation.statistics import holm

BASE = 0.8


def make_results(differences, *, seeds=3, control="makd", bootstrap=None):
    """Return results in which `control` stands the given (difference, low, high, p) above each arm named."""
    arms = {"base": BASE, control: BASE + differences.get("base", (0.05,))[0]}
    arms |= {name: arms[control] - given[0] for name, given in differences.items() if name != "base"}
    families = [["base"] if "base" in differences else [], [name for name in differences if name != "base"]]
    pairs = []
    for family in families:
        for name, p_holm in zip(family, holm([differences[name][3] for name in family]), strict=True):
            difference, low, high, p_value = differences[name]
            pairs.append(
                {
                    "a": control,
                    "b": name,
                    "difference": difference,
                    "ci95": None if seeds == 1 else [low, high],
                    "p_value": p_value,
                    "p_holm": p_holm,
                    "n": seeds,
                    "bootstrap_ci95": bootstrap,
                }
            )
    if "base" not in differences:
        del arms["base"]
    return {
        "metric": "top1",
        "arms": {
            name: {
                "top1": [mean] * seeds,
                "mean": mean,
                "std": 0.0,
                "ci95": None if seeds == 1 else [mean, mean],
            }
            for name, mean in arms.items()
        },
        "pairs": pairs,
        "seeds": list(range(seeds)),
        "variants": {name: {"control": name, "overrides": {}} for name in arms},
    }


def test_a_clear_gain():
    results = make_results(
        {"base": (0.043, 0.021, 0.065, 0.01), "random": (0.04, 0.01, 0.07, 0.02)}, bootstrap=[0.02, 0.06]
    )
    assert summary.sentences(results) == [
        "MaKD helped: 84.3 % top-1 accuracy against 80.0 % from labels alone, +4.3 points "
        "(95 % interval +2.1 to +6.5, 3 seeds).",
        "It is clearly above random (+4.0, +1.0 to +7.0).",
        "With 3 seeds the intervals are rough: take 5 or more for a claim.",
    ]
    assert summary.verdict(results) == " ".join(summary.sentences(results))


def test_an_interval_that_holds_0_is_no_gain():
    results = make_results({"base": (0.01, -0.02, 0.04, 0.3)})
    first = summary.sentences(results)[0]
    assert first.startswith("It is not shown that MaKD helped: 81.0 %")
    assert first.endswith("the interval includes 0.")


def test_harm_is_called_harm():
    assert summary.verdict(make_results({"base": (-0.03, -0.05, -0.01, 0.01)})).startswith(
        "MaKD did harm: 77.0 %"
    )


def test_what_no_control_rules_out_stays_open():
    results = make_results(
        {
            "base": (0.04, 0.02, 0.06, 0.01),
            "shuffled": (0.01, -0.01, 0.03, 0.2),
            "classmean": (-0.02, -0.03, -0.01, 0.01),
        },
        seeds=5,
    )
    assert summary.sentences(results)[1:] == [
        "It is clearly below classmean (\N{MINUS SIGN}2.0, \N{MINUS SIGN}3.0 to \N{MINUS SIGN}1.0).",
        "There is no clear difference from shuffled (+1.0, \N{MINUS SIGN}1.0 to +3.0), so it is not shown "
        "that it matters which image of a class an answer is about.",
    ]


def test_doubts_follow_a_gain():
    results = make_results({"base": (0.04, 0.001, 0.08, 0.049)}, bootstrap=[-0.01, 0.09])
    results["pairs"][0]["p_holm"] = 0.147
    first = summary.sentences(results)[0]
    assert "Corrected for the number of arms it is not significant (p = 0.147)." in first
    assert "drawn anew they give \N{MINUS SIGN}1.0 to +9.0 points, which includes 0." in first


def test_a_control_is_told_apart_only_where_that_holds_after_correction():
    results = make_results(
        {
            "base": (0.04, 0.02, 0.06, 0.01),
            "random": (0.04, 0.02, 0.06, 0.001),
            "shuffled": (0.02, 0.001, 0.04, 0.04),
            "classmean": (-0.02, -0.04, -0.001, 0.04),
        },
        seeds=5,
    )
    assert summary.sentences(results)[1:] == [
        "It is clearly above random (+4.0, +2.0 to +6.0).",
        "There is no clear difference from shuffled (+2.0, +0.1 to +4.0; corrected for the number of "
        "controls p = 0.080), so it is not shown that it matters which image of a class an answer is about.",
        "There is no clear difference from classmean (\N{MINUS SIGN}2.0, \N{MINUS SIGN}4.0 to "
        "\N{MINUS SIGN}0.1; corrected for the number of controls p = 0.080), so it is not shown that answers "
        "about single images add to their class's average.",
    ]


def test_one_seed_claims_nothing():
    results = make_results({"base": (0.04, 0, 0, None), "random": (0.03, 0, 0, None)}, seeds=1)
    assert summary.sentences(results) == [
        "MaKD reaches 84.0 % top-1 accuracy against 80.0 % from labels alone, +4.0 points; "
        "one seed cannot tell an effect from chance.",
        "In this seed it has +3.0 over random.",
    ]


def test_a_class_table_is_never_called_makd():
    for given in [(0.04, 0.02, 0.06, 0.01), (0.01, -0.02, 0.04, 0.3), (-0.04, -0.06, -0.02, 0.01)]:
        verdict = summary.verdict(make_results({"base": given}, control="signature"))
        assert "MaKD" not in verdict
        assert "class table" in verdict


def test_only_controls_of_equal_settings_count():
    results = make_results(
        {
            "base": (0.04, 0.02, 0.06, 0.01),
            "random": (0.03, 0.01, 0.05, 0.01),
            "shuffled": (0.02, 0.01, 0.03, 0.01),
        },
        seeds=5,
    )
    results["variants"]["shuffled"]["overrides"] = {"alpha": 15}
    assert summary.sentences(results)[1:] == ["It is clearly above random (+3.0, +1.0 to +5.0)."]


def test_further_arms_that_learn_the_answers_have_a_sentence():
    results = make_results({"base": (0.04, 0.02, 0.06, 0.01)}, seeds=5)
    results["arms"]["makd15"] = results["arms"]["makd"] | {"mean": 0.861}
    results["variants"]["makd15"] = {"control": "makd", "overrides": {"alpha": 15}}
    results["pairs"].append(results["pairs"][0] | {"a": "makd15", "difference": 0.061})
    assert summary.sentences(results)[-1] == "makd15 reaches 86.1 %, +6.1 over base (+2.0 to +6.0)."


def test_without_base_or_teacher():
    assert "without a base arm" in summary.verdict(make_results({"random": (0.04, 0.02, 0.06, 0.01)}))
    alone = make_results({"base": (0.0, 0, 0, 1.0)})
    del alone["arms"]["makd"]
    assert summary.verdict(alone) == (
        "No arm learns a teacher's own answers here; the highest, base, reaches 80.0 % top-1 accuracy."
    )


def test_rows_are_the_figures_in_per_cent_and_points():
    results = make_results({"base": (0.0432, 0.0213, 0.0651, 0.0004)})
    assert summary.rows(results) == [
        ("base", "80.0", "80.0 to 80.0", "", "", ""),
        ("makd", "84.3", "84.3 to 84.3", "+4.3", "+2.1 to +6.5", "< 0.001"),
    ]
    assert len(summary.header(results)) == 6


@pytest.mark.parametrize(
    ("value", "text"), [(0.0432, "+4.3"), (-0.002, "\N{MINUS SIGN}0.2"), (0.0001, "0.0"), (-0.0001, "0.0")]
)
def test_points(value, text):
    assert summary.points(value) == text


def test_every_arm_is_described_in_words_of_its_own():
    composed = [f"{method}+{known}" for method in METHODS for known in KNOWN if known != "base"]
    arms = [*KNOWN, *METHODS, *composed]
    assert len({summary.describe(arm) for arm in arms}) == len(arms)
    assert summary.describe("kd+pseudo") == (
        "a vision teacher's class probabilities and labels that a first student is sure of"
    )


def test_references_are_told_beside_the_verdict():
    results = make_results({"base": (0.043, 0.021, 0.065, 0.01)})
    figure = {"mean": 0.103, "ci95": [0.08, 0.12]}
    assert summary.beside({**results, "references": {"naming": {"top1": figure}}}) == [
        "Asked for the class, the teacher itself reaches 10.3 % (8.0 to 12.0)."
    ]
    assert summary.beside(results) == []


def test_runs_that_were_not_computed_alike_are_told():
    results = make_results({"base": (0.043, 0.021, 0.065, 0.01)}, seeds=5)
    cpu = {"device": "cpu", "precision": "bfloat16", "torch": "2.15.0", "runs": 8}
    gpu = {**cpu, "device": "cuda", "runs": 2}
    alike = summary.sentences({**results, "arithmetic": [cpu]})
    assert alike == summary.sentences(results)
    assert summary.sentences({**results, "arithmetic": [cpu, gpu]}) == [
        *alike,
        "Runs were not computed alike (8 on cpu in bfloat16, torch 2.15.0; 2 on cuda in bfloat16, torch "
        "2.15.0): arms may differ for that alone.",
    ]
