from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from makd.errors import UsageError
from makd.fieldguide import train_teacher as script
from makd.fieldguide.teaching.checkpoint import build_model, build_tokenizer
from makd.fieldguide.teaching.language import Views, examine
from makd.fieldguide.teaching.rounds import Round
from makd.progress import Silent


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        script.train_teacher(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        script.main([f"--out={tmp_path}"])
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_calibration_finds_the_temperature() -> None:
    """Answers follow the model's probabilities; made 1.6 times too sure, it comes back to them."""
    torch.manual_seed(0)
    tokenizer = build_tokenizer()
    model = build_model(tokenizer).eval()
    with torch.no_grad():
        model.model.language_model.norm.weight *= 0.5
    blind = Views(torch.randn(300, 4, 256), torch.zeros(300, 37))
    log_odds, _ = examine(model, tokenizer, blind)
    asked = Views(blind.features, torch.bernoulli(torch.sigmoid(log_odds)))
    with torch.no_grad():
        model.model.language_model.norm.weight *= 1.6
    script.calibrate(model, *examine(model, tokenizer, asked), Silent())
    calibrated, _ = examine(model, tokenizer, blind)
    slope = (calibrated * log_odds).sum() / (log_odds**2).sum()
    assert slope == pytest.approx(1.0, abs=0.15)


def test_a_language_model_that_is_stuck_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from makd.fieldguide.teaching import language

    taught: list[torch.Tensor] = []
    towers: list[torch.Tensor] = []

    def remember(model, *_, **__) -> None:
        taught.append(model.lm_head.weight[5].detach().clone())
        towers.append(next(model.model.vision_tower.parameters()).detach().clone())

    weakest = iter([0.5, 0.79, 0.81, 0.9])
    monkeypatch.setattr(script, "_CHECK_IMAGES", 100)
    monkeypatch.setattr(language, "train_language", remember)
    monkeypatch.setattr(language, "balanced", lambda *_: np.array([0.99, next(weakest)]))
    script.train_teacher(tmp_path / "new", tower_images=64, language_images=100, rounds=[Round(1)], workers=0)
    assert next(weakest) == 0.9
    assert len(taught) == 3
    assert not torch.equal(taught[0], taught[1])
    assert torch.equal(towers[0], towers[2])


def test_balanced_accuracy_weighs_yes_and_no_alike() -> None:
    from makd.fieldguide.teaching.language import balanced

    truth = torch.tensor([[1.0], [0.0], [0.0], [0.0]])
    assert balanced(torch.tensor([[-1.0], [-1.0], [-1.0], [-1.0]]), truth).tolist() == [0.5]
    assert balanced(torch.tensor([[2.0], [-1.0], [-1.0], [3.0]]), truth).tolist() == pytest.approx([5 / 6])


def test_the_checkpoint_loads_by_its_files_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    monkeypatch.setattr(script, "_CHECK_IMAGES", 100)
    rounds = (Round(1), Round(1, revision=True))
    script.train_teacher(
        tmp_path / "new", seed=1, tower_images=64, language_images=100, rounds=rounds, workers=0
    )
    model = AutoModelForImageTextToText.from_pretrained(tmp_path / "new")
    processor = AutoProcessor.from_pretrained(tmp_path / "new")
    assert next(model.parameters()).dtype == torch.bfloat16
    assert model.config.model_type == "fast_vlm"
    assert processor.chat_template
