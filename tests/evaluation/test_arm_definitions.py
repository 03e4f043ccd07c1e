from __future__ import annotations

import pytest

from makd.errors import UsageError
from makd.evaluation.arm_definitions import parse_arms
from makd.evaluation.arms import Arm
from makd.teachers.base import TeacherCard

MLLM = TeacherCard("some/mllm-8B")
TABLE = TeacherCard("table:classes.yaml")


def test_known_arms_keep_their_order():
    names = ("makd", "base", "random", "permuted")
    assert [(arm.name, arm.control) for arm in parse_arms(names, teacher=MLLM)] == [(n, n) for n in names]


@pytest.mark.parametrize(
    ("definition", "control", "overrides"),
    [
        ("wide: alpha=15, optimizer.lr=0.001", "makd", {"alpha": 15, "optimizer": {"lr": 0.001}}),
        ("wide: alpha=15, control=shuffled", "shuffled", {"alpha": 15}),
        ("random-15: alpha=15", "random", {"alpha": 15}),
        ("randomised: alpha=15", "makd", {"alpha": 15}),
        ("base: lr=1e-4", "base", {"optimizer": {"lr": "1e-4"}}),
        (
            "crops: augment.crop-scale=[0.2, 1], epochs=3",
            "makd",
            {"augment": {"crop_scale": [0.2, 1]}, "epochs": 3},
        ),
        ("big: model=resnet34", "makd", {"model": {"name": "resnet34"}}),
        ("kd-hot: kd.temperature=8", "kd", {"kd": {"temperature": 8}}),
        ("dkd+makd.2: beta=2", "dkd+makd", {"beta": 2}),
        ("shuffled+x: alpha=2", "shuffled", {"alpha": 2}),
        ("soft: aspects.loss=kl, control=at+random", "at+random", {"aspects": {"loss": "kl"}}),
    ],
)
def test_definitions(definition, control, overrides):
    (arm,) = parse_arms((), (definition,), teacher=MLLM)
    assert (arm.control, arm.overrides) == (control, overrides)


def test_a_known_name_alone_gets_settings_of_its_own():
    arms = parse_arms(("base", "makd"), ("makd: alpha=15",), teacher=MLLM)
    assert arms == (Arm("base", "base"), Arm("makd", "makd", {"alpha": 15}))


@pytest.mark.parametrize(
    ("names", "custom", "teacher", "message"),
    [
        (("bse",), (), MLLM, "No arm 'bse'.*mean 'base'"),
        (("kdd",), (), MLLM, "No arm 'kdd'.*mean 'kd'"),
        (("kd+base",), (), MLLM, "No arm 'kd.base'"),
        (("kd+makd",), (), None, "--answers"),
        (("dkd+shuffled",), (), TABLE, "would equal signature"),
        ((), (), MLLM, "no arm to train"),
        (("makd",), (), None, "--answers"),
        (("makd",), (), TABLE, "makd learns from each image's own answers.*base,signature,permuted,random"),
        (("shuffled",), (), TABLE, "would equal signature"),
        (("classmean",), (), TABLE, "would equal signature"),
        (("signature",), (), MLLM, "'classmean'.*--teacher table:FILE.yaml"),
        ((), ("wide alpha=15",), MLLM, "expected"),
        ((), ("../x: alpha=15",), MLLM, "letters, "),
        ((), ("wide: alpha",), MLLM, "'alpha' is not of the form"),
        ((), ("wide: alpha=[1",), MLLM, "cannot read the value"),
        ((), ("wide: control=shufled",), MLLM, "mean 'shuffled'"),
        ((), ("wide: seed=3",), MLLM, "seed is the same for all arms"),
        ((), ("a: alpha=1", "A: alpha=2"), MLLM, "twice"),
        (("base",), ("Base: alpha=1",), MLLM, "twice"),
    ],
)
def test_refusals(names, custom, teacher, message):
    with pytest.raises(UsageError, match=message):
        parse_arms(names, custom, teacher=teacher)


def test_a_table_s_answers_are_the_arm_signature():
    arms = parse_arms(("base", "signature", "permuted", "random"), ("wide: alpha=15",), teacher=TABLE)
    assert [arm.control for arm in arms] == ["base", "signature", "permuted", "random", "signature"]


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ("b: answers=other", r"arm 'b': all arms learn from the store of --answers"),
        ("b: answers.name=other", r"arm 'b': all arms learn from the store of --answers"),
        ("makd-2: vision_teacher=resnet18", "vision_teacher says nothing to an arm that imitates no vision"),
        ("makd-2: beta=3", "beta says nothing to an arm that imitates no vision teacher.*kd, dkd, at"),
        ("kd-2: kd=dkd", r"said by its name or control \(kd\), not by kd"),
        ("base-2: alpha=3", "alpha says nothing to an arm that learns no answers"),
        ("kd-2: aspects.loss=kl", "aspects says nothing to an arm that learns no answers"),
        ("base-2: pseudo_threshold=0.5", "pseudo_threshold says nothing"),
    ],
)
def test_settings_that_would_change_nothing_are_refused(definition, message):
    with pytest.raises(UsageError, match=message):
        parse_arms((), (definition,), teacher=MLLM)


def test_settings_that_count_are_taken():
    taken = ("makd-2: pseudo_threshold=0.5, answers.temperature=2", "at-2: beta=3, vision_teacher=resnet18")
    assert len(parse_arms((), taken, teacher=MLLM)) == 2
