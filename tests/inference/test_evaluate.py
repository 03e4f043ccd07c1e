from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from makd.classification.task import ClassificationTask
from makd.data.samples import Catalog
from makd.errors import UsageError
from makd.inference.evaluate import evaluate_run


def test_the_test_split_gives_the_run_s_own_figures(finished_run: Any, squares: Catalog) -> None:
    run = finished_run[1]
    found = evaluate_run(run.path, ClassificationTask(), squares, "test")
    own = run.evaluation()
    for name in ("split", "n", "top1", "top5", "mean_per_class"):
        assert found[name] == own[name]


def test_other_splits_can_be_asked_for(finished_run: Any, squares: Catalog) -> None:
    found = evaluate_run(finished_run[1].path, ClassificationTask(), squares, "val")
    best = max(line["val_top1"] for line in finished_run[1].metrics())
    assert (found["split"], found["n"]) == ("val", 12)
    assert found["top1"] == pytest.approx(best, abs=1 / 12)


def test_data_of_other_classes_are_refused(finished_run: Any, squares: Catalog) -> None:
    other = replace(squares, classes=("a", "b", "c", "d"))
    with pytest.raises(UsageError, match=r"knows 6 classes \(red, green, blue, …\), squares has 4"):
        evaluate_run(finished_run[1].path, ClassificationTask(), other, "test")
