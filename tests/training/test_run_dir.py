from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from makd.errors import UsageError
from makd.training.run_dir import RunDirectory


def test_metrics_are_lines(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    assert run.metrics() == []
    run.append_metrics({"epoch": 1})
    run.append_metrics({"epoch": 2})
    assert run.metrics() == [{"epoch": 1}, {"epoch": 2}]
    run.write_metrics(run.metrics()[:1])
    assert run.metrics() == [{"epoch": 1}]


def test_predictions_come_back(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.write_predictions(("a", "b"), [0, 1], [1, 1], [0.5, 0.75])
    found = run.predictions()
    assert found["key"].tolist() == ["a", "b"]
    assert found["label"].tolist() == [0, 1]
    assert found["prediction"].tolist() == [1, 1]
    assert found["confidence"].dtype == np.float32


def test_settings_come_back(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    run.write_start({"lr": 1e-5, "names": ["ä"]})
    assert run.config() == {"lr": 1e-5, "names": ["ä"]}
    assert not run.finished


@pytest.mark.parametrize("read", ["config", "evaluation", "model", "predictions"])
def test_what_is_no_finished_run_is_refused(read: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a finished run"):
        getattr(RunDirectory(tmp_path), read)()
