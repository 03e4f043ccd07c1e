from __future__ import annotations

import pytest
from pydantic import BaseModel

from makd.cli.options import verb_app
from makd.config import commands
from makd.config.recipes import MODERN, PAPER
from makd.config.tree import leaves

COMMANDS = [each for name, each in vars(commands).items() if name.endswith("Command")]


def page(model: type[BaseModel], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    verb_app("verb", model).help_print()
    return capsys.readouterr().out


@pytest.mark.parametrize("model", COMMANDS)
def test_every_setting_is_on_the_help_page_and_no_line_is_too_long(model, capsys, monkeypatch):
    text = page(model, capsys, monkeypatch)
    assert max(map(len, text.splitlines())) <= 80
    for leaf in leaves(model).values():
        assert leaf.place in text
    assert "--config FILE.yaml" in text
    assert (model.__doc__ or "").split()[0] in text


def test_defaults_of_both_recipes_are_shown_once_when_equal(capsys, monkeypatch):
    text = " ".join(page(commands.TrainCommand, capsys, monkeypatch).replace("│", " ").split())
    assert f"passes over the training images [modern {MODERN['epochs']}, paper {PAPER['epochs']}]" in text
    assert MODERN["image_size"] == PAPER["image_size"]
    assert f"pixels of a side [{PAPER['image_size']}]" in text


def test_what_is_needed_stands_in_the_usage(capsys, monkeypatch):
    text = page(commands.RunCommand, capsys, monkeypatch)
    assert text.startswith("Usage: makd verb DATA --teacher TEACHER --questions QUESTIONS [OPTIONS]")
    assert "Usage: makd verb RUN IMAGES… [OPTIONS]" in page(commands.PredictCommand, capsys, monkeypatch)


def test_a_command_says_what_a_group_is_to_it(capsys, monkeypatch):
    def shown(model: type[BaseModel]) -> str:
        return " ".join(page(model, capsys, monkeypatch).replace("│", " ").split())

    assert "--teacher TEXT who is asked for the class (--references naming)" in shown(commands.CompareCommand)
    assert "COCO annotations" in shown(commands.GenerateCommand)
    assert "--vision-teacher TEXT run directory, or a timm model" in shown(commands.TrainCommand)


def test_settings_of_a_group_stand_together(capsys, monkeypatch):
    text = page(commands.TrainCommand, capsys, monkeypatch)
    titles = [line.split("─ ")[1].split(" ─")[0] for line in text.splitlines() if line.startswith("╭")]
    training = ["Training", "Aspects", "Vision teacher", "KD", "Model", "Optimizer", "Schedule", "Augment"]
    assert titles == ["Options", "Data", "Answers", *training, "Execution", "Always"]
    optimizer = text.split("Optimizer ─")[1].split("╰")[0]
    assert "--lr, --optimizer.lr FLOAT" in optimizer
    assert "--schedule" not in optimizer
