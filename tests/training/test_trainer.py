from __future__ import annotations

import timm
import torch
from torch import nn

from makd.training.place import ALONE, Place
from makd.training.trainer import synchronized
from tests.recorder import Recorder

CUDA, CPU = torch.device("cuda"), torch.device("cpu")


def test_statistics_of_batches_are_shared_on_gpus() -> None:
    model = timm.create_model("efficientnet_lite0", num_classes=3)  # its BatchNorm has an activation within
    names, told = set(model.state_dict()), Recorder()
    shared = synchronized(model, CUDA, Place(0, 2), told)
    norms = [layer for layer in shared.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]
    assert len(norms) > 40
    assert all(isinstance(layer, nn.SyncBatchNorm) for layer in norms)
    assert any(hasattr(layer, "act") for layer in norms)
    assert set(shared.state_dict()) == names
    assert told.lines == []


def test_what_processes_on_the_cpu_do_not_share_is_said() -> None:
    told = Recorder()
    with_means, without = nn.Sequential(nn.BatchNorm2d(3)), nn.Sequential(nn.Linear(3, 3))
    assert synchronized(without, CPU, Place(0, 2), told) is without
    assert synchronized(with_means, CPU, ALONE, told) is with_means
    assert told.lines == []
    assert synchronized(with_means, CPU, Place(0, 2), told) is with_means
    assert "1 of 2" in told.lines[0]
