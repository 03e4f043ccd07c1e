from __future__ import annotations

import pytest

from makd.config.commands import (
    CompareCommand,
    ExtractCommand,
    PredictCommand,
    TrainCommand,
)
from makd.config.tree import leaves

TRAIN = leaves(TrainCommand)


def test_a_setting_has_one_name_and_its_aliases():
    assert TRAIN["optimizer", "lr"].name == "optimizer.lr"
    assert TRAIN["optimizer", "lr"].flags == ("--optimizer.lr", "--lr")
    assert TRAIN["out",].flags == ("--out", "-o")
    assert TRAIN["data", "train_per_class"].flags == ("--data.train-per-class",)


def test_the_name_of_a_group_is_the_group():
    assert TRAIN["optimizer", "name"].name == "optimizer"
    assert TRAIN["optimizer", "name"].flags == ("--optimizer", "--optimizer.name")


def test_positional_is_the_name_of_the_data_and_nothing_else_of_them():
    assert [leaf.place for leaf in TRAIN.values() if leaf.positional] == ["DATA"]
    assert [leaf.place for leaf in leaves(PredictCommand).values() if leaf.positional] == ["RUN", "IMAGES"]


@pytest.mark.parametrize(
    ("path", "placeholder"),
    [
        (("epochs",), "INT"),
        (("alpha",), "FLOAT"),
        (("answers", "name"), "PATH"),
        (("out",), "PATH"),
        (("model", "name"), "TEXT"),
        (("model", "kwargs"), "YAML"),
        (("optimizer", "name"), "{sgd,adamw}"),
        (("augment", "crop_scale"), "FLOAT,FLOAT"),
        (("schedule", "milestones"), "INT,…"),
    ],
)
def test_placeholders_tell_the_type(path: tuple[str, ...], placeholder: str):
    assert TRAIN[path].placeholder == placeholder


def test_lists_by_commas_and_lists_by_repetition():
    compare = leaves(CompareCommand)
    assert compare["arms",].is_list
    assert not compare["arms",].is_repeated
    assert compare["arm",].is_repeated
    assert leaves(PredictCommand)["images",].is_repeated
    assert leaves(ExtractCommand)["splits",].placeholder == "{train,val,test},…"


def test_no_two_settings_of_a_command_share_a_flag():
    flags = [flag for leaf in TRAIN.values() for flag in leaf.flags]
    assert len(flags) == len(set(flags))
