from __future__ import annotations

import numpy as np
import pytest

from makd.evaluation import trials
from makd.evaluation.arm_definitions import parse_arms
from makd.evaluation.repetitions import alike
from makd.evaluation.tuning import ALPHA_REACH, LR_REACH, MOST_SMOOTHING, tune
from makd.progress import Silent
from makd.teachers.base import TeacherCard
from makd.training.run_dir import RunDirectory
from tests import fake_runs

ARMS = parse_arms(("base", "makd", "shuffled"), ("makd15: alpha=15",), teacher=TeacherCard("some/mllm"))
LR = fake_runs.SETTINGS.optimizer.lr


def fit(plan, **_):
    """A student is the better the nearer its learning rate is to 0.006 and, with answers, alpha to 10."""
    run = RunDirectory(plan.out)
    run.write_start(plan.config())
    far = abs(np.log(plan.settings.optimizer.lr / 0.006))
    far += abs(np.log(plan.settings.alpha / 10)) if plan.targets else plan.settings.label_smoothing
    value = float(np.exp(-far))
    run.write_metrics(
        [{"epoch": e, "val_top1": v, "train_seconds": 1.5} for e, v in ((1, value), (2, value / 2))]
    )
    run.evaluation_file.write_text("{}")
    done.append(plan)
    return run


done = []


@pytest.fixture
def tuned(tmp_path, monkeypatch):
    def carry_out(plans, *, fit, **_):
        for plan in plans:
            fit(plan)

    monkeypatch.setattr(trials, "carry_out", carry_out)
    done.clear()
    catalog = fake_runs.make_catalog(tmp_path)

    def run(n=8, **changes):
        settings = fake_runs.SETTINGS.model_copy(update=changes)
        (repetition,) = alike([settings.seed], catalog, fake_runs.make_answers(catalog), ARMS)
        out = tmp_path / "tuning"
        task = fake_runs.FakeTask()
        return tune(task, repetition, ARMS, settings, trials=n, out=out, fit=fit, progress=Silent())

    return run


def test_every_arm_has_as_many_trials_and_keeps_the_best_on_validation(tuned):
    arms, told = tuned()
    assert told["trials"] == 8
    for arm in arms:
        tried = told["arms"][arm.name]["trials"]
        assert len(tried) == 8
        best = max(tried, key=lambda trial: trial["value"])
        assert {k: v for k, v in best.items() if k != "value"} == told["arms"][arm.name]["chosen"]
        settings = arm.settings(fake_runs.SETTINGS, 3)
        assert settings.optimizer.lr == best.get("optimizer.lr", LR)
        assert settings.seed == 3
    assert told["training_seconds"]["base"] == 8 * 3.0


def test_arms_try_the_same_values_within_reach(tuned):
    told = tuned()[1]["arms"]
    tried = {name: [trial.get("optimizer.lr") for trial in arm["trials"]] for name, arm in told.items()}
    assert tried["base"] == tried["makd"] == tried["shuffled"] == tried["makd15"]
    assert tried["base"][0] is None
    assert len(set(tried["base"])) == 8
    assert all(LR / LR_REACH <= lr <= LR * LR_REACH for lr in tried["base"][1:])
    alphas = [trial["alpha"] for trial in told["makd"]["trials"][1:]]
    assert alphas == [trial["alpha"] for trial in told["shuffled"]["trials"][1:]]
    assert all(4 / ALPHA_REACH <= alpha <= 4 * ALPHA_REACH for alpha in alphas)
    smoothing = [trial["label_smoothing"] for trial in told["base"]["trials"][1:]]
    assert all(0 <= value <= MOST_SMOOTHING for value in smoothing)


def test_what_an_arm_names_itself_stays(tuned):
    arms, told = tuned()
    assert all("alpha" not in trial for trial in told["arms"]["makd15"]["trials"])
    assert {arm.name: arm for arm in arms}["makd15"].settings(fake_runs.SETTINGS, 0).alpha == 15


def test_finished_trials_are_found_by_their_config(tuned):
    first = tuned()
    count = len(done)
    assert tuned() == first
    assert len(done) == count
    assert tuned(epochs=5)[1]["arms"].keys() == first[1]["arms"].keys()
    assert len(done) == 2 * count


def test_the_settings_as_given_are_the_first_trial(tuned):
    _, told = tuned(n=1)
    assert told["arms"]["makd"]["trials"][0].keys() == {"value"}
    assert told["arms"]["makd"]["chosen"] == {}
