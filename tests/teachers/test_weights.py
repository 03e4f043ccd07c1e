from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from makd.data.samples import Sample
from makd.errors import UsageError
from makd.questions.bank import Question
from makd.teachers.checkpoint import load_checkpoint
from makd.teachers.transformers_teacher import TransformersTeacher
from makd.teachers.weights import Quantization, place_weights
from tests.teachers import random_checkpoints


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
    monkeypatch.setattr("makd.teachers.weights.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"needs the package bitsandbytes: pip install 'makd\[quantized\]'"):
        place_weights(None, "cuda", quantization="8bit")
    with pytest.raises(UsageError, match=r"device-map auto needs the package accelerate"):
        place_weights(None, "auto", "auto")
    with pytest.raises(UsageError, match=r"leave --teacher.device cpu out"):
        place_weights(None, "cpu", "auto")


@pytest.mark.parametrize(("quantization", "limit"), [("8bit", 0.1), ("4bit", 0.5)])
@pytest.mark.filterwarnings("ignore:MatMul8bitLt")
def test_quantized_weights_answer_about_the_same(
    tmp_path: Path,
    make_samples: Callable[[int], list[Sample]],
    questions: Sequence[Question],
    quantization: Quantization,
    limit: float,
) -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    folder = random_checkpoints.internvl(tmp_path / "model", width=128, vision_width=128)
    samples = make_samples(2)
    whole, small = (
        TransformersTeacher(load_checkpoint(folder, device="cpu", quantization=form))
        for form in (None, quantization)
    )
    assert small.card.dtype == f"float32, {quantization} weights"
    weights = {type(module).__name__ for module in small.checkpoint.model.modules()}
    assert weights & {"Linear8bitLt", "Linear4bit"}
    odds, close = (
        np.stack([outcome.log_odds for outcome in teacher.answer(samples, questions)])  # type: ignore[union-attr]
        for teacher in (whole, small)
    )
    assert 0 < np.abs(odds - close).max() < limit * np.abs(odds).max()


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
