from __future__ import annotations

import numpy as np
import pytest

from makd.evaluation.compare import run_directory
from makd.report.curves import read_panels

RESULTS = {"metric": "top1", "seeds": [3, 4], "arms": {"base": {}, "makd": {}}}


@pytest.fixture
def directory(tmp_path):
    for arm in ("base", "makd"):
        for seed in (3, 4):
            run = run_directory(tmp_path, arm, seed)
            run.path.mkdir(parents=True)
            epochs = 5 if (arm, seed) == ("makd", 4) else 6
            aspect = {"train_aspect": 0.5} if arm == "makd" else {}
            run.write_metrics(
                [
                    {"epoch": e, "val_top1": 0.1 * e + 0.01 * seed, "train_label": 1 / e, **aspect}
                    for e in range(1, epochs + 1)
                ]
            )
    return tmp_path


def test_curves_are_the_runs_lines_by_seed(directory):
    panels = {panel.name: panel for panel in read_panels(directory, RESULTS)}
    assert set(panels) == {"metric", "aspect", "label"}
    base, makd = panels["metric"].curves
    assert base.epochs.tolist() == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(base.values, [[10 * e + s for e in range(1, 7)] for s in (3, 4)])
    assert makd.values.shape == (2, 5)
    assert [curve.arm for curve in panels["aspect"].curves] == ["makd"]


def test_without_runs_there_are_no_panels(tmp_path):
    assert list(read_panels(tmp_path, RESULTS)) == []
