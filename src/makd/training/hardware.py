"""Where a student is trained, and in which arithmetic."""

from __future__ import annotations

import torch

from makd.errors import UsageError


def pick_device() -> torch.device:
    """Return the accelerator of this process (CUDA, MPS, …), or the CPU."""
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def check_devices(devices: int) -> None:
    """Look whether so many processes can train one student: one a GPU, or any number on the CPU.

    Raises:
        UsageError: there are fewer GPUs, or the accelerator is one that does not work together with others.
    """
    kind = pick_device().type
    if devices == 1 or kind == "cpu":
        return
    if kind != "cuda":
        raise UsageError(f"--devices {devices}: several processes train on CUDA GPUs or CPUs, not on {kind}.")
    if devices > (there := torch.accelerator.device_count()):
        raise UsageError(
            f"--devices {devices}: this machine shows {there} GPUs (CUDA_VISIBLE_DEVICES chooses which)."
        )


def pick_precision(precision: str, device: torch.device) -> torch.dtype:
    """Return what to compute in; weights stay float32.

    `auto`: bfloat16 where the hardware multiplies in it (CUDA since Ampere, CPUs with AVX-512 BF16 or AMX),
    else float32. float16 is for CUDA: its range is small, so gradients are scaled, which is made for CUDA.

    Raises:
        UsageError: float16 is asked for elsewhere.
    """
    if precision == "float16" and device.type != "cuda":
        raise UsageError(
            f"--precision float16 needs a CUDA GPU; here is {device.type}. Choose auto, float32 or bfloat16."
        )
    if precision == "auto":
        return torch.bfloat16 if _multiplies_bfloat16(device) else torch.float32
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[precision]


def arithmetic(precision: str) -> dict[str, str]:
    """Return what `environment.json` says of a run of this process: kind of `device`, resolved `precision`.

    Raises:
        UsageError: float16 is asked for where it is not to be had.
    """
    device = pick_device()
    return {"device": device.type, "precision": str(pick_precision(precision, device)).removeprefix("torch.")}


def _multiplies_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return False
