from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from makd.config.commands import (
    CompareCommand,
    ExtractCommand,
    PredictCommand,
    RunCommand,
    TrainCommand,
)
from makd.config.merge import validated
from makd.errors import UsageError

DATA = {"data": "photos"}


def faults(model: type[BaseModel], flags: dict[str, Any], config: Path | None = None) -> list[str]:
    with pytest.raises(UsageError) as caught:
        validated(model, flags, config)
    lines = str(caught.value).splitlines()
    if len(lines) == 1:
        return lines
    assert lines[0] == f"{len(lines) - 1} things are wrong:"
    return [line.strip() for line in lines[1:]]


@pytest.fixture
def settings_file(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "settings.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_flags_become_typed_settings():
    train = validated(
        TrainCommand,
        {
            "data": "photos",
            "--data.train-per-class": "30",
            "--optimizer.lr": "1e-3",
            "--model.kwargs": "{drop_rate: 0.1}",
            "--augment.crop-scale": "0.2, 1",
            "--schedule.milestones": "10,20",
            "--resume": "true",
            "-o": "here",
        },
    )
    assert train.data.name == "photos"
    assert train.data.train_per_class == 30
    assert train.optimizer.lr == 0.001
    assert train.model.kwargs == {"drop_rate": 0.1}
    assert train.augment.crop_scale == (0.2, 1.0)
    assert train.schedule.milestones == (10, 20)
    assert train.resume is True
    assert train.out == Path("here")


@pytest.mark.parametrize("flag", ["--lr", "--optimizer.lr"])
def test_an_alias_and_the_name_set_the_same(flag: str):
    assert validated(TrainCommand, {**DATA, flag: "0.5"}).optimizer.lr == 0.5


@pytest.mark.parametrize("flag", ["--teacher", "--teacher.name"])
def test_a_bare_value_of_a_group_is_its_name(flag: str):
    extract = validated(ExtractCommand, {**DATA, flag: "X", "--teacher.dtype": "float16", "--questions": "q"})
    assert (extract.teacher.name, extract.teacher.dtype) == ("X", "float16")


def test_an_unset_training_setting_comes_from_the_recipe():
    modern, paper = (validated(TrainCommand, {**DATA, "--recipe": name}) for name in ("modern", "paper"))
    assert (modern.optimizer.name, paper.optimizer.name) == ("adamw", "sgd")
    kept = validated(TrainCommand, {**DATA, "--recipe": "paper", "--lr": "0.5"})
    assert (kept.optimizer.lr, kept.optimizer.momentum) == (0.5, 0.9)


def test_values_between_commas_and_repeated_flags():
    compare = validated(
        CompareCommand,
        {**DATA, "--arms": "base, makd", "--arm": ["hot: alpha=15, epochs=3", "cold: alpha=1"]},
    )
    assert compare.arms == ("base", "makd")
    assert compare.arm == ("hot: alpha=15, epochs=3", "cold: alpha=1")


def test_pictures_with_commas_in_their_names_stay_whole():
    assert validated(PredictCommand, {"run": "r", "images": ["a,b.jpg", "c.jpg"]}).images == (
        Path("a,b.jpg"),
        Path("c.jpg"),
    )


def test_flags_win_over_the_file_setting_by_setting(settings_file):
    file = settings_file("data: photos\noptimizer: {name: sgd, lr: 0.3}\nmodel.kwargs: {a: 1}\nepochs: 7\n")
    train = validated(TrainCommand, {"--lr": "0.1", "--model.kwargs": "{b: 2}"}, file)
    assert (train.optimizer.name, train.optimizer.lr, train.epochs) == ("sgd", 0.1, 7)
    assert train.model.kwargs == {"b": 2}


def test_a_file_takes_dashes_dots_and_bare_names(settings_file):
    file = settings_file(
        "data: photos\ndata.train-per-class: 3\nteacher: T\nquestions: q\nteacher.tiles: 2\n"
    )
    run = validated(RunCommand, {}, file)
    assert (run.data.train_per_class, run.teacher.name, run.teacher.tiles) == (3, "T", 2)


def test_the_settings_that_a_run_wrote_are_a_settings_file(settings_file):
    assert validated(TrainCommand, {}, settings_file("command: train\ndata: {name: photos, draw: 0}\n"))


def test_a_needed_group_is_not_left_out(settings_file):
    assert faults(TrainCommand, {}, settings_file("data: null\n")) == faults(TrainCommand, {})


def test_an_empty_file_sets_nothing(settings_file):
    assert validated(TrainCommand, DATA, settings_file("")) == validated(TrainCommand, DATA)


def test_every_fault_is_named_at_once_with_its_place(settings_file):
    file = settings_file("epocs: 3\nmodel: {pretraind: true}\noptimizer: sgdd\n")
    found = faults(
        TrainCommand, {"--lr": "fast", "--quesions": "q", "--recipe": "papr", "--alpha": "-1"}, file
    )
    expected = sorted(
        [
            f"{file}:epocs: there is no such setting. Did you mean 'epochs'?",
            f"{file}:model.pretraind: there is no such setting. Did you mean 'model.pretrained'?",
            f"{file}:optimizer: should be 'sgd' or 'adamw', not 'sgdd'. Did you mean 'sgd'?",
            "--lr: should be a valid number, not 'fast'.",
            "--quesions: there is no such flag. Did you mean '--questions'?",
            "--recipe: should be 'modern' or 'paper', not 'papr'. Did you mean 'paper'?",
            "--alpha: should be greater than or equal to 0, not '-1'.",
            "DATA: is needed: class folders, a CSV/Parquet manifest,",
        ]
    )
    for fault, beginning in zip(sorted(found), expected, strict=True):
        assert fault.startswith(beginning.removesuffix("?"))


@pytest.mark.parametrize(
    ("flags", "fault"),
    [
        ({"--epochs": "3.5"}, "--epochs: should be a valid integer, not '3.5'."),
        ({"--resume": "maybe"}, "--resume: should be a valid boolean, not 'maybe'."),
        ({"--epochs": []}, "--epochs: needs a value."),
        ({"--epochs": ["1", "2"]}, "--epochs: given 2 times, takes one value."),
        ({"--lr": "1", "--optimizer.lr": "2"}, "--optimizer.lr: given before, as --lr."),
        ({"--data": "x"}, "--data: given before, as DATA."),
        ({"--model.kwargs": "[a"}, "--model.kwargs: should be YAML, such as '{drop_rate: 0.1}', not '[a'."),
        ({"--model.kwargs": "7"}, "--model.kwargs: should be a valid dictionary, not 7."),
        (
            {"--augment.crop-scale": "1"},
            "--augment.crop-scale: should have more values, between commas, not ['1'].",
        ),
        ({"": ["more"]}, "more: one word too many."),
        ({"--teacher": "x"}, "--teacher: there is no such flag. Did you mean '--vision-teacher'?"),
        ({"--jsn": "x"}, "--jsn: there is no such flag. Did you mean '--json'?"),
    ],
)
def test_one_fault_is_one_sentence(flags: dict[str, Any], fault: str):
    with pytest.raises(UsageError) as caught:
        validated(TrainCommand, {**DATA, **flags}, known=["--json"])
    assert str(caught.value) == fault


def test_what_could_not_be_read_is_not_called_missing_too():
    assert faults(ExtractCommand, {**DATA, "--questions": "q", "--teacher": []}) == [
        "--teacher: needs a value."
    ]


def test_a_missing_group_and_a_group_without_its_name():
    needed = (
        "--teacher: is needed: hub id, checkpoint directory, `openai:MODEL`, `vllm:MODEL`, "
        "`table:FILE.yaml` or `fieldguide`."
    )
    assert faults(ExtractCommand, {**DATA, "--questions": "q"}) == [needed]
    assert faults(ExtractCommand, {**DATA, "--questions": "q", "--teacher.tiles": "2"}) == [needed]


def test_one_value_of_a_list_is_wrong():
    found = faults(ExtractCommand, {**DATA, "--teacher": "t", "--questions": "q", "--splits": "train,tst"})
    assert found == ["--splits: should be 'train', 'val' or 'test', not 'tst'. Did you mean 'test'?"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: [1", "cannot be read as YAML"),
        ("- a\n- b\n", "should hold settings (`name: value`), not list."),
        ("!!python/object:os.system {}", "cannot be read as YAML"),
    ],
)
def test_a_file_that_holds_no_settings(settings_file, text: str, fault: str):
    file = settings_file(text)
    (found,) = faults(TrainCommand, DATA, file)
    assert found.startswith(f"{file}: {fault}")


def test_a_file_that_is_not_there(tmp_path: Path):
    file = tmp_path / "none.yaml"
    assert faults(TrainCommand, DATA, file) == [f"{file}: cannot be read as YAML: No such file or directory."]


def test_a_file_that_is_no_text(tmp_path: Path):
    file = tmp_path / "settings.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read as YAML" in faults(TrainCommand, DATA, file)[0]
