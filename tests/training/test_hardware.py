from __future__ import annotations

import pytest
import torch

from makd.errors import UsageError
from makd.training.hardware import arithmetic, check_devices, pick_device, pick_precision

CPU = torch.device("cpu")


def test_what_is_asked_for_is_done() -> None:
    assert pick_precision("bfloat16", CPU) is torch.bfloat16
    assert pick_precision("float32", CPU) is torch.float32
    assert pick_precision("float16", torch.device("cuda")) is torch.float16


def test_float16_is_for_cuda() -> None:
    for device in (CPU, torch.device("mps")):
        with pytest.raises(UsageError, match=f"float16 needs a CUDA GPU; here is {device.type}"):
            pick_precision("float16", device)


@pytest.mark.parametrize(("kind", "gpus", "said"), [("cuda", 2, "shows 2 GPUs"), ("mps", 1, "not on mps")])
def test_no_more_devices_than_there_are(
    kind: str, gpus: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        torch.accelerator, "current_accelerator", lambda check_available=False: torch.device(kind)
    )
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: gpus)
    assert pick_device().type == kind
    check_devices(gpus)
    with pytest.raises(UsageError, match=said):
        check_devices(3)


@pytest.mark.parametrize(("avx512", "amx"), [(True, False), (False, True), (False, False)])
def test_a_cpu_computes_in_bfloat16_only_if_it_can(
    avx512: bool, amx: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    assert pick_precision("auto", CPU) is (torch.bfloat16 if avx512 or amx else torch.float32)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available=False: None)
    assert arithmetic("auto") == {"device": "cpu", "precision": "bfloat16" if avx512 or amx else "float32"}
