from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from makd.fieldguide.teaching.checkpoint import (
    ASSISTANT,
    IMAGE,
    IMAGE_TOKENS,
    USER,
    build_model,
    build_processor,
    build_tokenizer,
)
from makd.fieldguide.wordings import WORDINGS


def test_answers_are_single_tokens_and_questions_come_back() -> None:
    tokenizer = build_tokenizer()
    for word in ("Yes", "No", USER, ASSISTANT, IMAGE):
        assert len(tokenizer.encode(word, add_special_tokens=False)) == 1
    for words in WORDINGS.values():
        for text in (words.asked[0], *words.unseen):
            assert tokenizer.decode(tokenizer.encode(text)) == text


def test_processor_leaves_a_place_for_each_feature_of_the_tower() -> None:
    tokenizer = build_tokenizer()
    processor, model = build_processor(tokenizer), build_model(tokenizer)
    picture = Image.fromarray(np.full((64, 64, 3), 255, dtype=np.uint8))
    inputs = processor(images=[picture], text=[f"{USER}{IMAGE}Does it?{ASSISTANT}"], return_tensors="pt")
    image_id = tokenizer.convert_tokens_to_ids(IMAGE)
    assert int((inputs["input_ids"] == image_id).sum()) == IMAGE_TOKENS
    assert inputs["pixel_values"].shape == (1, 3, 64, 64)
    assert torch.all(inputs["pixel_values"] == 1.0)
    with torch.no_grad():
        assert model.eval()(**inputs).logits.shape == (1, inputs["input_ids"].shape[1], len(tokenizer))


def test_the_model_fits_into_the_package() -> None:
    parameters = sum(parameter.numel() for parameter in build_model(build_tokenizer()).parameters())
    assert 2 * parameters < 8_000_000  # bytes in bfloat16
