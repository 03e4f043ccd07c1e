from __future__ import annotations

import pytest

from makd.classification.task import ClassificationTask
from makd.errors import UsageError
from makd.task import judged_by


def test_a_metric_that_is_asked_for_decides():
    assert judged_by(ClassificationTask(), None, 6) == ClassificationTask()
    judged = judged_by(ClassificationTask(), "mean_per_class", 6)
    assert (judged.metric, type(judged)) == ("mean_per_class", ClassificationTask)


@pytest.mark.parametrize(("metric", "classes"), [("top1?", 6), ("top5", 3), ("calibration_error", 6)])
def test_no_metric_of_the_task_or_one_of_which_less_is_better_is_refused(metric, classes):
    with pytest.raises(UsageError, match=r"classification is decided by mean_per_class, top1\b.*, not '"):
        judged_by(ClassificationTask(), metric, classes)
