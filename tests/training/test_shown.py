from __future__ import annotations

import torch

from makd.training.judge import Judgement
from makd.training.shown import Shown
from tests.recorder import Recorder


def judgement(top1: float) -> Judgement:
    return Judgement({"top1": top1}, {}, torch.empty(0), torch.empty(0), 0.0)


def test_epoch_parts_latest_and_best_metric_are_shown() -> None:
    told = Recorder()
    shown = Shown(told, "top1", epochs=9)
    shown.settled(1, 32, {"loss": 1.5, "label": 1.25, "aspect": 0.0625})
    assert told.notes[-1] == "epoch 1/9, loss 1.500 (label 1.25, aspect 0.0625)"
    for value in (0.5, 0.25):
        shown.judged(judgement(value))
    shown.settled(3, 16, {"loss": 0.5, "label": 0.5})
    assert told.notes[-1] == "epoch 3/9, loss 0.500, val top1 25.0, best 50.0"
    assert told.counted == 48


def test_what_was_done_before_is_counted_at_once() -> None:
    told = Recorder()
    shown = Shown(told, "top1", epochs=9)
    shown.resumed(400, best=0.75)
    assert told.counted == 400
    shown.judged(judgement(0.5))
    assert told.notes[-1].endswith("val top1 50.0, best 75.0")
