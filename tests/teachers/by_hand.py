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
    return np.array([_log_odds(checkpoint, image, question, forms) for question in questions])


def _log_odds(checkpoint: Checkpoint, image: Image, question: str, forms: AnswerForms) -> float:
    known: dict[Tokens, torch.Tensor] = {}

    def next_token(start: Tokens) -> torch.Tensor:
        if start not in known:
            text = f"<|user|><image>\n{INSTRUCTION}\n{question}<|end|><|assistant|>"
            inputs = checkpoint.processor(images=[image], text=[text], return_tensors="pt")
            ids = torch.cat([inputs.pop("input_ids"), torch.tensor([start], dtype=torch.long)], 1)
            inputs.pop("attention_mask")
            with torch.no_grad():
                logits = checkpoint.model(input_ids=ids, **inputs).logits[0, -1]
            known[start] = torch.log_softmax(logits.double(), -1)
        return known[start]

    def probability(form: Tokens) -> float:
        return math.exp(sum(next_token(form[:i])[token].item() for i, token in enumerate(form)))

    yes, no = (sum(map(probability, words)) for words in (forms.yes, forms.no))
    return math.log(yes) - math.log(no)
