from __future__ import annotations

from dataclasses import replace

import pytest

from makd.errors import UsageError
from makd.evaluation import trials
from makd.evaluation.trials import best_on_validation, try_out
from makd.progress import Silent
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory
from tests import fake_runs


@pytest.fixture
def plans(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "carry_out", fake_runs.carry_out)
    catalog = fake_runs.make_catalog(tmp_path)
    return [
        TrainingPlan(fake_runs.FakeTask(), catalog, None, fake_runs.SETTINGS, tmp_path / arm, arm)
        for arm in ("base", "makd")
    ]


def attempt(plans, tmp_path):
    return try_out(plans, jobs=1, logs=tmp_path / "logs", progress=Silent(), fit=fake_runs.fit)


def test_a_trial_is_worth_its_best_epoch_and_is_done_once(plans, tmp_path):
    found = attempt(plans, tmp_path)
    assert found == [max(line["val_top1"] for line in RunDirectory(p.out).metrics()) for p in plans]
    marks = [RunDirectory(plan.out).evaluation_file.stat().st_mtime_ns for plan in plans]
    assert attempt(plans, tmp_path) == found
    assert [RunDirectory(plan.out).evaluation_file.stat().st_mtime_ns for plan in plans] == marks
    assert best_on_validation(RunDirectory(plans[0].out), "top1") == found[0]


def test_a_trial_of_other_settings_is_refused(plans, tmp_path):
    attempt(plans, tmp_path)
    other = replace(plans[0], settings=fake_runs.SETTINGS.model_copy(update={"epochs": 9}))
    with pytest.raises(UsageError, match="holds a trial of other settings"):
        attempt([other], tmp_path)
