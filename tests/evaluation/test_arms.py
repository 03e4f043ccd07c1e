from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from makd.config.training import TrainingSettings
from makd.data.samples import Sample
from makd.distillation import controls
from makd.errors import UsageError
from makd.evaluation.arm_definitions import parse_arms
from makd.evaluation.arms import KNOWN, Arm
from makd.teachers.base import TeacherCard
from makd.training.targets import Targets

MLLM = TeacherCard("some/mllm-8B")


@pytest.fixture
def images():
    return [Sample(f"c{i % 3}/{i:02d}.jpg", Path("x"), label=i % 3, split="train") for i in range(12)]


@pytest.fixture
def answers(images):
    """Answers in another order than the images, one image unanswered, and one of the test split besides."""
    keys = (*(image.key for image in reversed(images[1:])), "c0/test.jpg")
    p_yes = np.random.default_rng(0).random((len(keys), 2)).astype(np.float32)
    return Targets(("a", "b"), ("ha", "hb"), keys, p_yes)


def test_base_needs_no_answers(images):
    (arm,) = parse_arms(("base",), teacher=None)
    assert arm.targets(None, images, 0) is None


def test_settings_lie_over_the_shared_ones():
    shared = TrainingSettings.model_validate({"recipe": "paper", "epochs": 7, "model": {"kwargs": {"a": 1}}})
    (arm,) = parse_arms((), ("wide: alpha=15, lr=0.5, model=resnet34",), teacher=MLLM)
    got = arm.settings(shared, seed=2)
    assert (got.alpha, got.optimizer.lr, got.model.name, got.seed) == (15.0, 0.5, "resnet34", 2)
    rest = {"alpha", "optimizer", "model", "seed"}
    assert got.model_dump(exclude=rest) == shared.model_dump(exclude=rest)
    assert got.optimizer.momentum == shared.optimizer.momentum


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"alpa": 3}, "'bad'.*no setting 'alpa'.*mean 'alpha'"),
        ({"optimizer": {"momentun": 3}}, r"'optimizer\.momentun'.*'optimizer\.momentum'"),
        ({"alpha": "much"}, "alpha: Input should be a valid number"),
    ],
)
def test_settings_name_the_wrong_override(overrides, message):
    with pytest.raises(UsageError, match=message):
        Arm("bad", "makd", overrides).settings(TrainingSettings.model_validate({}), 0)


def test_targets_follow_the_images_and_leave_the_rest_out(images, answers):
    got = Arm("makd", "makd").targets(answers, images, 0)
    assert got.keys == tuple(image.key for image in images[1:])
    for key, row in zip(got.keys, got.p_yes, strict=True):
        np.testing.assert_array_equal(row, answers.p_yes[answers.keys.index(key)])
    assert got.question_ids == answers.question_ids


def test_targets_of_controls(images, answers):
    own = Arm("makd", "makd").targets(answers, images, 0)
    labels = np.array([image.label for image in images[1:]])
    expected = {
        "shuffled": controls.shuffled(own.p_yes, labels, 4),
        "classmean": controls.classmean(own.p_yes, labels),
        "permuted": controls.permuted(own.p_yes, labels, 4),
        "random": controls.noise(own.p_yes, own.keys, ("ha", "hb"), 4),
        "signature": own.p_yes,
    }
    assert set(expected) == set(KNOWN) - {"base", "makd", "pseudo"}
    for control, p_yes in expected.items():
        np.testing.assert_array_equal(Arm("x", control).targets(answers, images, 4).p_yes, p_yes)


def test_a_vision_teacher_belongs_to_the_arms_that_imitate_it():
    shared = TrainingSettings.model_validate({"vision_teacher": "resnet50", "kd": {"temperature": 2}})
    alone = TrainingSettings.model_validate({})
    for control in ("base", "makd"):
        assert Arm(control, control).settings(shared, 0).vision_teacher is None
    for control, method in (("kd", "kd"), ("dkd+makd", "dkd"), ("at+shuffled", "at")):
        got = Arm("x", control).settings(shared, 0)
        assert (got.vision_teacher.name, got.kd.name, got.kd.temperature) == ("resnet50", method, 2)
        with pytest.raises(UsageError, match="imitates a vision teacher"):
            Arm("x", control).settings(alone, 0)
    own = Arm("x", "kd", {"vision_teacher": "resnet34"}).settings(alone, 0)
    assert own.vision_teacher.name == "resnet34"


def test_a_vision_teacher_s_arms_learn_the_answers_they_name(images, answers):
    assert Arm("kd", "kd").targets(None, images, 0) is None
    for known in ("makd", "shuffled"):
        expected = Arm("x", known).targets(answers, images, 4).p_yes
        np.testing.assert_array_equal(Arm("x", f"dkd+{known}").targets(answers, images, 4).p_yes, expected)


def test_bounds_go_with_their_answers_and_out_with_averages(images, answers):
    """Each bound has the sign of its own answer's distance from a half, wherever the answer goes."""
    given = replace(answers, bounds=np.where(answers.p_yes > 0.5, 1, -1).astype(np.int8))
    for control in ("makd", "shuffled"):
        got = Arm("x", control).targets(given, images, 4)
        np.testing.assert_array_equal(got.bounds, np.where(got.p_yes > 0.5, 1, -1))
    for control in ("classmean", "permuted", "random"):
        assert Arm("x", control).targets(given, images, 4).bounds is None


def test_answers_about_other_images_are_refused(images, answers):
    others = [Sample("elsewhere.jpg", Path("x"), label=0)]
    with pytest.raises(UsageError, match="none of the training images"):
        Arm("makd", "makd").targets(answers, others, 0)


def test_pseudo_is_labels_alone_with_a_threshold_of_its_own(images):
    plain, hot = parse_arms(("pseudo",), ("pseudo-hot: pseudo_threshold=0.5",), teacher=None)
    shared = TrainingSettings(pseudo_threshold=0.7)
    assert plain.settings(shared, 3).pseudo_threshold == 0.8
    assert hot.settings(shared, 3).pseudo_threshold == 0.5
    assert Arm("base", "base").settings(shared, 3).pseudo_threshold is None
    assert plain.targets(None, images, 0) is None


def test_pictures_without_labels_are_for_those_who_need_no_class():
    taking = {name for name in KNOWN if Arm(name, name).takes_unlabelled}
    assert taking == {"makd", "shuffled", "random", "pseudo"}
