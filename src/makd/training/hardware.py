"""Where a student is trained, and in which arithmetic."""

from __future__ import annotations

import torch


def pick_device() -> torch.device:
    """Return the accelerator of this process (CUDA, MPS, …), or the CPU."""
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def use_bfloat16(precision: str, device: torch.device) -> bool:
    """Return whether to compute in bfloat16 (weights stay float32).

    `auto`: where the hardware multiplies in bfloat16 (CUDA since Ampere, CPUs with AVX-512 BF16 or AMX).
    """
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return False
