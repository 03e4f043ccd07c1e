from __future__ import annotations

import json

import numpy as np
import pytest

from makd.errors import MakdError, UsageError
from makd.evaluation.arm_definitions import parse_arms
from makd.evaluation.compare import compare
from makd.evaluation.repetitions import alike
from makd.teachers.base import TeacherCard
from makd.training.run_dir import RunDirectory
from tests import fake_runs

MLLM = TeacherCard("some/mllm-8B")


@pytest.fixture
def catalog(tmp_path):
    return fake_runs.make_catalog(tmp_path)


@pytest.fixture
def run(tmp_path, catalog):
    def run(names=("base", "makd", "shuffled"), custom=(), **options):
        options = {"seeds": 2, "out": tmp_path / "out", "jobs": 1, "fit": fake_runs.fit} | options
        arms = parse_arms(names, custom, teacher=MLLM)
        settings = options.pop("settings", fake_runs.SETTINGS)
        answers = options.pop("answers", fake_runs.make_answers(catalog))
        seeds = range(settings.seed, settings.seed + options.pop("seeds"))
        repetitions = options.pop("repetitions", None) or alike(seeds, catalog, answers, arms)
        return compare(options.pop("task", fake_runs.FakeTask()), repetitions, arms, settings, **options)

    return run


def test_results_are_those_of_the_run_directories(run, tmp_path, catalog):
    results = run()
    assert json.loads(json.dumps(results)) == results
    assert not (tmp_path / "out" / "results.json").exists(), "written once, when it is whole"
    for arm in ("base", "makd", "shuffled"):
        values = [
            json.loads((tmp_path / "out" / "runs" / f"{arm}-{seed}" / "evaluation.json").read_text())["top1"]
            for seed in (0, 1)
        ]
        assert results["arms"][arm]["top1"] == values
        assert results["arms"][arm]["mean"] == pytest.approx(np.mean(values))
        assert results["arms"][arm]["std"] == pytest.approx(np.std(values, ddof=1))
    (work,) = results["cost"].pop("work")
    assert (work["runs"], work["jobs"]) == (6, 1)
    assert results["cost"] == {"training_seconds": {"base": 12.0, "makd": 12.0, "shuffled": 12.0}}
    assert (results["task"], results["data"], results["metric"]) == ("classification", "toy", "top1")
    assert results["splits"] == {"train": 60, "val": 60, "test": 75}
    assert (results["seeds"], results["classes"]) == ([0, 1], 6)
    assert results["questions"][1] == {"id": "q1", "text": "Is it q1?"}
    assert set(results["other_metrics"]) == {"mean_per_class", "top5"}


def test_all_arms_of_a_seed_get_it_and_their_own_targets(run, tmp_path):
    run(
        ("base", "makd", "random"),
        ("wide: alpha=15",),
        settings=fake_runs.SETTINGS.model_copy(update={"seed": 7}),
    )
    configs = {
        (arm, seed): RunDirectory(tmp_path / "out" / "runs" / f"{arm}-{seed}").config()
        for arm in ("base", "makd", "random", "wide")
        for seed in (7, 8)
    }
    assert all(config["seed"] == seed for (_, seed), config in configs.items())
    assert configs["base", 7]["targets"] is None
    assert configs["makd", 7]["targets"] == configs["makd", 8]["targets"] == configs["wide", 7]["targets"]
    assert configs["random", 7]["targets"] != configs["random", 8]["targets"]
    assert [configs[arm, 7]["alpha"] for arm in ("base", "makd", "wide")] == [4.0, 4.0, 15]


def test_finished_runs_are_kept_and_the_missing_are_done(run, tmp_path, heard):
    first = run()
    marks = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("evaluation.json")}
    (gone,) = (path for path in marks if path.parent.name == "makd-1")
    gone.unlink()
    again = run(progress=heard)
    assert [work["runs"] for work in again["cost"].pop("work")] == [6, 1]
    assert [work["runs"] for work in first["cost"].pop("work")] == [6]
    assert again == first
    assert heard.lines[0] == "5 of 6 runs are there already."
    assert heard.lines[1].startswith("makd, seed 1: top1 ")
    assert {p for p in marks if p.stat().st_mtime_ns != marks[p]} == {gone}


def test_runs_of_other_settings_are_refused_and_left(run, tmp_path):
    run()
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match=r"base-0 holds a run of other settings.*--overwrite"):
        run(settings=fake_runs.SETTINGS.model_copy(update={"epochs": 4}))
    with pytest.raises(UsageError, match="holds a run of other settings"):
        run(task=fake_runs.FakeTask(metric="mean_per_class"))
    assert {path: path.read_bytes() for path in before} == before


def test_another_metric_decides(run):
    results = run(task=fake_runs.FakeTask(metric="mean_per_class"))
    assert results["metric"] == "mean_per_class"
    assert set(results["arms"]["makd"]) == {"mean_per_class", "mean", "std", "ci95"}
    assert set(results["other_metrics"]) == {"top1", "top5"}


def test_an_unknown_model_stops_before_anything_is_written(run, tmp_path):
    with pytest.raises(MakdError, match="no such model"):
        run(custom=("other: model=resnet0",))
    assert not (tmp_path / "out").exists()


def test_a_failed_run_is_told_and_the_rest_kept(run, tmp_path):
    with pytest.raises(MakdError, match=r"2 of 6 runs failed.*\n  shuffled-0, shuffled-1: the loss"):
        run(fit=fake_runs.fit_but_not_shuffled)
    assert len(list((tmp_path / "out").rglob("evaluation.json"))) == 4


@pytest.mark.slow
def test_real_training_of_two_arms(tmp_path, monkeypatch):
    from PIL import Image

    from makd.classification.task import ClassificationTask
    from makd.config.training import TrainingSettings

    monkeypatch.setenv("MAKD_CACHE", str(tmp_path / "cache"))
    catalog = fake_runs.make_catalog(tmp_path / "pictures", classes=3, per_split=4)
    for sample in catalog.samples:
        sample.path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (24, 24), [(250, 10, 10), (10, 250, 10), (10, 10, 250)][sample.label]).save(
            sample.path
        )
    settings = TrainingSettings.model_validate(
        {"epochs": 2, "image_size": 24, "batch_size": 8, "model": {"name": "test_resnet"}}
    )
    arms = parse_arms(("base", "makd"), teacher=MLLM)
    results = compare(
        ClassificationTask(),
        alike(range(2), catalog, fake_runs.make_answers(catalog), arms),
        arms,
        settings,
        out=tmp_path / "out",
        jobs=2,
    )
    assert [len(arm["top1"]) for arm in results["arms"].values()] == [2, 2]
    assert results["pairs"][0]["n"] == 2
    run = RunDirectory(tmp_path / "out" / "runs" / "makd-1")
    hits = run.predictions()["label"] == run.predictions()["prediction"]
    assert results["arms"]["makd"]["top1"][1] == pytest.approx(hits.mean())
    assert len(run.metrics()) == 2
