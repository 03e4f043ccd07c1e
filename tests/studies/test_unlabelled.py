from types import SimpleNamespace

import pytest
from benchmarks.studies.unlabelled import SETUPS, UNLABELLED, Setup

from makd.data.samples import Sample
from makd.data.unlabelled import is_unlabelled


@pytest.fixture
def world():
    train = tuple(
        Sample(f"train/{name}/{number:04d}.png", None, label, name, "train")
        for label, name in enumerate("ab")
        for number in range(120)
    )
    return SimpleNamespace(train=train, per_class=120)


def test_no_picture_is_with_and_without_a_label(world):
    samples = Setup(20, UNLABELLED, "makd").parted(world)
    labelled = [sample for sample in samples if sample.label is not None]
    others = [sample for sample in samples if is_unlabelled(sample)]
    assert (len(labelled), len(others)) == (40, 200)
    assert all(sample.label is None and sample.class_name is None for sample in others)
    assert len({sample.key.removeprefix("@unlabeled/") for sample in samples}) == 240


def test_fewer_labels_are_a_part_of_more(world):
    few, more = ({s.key for s in Setup(n, 0, "base").parted(world)} for n in (5, 20))
    assert few < more


def test_students_of_labels_alone_see_as_many_pictures():
    seen = {setup.labelled * setup.own["epochs"] for setup in SETUPS if not setup.unlabelled}
    assert seen == {720}
