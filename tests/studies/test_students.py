from pathlib import Path

from benchmarks.studies.students import SETTINGS, Student, _plan

from makd.classification.task import ClassificationTask
from makd.data.samples import Catalog, Sample


def planned(**own):
    catalog = Catalog("some", Path(), ("a",), (Sample("a/0.png", Path("0.png"), 0, "a", "train"),))
    return _plan(ClassificationTask(), Student("some", catalog, None, 3, own), SETTINGS, Path("runs"))


def test_a_student_has_its_own_settings_over_the_studys():
    plan = planned(optimizer={"lr": 0.5}, alpha=7.0)
    assert (plan.settings.optimizer.lr, plan.settings.alpha, plan.settings.seed) == (0.5, 7.0, 3)
    assert plan.settings.optimizer.name == SETTINGS.optimizer.name
    assert plan.settings.model == SETTINGS.model


def test_a_model_of_its_own_takes_nothing_of_the_studys():
    assert planned(model={"name": "vit_tiny_patch16_224"}).settings.model.kwargs == {}


def test_other_settings_are_another_run():
    assert len({planned().out, planned(alpha=7.0).out, planned(label_smoothing=0.3).out}) == 3
    assert planned().out == planned(alpha=SETTINGS.alpha).out
