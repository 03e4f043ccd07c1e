"""The plain protocol once more, independently: whole prompts one at a time, softmax over the vocabulary."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from PIL.Image import Image

from makd.teachers.answer_tokens import AnswerForms, Tokens
from makd.teachers.checkpoint import Checkpoint
from makd.teachers.prompts import INSTRUCTION


def log_odds_by_hand(
    checkpoint: Checkpoint, image: Image, questions: Sequence[str], forms: AnswerForms
) -> np.ndarray:
    """Return `[Q]` log P(yes) - log P(no); a form's probability is the product over its tokens."""
    before, _, behind = checkpoint.processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "HERE"}]}],
        add_generation_prompt=True,
    ).partition("HERE")
    texts = [f"{before}{INSTRUCTION}\n{question}{behind}" for question in questions]
    return np.array([_log_odds(checkpoint, image, text, forms) for text in texts])


def _log_odds(checkpoint: Checkpoint, image: Image, text: str, forms: AnswerForms) -> float:
    known: dict[Tokens, torch.Tensor] = {}

    def next_token(start: Tokens) -> torch.Tensor:
        if start not in known:
            inputs = checkpoint.processor(images=[image], text=[text], return_tensors="pt")
            if start:
                ids = torch.tensor([start], dtype=torch.long)
                inputs = {**inputs, "input_ids": torch.cat([inputs["input_ids"], ids], 1)}
                del inputs["attention_mask"]
            inputs.pop("labels", None)
            with torch.no_grad():
                logits = checkpoint.model(**inputs).logits[0, -1]
            known[start] = torch.log_softmax(logits.double(), -1)
        return known[start]

    def probability(form: Tokens) -> float:
        return math.exp(sum(next_token(form[:i])[token].item() for i, token in enumerate(form)))

    yes, no = (sum(map(probability, words)) for words in (forms.yes, forms.no))
    return math.log(yes) - math.log(no)
