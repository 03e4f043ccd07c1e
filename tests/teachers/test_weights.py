from pathlib import Path

import pytest
import torch

from makd.errors import UsageError
from makd.teachers.checkpoint import load_checkpoint
from makd.teachers.weights import place_weights


def test_type_goes_by_device() -> None:
    placement = place_weights(None, "cpu")
    assert placement.options == {"dtype": torch.float32}
    assert placement.device == torch.device("cpu")
    assert place_weights("auto", "cuda").options == {"dtype": torch.bfloat16}
    assert place_weights("float16", "cpu").options == {"dtype": torch.float16}


def test_quantization_asks_for_four_or_eight_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makd.teachers.weights.find_spec", lambda _: object())
    four = place_weights(None, "cuda", quantization="4bit")
    assert four.device is None
    assert four.options["device_map"] == {"": "cuda"}
    asked = four.options["quantization_config"]
    assert (asked.load_in_4bit, asked.bnb_4bit_quant_type) == (True, "nf4")
    assert asked.bnb_4bit_compute_dtype == torch.bfloat16
    assert place_weights(None, "cuda", quantization="8bit").options["quantization_config"].load_in_8bit


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="4bit needs a CUDA GPU, and the teacher would run on cpu"):
        place_weights(None, "cpu", quantization="4bit")
    monkeypatch.setattr("makd.teachers.weights.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"needs the package bitsandbytes: pip install 'makd\[quantized\]'"):
        place_weights(None, "cuda", quantization="8bit")
    with pytest.raises(UsageError, match=r"device-map auto needs the package accelerate"):
        place_weights(None, "auto", "auto")
    with pytest.raises(UsageError, match=r"leave --teacher.device cpu out"):
        place_weights(None, "cpu", "auto")


def test_a_map_of_devices_loads_the_same_model(internvl: Path) -> None:
    pytest.importorskip("accelerate", reason="accelerate is not installed")
    mapped, whole = load_checkpoint(internvl, device_map="auto"), load_checkpoint(internvl, device="cpu")
    if not torch.cuda.is_available():
        assert mapped.model.device == torch.device("cpu")
    ids = torch.tensor([[30, 31, 32]])
    torch.testing.assert_close(
        mapped.model(input_ids=ids.to(mapped.model.device)).logits.float().cpu(),
        whole.model(input_ids=ids).logits,
        atol=1e-5 if not torch.cuda.is_available() else 0.1,
        rtol=0,
    )
