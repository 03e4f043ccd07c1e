from __future__ import annotations

import pytest

from makd.cli.options import verb_app
from makd.cli.words import split
from makd.config.commands import PredictCommand, TrainCommand

TRAIN = verb_app("train", TrainCommand)
PREDICT = verb_app("predict", PredictCommand)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["d", "--lr", "0.1"], {"data": ["d"], "--lr": ["0.1"]}),
        (["--optimizer.lr=0.1", "d"], {"data": ["d"], "--optimizer.lr": ["0.1"]}),
        (["d", "-o", "x"], {"data": ["d"], "-o": ["x"]}),
        (["d", "--alpha", "-1e-3"], {"data": ["d"], "--alpha": ["-1e-3"]}),
        (["d", "--optimizer", "sgd", "--optimizer.name", "adamw"],
         {"data": ["d"], "--optimizer": ["sgd"], "--optimizer.name": ["adamw"]}),
        (["--resume", "d"], {"data": ["d"], "--resume": ["true"]}),
        (["d", "--no-resume"], {"data": ["d"], "--resume": ["false"]}),
        (["d", "--resume=maybe"], {"data": ["d"], "--resume": ["maybe"]}),
        (["d", "--optimizer.nesterov"], {"data": ["d"], "--optimizer.nesterov": ["true"]}),
        (["d", "--lr", "1", "--lr", "2"], {"data": ["d"], "--lr": ["1", "2"]}),
        (["--", "--odd-name"], {"data": ["--odd-name"]}),
        (["d", "e", "f"], {"data": ["d"], "": ["e", "f"]}),
        ([], {}),
    ],
)  # fmt: skip
def test_words_are_split_and_not_judged(words: list[str], values: dict[str, list[str]]):
    assert split(TRAIN, words) == values


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["--epocs", "3", "d"], {"data": ["d"], "--epocs": ["3"]}),
        (["d", "--data.drow=1", "--model.kwargs.a", "2"],
         {"data": ["d"], "--data.drow": ["1"], "--model.kwargs.a": ["2"]}),
        (["d", "--lr", "--epocs", "--alpha", "2"],
         {"data": ["d"], "--lr": [], "--epocs": [], "--alpha": ["2"]}),
        (["d", "-q", "1", "-o3"], {"data": ["d"], "-q": ["1"], "-o3": []}),
        (["d", "--lr"], {"data": ["d"], "--lr": []}),
    ],
)  # fmt: skip
def test_what_is_unknown_or_lacks_its_value_does_not_stop_the_splitting(
    words: list[str], values: dict[str, list[str]]
):
    assert split(TRAIN, words) == values


def test_the_last_place_takes_all_words_also_those_behind_two_dashes():
    words = ["r", "a.jpg", "--top", "2", "b.jpg", "--", "-c.jpg"]
    assert split(PREDICT, words, rest="images") == {
        "run": ["r"],
        "images": ["a.jpg", "b.jpg", "-c.jpg"],
        "--top": ["2"],
    }
