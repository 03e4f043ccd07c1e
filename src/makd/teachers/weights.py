"""In which form and where a checkpoint's weights are held."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from makd.errors import UsageError

if TYPE_CHECKING:
    import torch

Quantization = Literal["4bit", "8bit"]
DeviceMap = Literal["auto"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where weights go, and in which form.

    Attributes:
        options: what `from_pretrained` is told: `dtype`; where asked for, `device_map` and
            `quantization_config`.
        device: where the loaded model goes; None: loading has put it in its place already.
    """

    options: dict[str, Any]
    device: torch.device | None


def place_weights(
    dtype: str | None,
    device: str,
    device_map: DeviceMap | None = None,
    quantization: Quantization | None = None,
) -> Placement:
    """Turn the settings of a teacher into what loading takes.

    Raises:
        UsageError: a package is missing, or a device is named beside a map of devices.
    """
    import torch

    if device_map and device != "auto":
        raise UsageError(
            f"--teacher.device-map spreads the weights over all devices: leave --teacher.device {device} out."
        )
    place = torch.device(_best_device() if device == "auto" else device)
    if dtype in (None, "auto"):
        dtype = "float32" if place.type == "cpu" else "bfloat16"
    options: dict[str, Any] = {"dtype": getattr(torch, str(dtype))}
    if quantization:
        options["quantization_config"] = _quantized(quantization, options["dtype"])
        options["device_map"] = {"": str(place)}
    if device_map:
        _need("accelerate", f"--teacher.device-map {device_map}")
        options["device_map"] = device_map
    return Placement(options, None if "device_map" in options else place)


def _quantized(quantization: Quantization, dtype: torch.dtype) -> Any:
    from transformers import BitsAndBytesConfig

    _need("bitsandbytes", f"--teacher.quantization {quantization}")
    _need("accelerate", f"--teacher.quantization {quantization}")
    if quantization == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)


def _need(package: str, what: str) -> None:
    if find_spec(package) is None:
        raise UsageError(f"{what} needs the package {package}: pip install 'makd[quantized]'.")


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
