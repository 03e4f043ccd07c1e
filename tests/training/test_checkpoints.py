from __future__ import annotations

from pathlib import Path

import pytest
import torch

from makd.training.checkpoints import SparingCheckpointIO


def test_states_are_written_now_and_then_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("makd.training.checkpoints.time.monotonic", lambda: clock[0])
    checkpoints, file = SparingCheckpointIO(30), tmp_path / "checkpoints" / "last.ckpt"
    weight = torch.zeros(2)

    def step(now: float) -> None:
        clock[0] = now
        checkpoints.save_checkpoint({"weights": {"w": weight}, "epoch": now}, file)
        weight.add_(1)  # training goes on: what was handed over must not change

    step(110)
    assert not file.exists()
    step(131)
    assert torch.load(file)["epoch"] == 131
    assert torch.load(file)["weights"]["w"].tolist() == [1, 1]
    step(140)
    assert torch.load(file)["epoch"] == 131
    checkpoints.flush()
    assert torch.load(file)["epoch"] == 140
    assert torch.load(file)["weights"]["w"].tolist() == [2, 2]
    assert [entry.name for entry in file.parent.iterdir()] == ["last.ckpt"]
