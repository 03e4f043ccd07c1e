from __future__ import annotations

import pytest
import torch

from makd.training.hardware import use_bfloat16

CPU = torch.device("cpu")


def test_what_is_asked_for_is_done() -> None:
    assert use_bfloat16("bfloat16", CPU)
    assert not use_bfloat16("float32", CPU)


@pytest.mark.parametrize(("avx512", "amx"), [(True, False), (False, True), (False, False)])
def test_a_cpu_computes_in_bfloat16_only_if_it_can(
    avx512: bool, amx: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    assert use_bfloat16("auto", CPU) == (avx512 or amx)
