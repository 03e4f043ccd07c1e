from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from makd.fieldguide.attributes import ASPECTS
from makd.fieldguide.teaching.checkpoint import ASSISTANT, build_model, build_processor, build_tokenizer
from makd.fieldguide.teaching.language import answer_logits
from makd.fieldguide.teaching.packed import NO_LABEL, Packer
from makd.fieldguide.wordings import WORDINGS
from makd.teachers.prompts import render


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return build_tokenizer()


def test_labels_are_the_truth_and_the_end(tokenizer: Any) -> None:
    truth = torch.from_numpy(np.random.default_rng(0).integers(0, 2, (3, len(ASPECTS)))).float()
    batch = Packer(tokenizer, np.random.default_rng(0)).pack_bank(truth)
    labels = batch.labels[batch.labels != NO_LABEL].view(3, len(ASPECTS), 2)
    yes, no = tokenizer.convert_tokens_to_ids(["Yes", "No"])
    assert torch.equal(labels[..., 0], torch.where(truth > 0.5, yes, no))
    assert (labels[..., 1] == tokenizer.eos_token_id).all()


def test_denials_turn_the_answer_around(tokenizer: Any) -> None:
    packer = Packer(tokenizer, np.random.default_rng(0))
    batch = packer.pack(torch.ones(400, len(ASPECTS)), 12)
    answers = batch.labels[(batch.labels != NO_LABEL) & (batch.labels != tokenizer.eos_token_id)]
    share = (answers == tokenizer.convert_tokens_to_ids("No")).float().mean().item()
    assert share == pytest.approx(0.08, abs=0.02)
    easy = packer.pack(torch.ones(100, len(ASPECTS)), 12, hardness=0.0)
    assert not (easy.labels == tokenizer.convert_tokens_to_ids("No")).any()


def test_questions_are_drawn_as_often_as_told(tokenizer: Any) -> None:
    packer = Packer(tokenizer, np.random.default_rng(0))
    often = np.eye(len(ASPECTS))[5]
    truth = torch.zeros(20, len(ASPECTS))
    truth[:, 5] = 1.0
    answers = packer.pack(truth, 1, hardness=0.0, often=often).labels
    assert int((answers == tokenizer.convert_tokens_to_ids("Yes")).sum()) == 20


def test_rare_answers_come_about_as_often_as_the_others(tokenizer: Any) -> None:
    shares = np.full(len(ASPECTS), 0.1)
    truth = torch.from_numpy(np.random.default_rng(1).random((400, len(ASPECTS))) < shares).float()

    def yes(**about: Any) -> float:
        answers = Packer(tokenizer, np.random.default_rng(0)).pack(truth, 2, hardness=0.0, **about).labels
        return int((answers == tokenizer.convert_tokens_to_ids("Yes")).sum()) / (2 * len(truth))

    assert yes() == pytest.approx(0.1, abs=0.03)
    assert yes(yes=shares) == pytest.approx(0.5, abs=0.06)


def test_questions_do_not_see_each_other(tokenizer: Any) -> None:
    """A packed row gives what the whole model gives for picture and one question alone."""
    torch.manual_seed(0)
    model = build_model(tokenizer).eval()
    processor = build_processor(tokenizer)
    rng = np.random.default_rng(0)
    pictures = [Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)) for _ in range(2)]
    batch = Packer(tokenizer, rng).pack_bank(torch.ones(2, len(ASPECTS)))
    pixels = processor.image_processor(pictures, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        features = model.model.vision_tower(pixels).last_hidden_state.flatten(2).transpose(1, 2)
        packed = answer_logits(model, tokenizer, features, batch).view(2, len(ASPECTS), 2, -1)[:, :, 0]
        for index in (0, 7, len(ASPECTS) - 1):
            prompt = render(processor, WORDINGS[ASPECTS[index].id].asked[0])
            assert prompt.endswith(ASSISTANT)
            inputs = processor(images=pictures, text=[prompt] * 2, return_tensors="pt")
            alone = model(**inputs).logits[:, -1]
            torch.testing.assert_close(packed[:, index], alone, atol=1e-4, rtol=1e-4)
