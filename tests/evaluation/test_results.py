from __future__ import annotations

from importlib.metadata import version

import numpy as np
import pytest
from scipy import stats

from makd.errors import MakdError
from makd.evaluation.arm_definitions import parse_arms
from makd.evaluation.results import arithmetic, pairings, tabulate, training_seconds
from makd.evaluation.statistics import holm
from makd.teachers.base import TeacherCard
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory
from tests import fake_runs

ARMS = parse_arms(("base", "makd", "shuffled", "random"), teacher=TeacherCard("some/mllm"))


@pytest.fixture
def runs(tmp_path):
    catalog = fake_runs.make_catalog(tmp_path, per_split=40)

    def one(arm, seed):
        settings = fake_runs.SETTINGS.model_copy(update={"seed": seed})
        out = tmp_path / f"{arm}-{seed}"
        return fake_runs.fit(TrainingPlan(fake_runs.FakeTask(), catalog, None, settings, out, arm))

    return {arm.name: [one(arm.name, seed) for seed in range(4)] for arm in ARMS}


def table(runs, metric="top1"):
    return tabulate(
        ARMS, runs, metric, ["mean_per_class", "top1", "top5", "new"], [f"c{c}" for c in range(6)]
    )


def test_pairs_hold_every_arm_against_base_and_makd_against_every_control(runs):
    pairs = [(pair["a"], pair["b"]) for pair in table(runs)["pairs"]]
    assert pairs == [
        ("makd", "base"),
        ("shuffled", "base"),
        ("random", "base"),
        ("makd", "shuffled"),
        ("makd", "random"),
    ]


def test_a_class_table_is_held_against_its_controls():
    arms = parse_arms(("base", "signature", "permuted"), teacher=TeacherCard("table:t.yaml"))
    assert pairings(arms) == [[("signature", "base"), ("permuted", "base")], [("signature", "permuted")]]


def test_an_arm_of_its_own_settings_is_held_against_controls_of_the_same():
    custom = ("makd15: alpha=15", "shuffled15: alpha=15")
    arms = parse_arms(("base", "makd", "random"), custom, teacher=TeacherCard("some/mllm"))
    assert pairings(arms)[1:] == [
        [("makd", "random"), ("makd", "shuffled15")],
        [("makd15", "shuffled15")],
    ]


def test_both_teachers_are_held_against_each_alone_and_against_their_controls():
    names = ("base", "makd", "shuffled", "kd", "kd+makd", "kd+shuffled", "dkd+shuffled")
    families = pairings(parse_arms(names, teacher=TeacherCard("some/mllm")))
    assert families[0] == [(name, "base") for name in names[1:]]
    assert families[1] == [("makd", "shuffled")]
    assert families[2:] == [[("kd+makd", "makd"), ("kd+makd", "kd"), ("kd+makd", "kd+shuffled")]]


def test_without_base_there_are_the_controls_alone():
    arms = parse_arms(("makd", "random"), teacher=TeacherCard("some/mllm"))
    assert pairings(arms) == [[], [("makd", "random")]]


def test_figures_of_a_pair_equal_scipy_and_plain_resampling(runs):
    pair = table(runs)["pairs"][0]
    a, b = ([run.evaluation()["top1"] for run in runs[arm]] for arm in ("makd", "base"))
    expected = stats.ttest_rel(a, b)
    assert pair["difference"] == pytest.approx(np.mean(a) - np.mean(b))
    assert pair["p_value"] == pytest.approx(expected.pvalue)
    assert pair["ci95"] == pytest.approx(list(expected.confidence_interval()))
    assert pair["n"] == 4
    hits = {
        arm: np.mean(
            [run.predictions()["label"] == run.predictions()["prediction"] for run in runs[arm]], axis=0
        )
        for arm in ("makd", "base")
    }
    difference = hits["makd"] - hits["base"]
    draws = np.random.default_rng(0).integers(0, len(difference), (10_000, len(difference)))
    low, high = np.quantile(difference[draws].mean(axis=1), [0.025, 0.975])
    assert pair["bootstrap_ci95"] == pytest.approx([low, high], abs=0.003)


def test_holm_runs_over_each_family(runs):
    pairs = table(runs)["pairs"]
    assert [pair["p_holm"] for pair in pairs[:3]] == holm([pair["p_value"] for pair in pairs[:3]])
    assert [pair["p_holm"] for pair in pairs[3:]] == holm([pair["p_value"] for pair in pairs[3:]])


def test_other_metrics_have_the_same_form(runs):
    results = table(runs, "mean_per_class")
    assert set(results["other_metrics"]) == {"top1", "top5"}
    top5 = results["other_metrics"]["top5"]
    assert top5["arms"]["makd"]["top5"] == [0.97] * 4
    assert top5["pairs"][0]["difference"] == 0.0
    assert top5["pairs"][0]["bootstrap_ci95"] is None
    low, high = results["pairs"][0]["bootstrap_ci95"]
    assert low < results["pairs"][0]["difference"] < high
    assert results["other_metrics"]["top1"] == {
        k: v for k, v in table(runs).items() if k in {"arms", "pairs"}
    }


def test_one_seed_leaves_spread_open(runs):
    results = table({arm: of_arm[:1] for arm, of_arm in runs.items()})
    arm, pair = results["arms"]["makd"], results["pairs"][0]
    assert (arm["std"], arm["ci95"]) == (None, None)
    assert (pair["ci95"], pair["p_value"], pair["p_holm"], pair["n"]) == (None, None, None, 1)
    assert pair["bootstrap_ci95"] is not None


def test_the_time_of_first_students_counts(runs):
    before = training_seconds(runs)
    first = runs["makd"][2].first
    first.path.mkdir()
    first.write_metrics([{"epoch": 1, "train_seconds": 5.0}, {"epoch": 2, "train_seconds": 2.5}])
    assert training_seconds(runs) == before | {"makd": before["makd"] + 7.5}


def test_runs_judged_on_other_images_are_refused(runs):
    run: RunDirectory = runs["makd"][2]
    found = run.predictions()
    run.write_predictions(
        tuple(found["key"][:-1]), found["label"][:-1], found["prediction"][:-1], found["confidence"][:-1]
    )
    with pytest.raises(MakdError, match="makd-2 was judged on other test images"):
        table(runs)


def test_devices_and_precisions_are_counted(runs):
    assert arithmetic(runs) == []
    for run in runs["base"] + runs["makd"]:
        run.write_start({}, arithmetic={"device": "cpu", "precision": "float32"})
    runs["base"][0].write_start({}, arithmetic={"device": "cuda", "precision": "bfloat16"})
    told = [(one["device"], one["precision"], one["runs"]) for one in arithmetic(runs)]
    assert told == [("cpu", "float32", 7), ("cuda", "bfloat16", 1)]
    assert {one["torch"] for one in arithmetic(runs)} == {version("torch")}
