from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest

from makd.config.commands import RunCommand
from makd.errors import UsageError
from makd.evaluation.compare import run_directory
from makd.pipeline import run
from tests import fake_runs
from tests.pipeline.conftest import TINY


@pytest.fixture
def fake(monkeypatch):
    rng = np.random.default_rng(0)
    monkeypatch.setattr("makd.evaluation.compare.carry_out", fake_runs.carry_out)
    monkeypatch.setattr("makd.evaluation.compare._prepared_fit", lambda plans, progress: None)
    monkeypatch.setattr(
        "makd.inference.aspects.aspect_answers", lambda path, samples: rng.random((len(samples), 3))
    )


@pytest.mark.usefixtures("fake")
def test_varied_splits_less_data_and_a_linear_model(road, heard):
    settings = road(vary="split", fractions=[0.5], references=["linear"], seeds=2)
    results = run(settings, heard)
    assert json.loads((settings.out / "results.json").read_text()) == results
    assert [point["share"] for point in results["curve"]] == [0.5, 1.0]
    fewer, more = (point["images_per_class"] for point in results["curve"])
    assert fewer == round(more / 2)
    assert results["curve"][1]["arms"] == results["arms"]
    assert results["vary"] == "split"
    config = {
        (arm, seed, share): run_directory(settings.out, arm, seed, share).config()
        for arm in ("base", "signature")
        for seed in (0, 1)
        for share in (0.5, 1)
    }
    data = {place: found["data"]["fingerprint"] for place, found in config.items()}
    assert len(set(data.values())) == 4
    assert all(data["base", seed, share] == data["signature", seed, share] for _, seed, share in data)
    assert config["signature", 0, 0.5]["targets"] != config["signature", 0, 1]["targets"]
    assert results["references"]["linear"]["top1"]["values"] == [1.0, 1.0]
    assert results["aspects"]["answered"] == 1
    assert results["aspects"]["arms"]["signature"]["auroc"]["mean"] < 1
    assert results["pairs"][0]["n"] == 2
    page = (settings.out / "report.html").read_text()
    assert "With less data" in page
    assert "Without a student" in page
    assert "Aspects on held-out images" in page


def test_a_class_table_is_not_asked_for_the_class(road):
    settings = road(references=["naming"])
    with pytest.raises(UsageError, match="handed the class"):
        run(settings)
    assert not settings.out.exists()


@pytest.mark.slow
def test_draws_of_species_with_all_that_can_be_asked(tmp_path, heard, monkeypatch):
    """The embedded world in little: a real teacher, real students, two draws, trials, references."""
    from makd.fieldguide import source

    sizes = {"train": 4, "val": 2, "test": 3}
    little = partial(source.materialize, species=6, images_per_class=sizes, root=tmp_path / "world")
    monkeypatch.setattr(source, "materialize", little)
    asked = {"data": "fieldguide", "teacher": "fieldguide", "questions": "fieldguide", "vary": "draw"}
    settings = RunCommand.model_validate(
        {
            **TINY,
            **asked,
            "arms": ["base", "makd"],
            "tune": 2,
            "fractions": [0.5],
            "references": ["naming", "linear"],
            "out": tmp_path / "out",
        }
    )
    results = run(settings, heard)
    assert results["data"] == "fieldguide-draw0, fieldguide-draw1"
    assert results["cost"]["images_asked"] == 2 * 6 * 4
    assert [point["images_per_class"] for point in results["curve"]] == [2, 4]
    assert len(results["references"]["naming"]["top1"]["values"]) == 2
    assert results["references"]["naming"]["images"] == 2 * 6 * 3
    assert results["references"]["linear"]["labelling_seconds"] > 0
    teacher, student = results["aspects"]["teacher"], results["aspects"]["arms"]["makd"]
    assert teacher["truth_auroc"]["mean"] > 0.8
    assert len(student["kl"]["values"]) == 2
    assert results["by_class"] is None
    assert results["tuning"]["arms"]["makd"]["trials"][1].keys() == {"optimizer.lr", "alpha", "value"}
    (work,) = results["cost"]["work"]
    assert work["runs"] == 2 * 2 * 2
    assert run(settings, heard)["arms"] == results["arms"]
