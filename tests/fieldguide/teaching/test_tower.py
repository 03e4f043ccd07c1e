from __future__ import annotations

from typing import Any

import torch

from makd.fieldguide.teaching.checkpoint import TOWER_WIDTH, build_model, build_tokenizer
from makd.fieldguide.teaching.tower import train_tower
from makd.progress import Silent


def trained() -> Any:
    torch.manual_seed(0)
    tower = build_model(build_tokenizer()).model.vision_tower
    train_tower(tower, TOWER_WIDTH, images=256, seed=0, workers=0, progress=Silent())
    return tower


def test_the_seed_decides_and_weights_fit_bfloat16() -> None:
    one, two = trained(), trained()
    assert not one.training
    for (name, first), second in zip(one.state_dict().items(), two.state_dict().values(), strict=True):
        assert torch.equal(first, second), name
        assert torch.equal(first, first.bfloat16().to(first.dtype)) or not first.is_floating_point()
