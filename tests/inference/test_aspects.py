from __future__ import annotations

import numpy as np
import pytest

from makd.inference.aspects import aspect_answers
from makd.inference.predictor import load_model


@pytest.fixture
def run(tmp_path, make_plan, squares):
    """A run with untrained weights."""
    from makd.training.leave import leave_model
    from makd.training.run_dir import RunDirectory

    plan = make_plan(tmp_path / "run", model="test_resnet", image_size=24)
    model = plan.task.build("test_resnet", classes=6, questions=3)
    run = RunDirectory(plan.out)
    run.write_start(plan.config())
    leave_model(run, plan, model, {"epoch": 1, "value": 0.5})
    return run


def test_answers_are_those_of_the_predictor_and_are_kept(run, squares, monkeypatch):
    samples = squares.of("test")
    found = aspect_answers(run.path, samples)
    one = load_model(run.path).predict([samples[4].path])[0]["aspects"]
    np.testing.assert_allclose(found[4], list(one.values()), atol=1e-4)
    assert found.shape == (len(samples), 3)
    monkeypatch.setattr("makd.inference.aspects.load_model", None)
    np.testing.assert_array_equal(aspect_answers(run.path, samples), found)
    with pytest.raises(TypeError):
        aspect_answers(run.path, samples[1:])
