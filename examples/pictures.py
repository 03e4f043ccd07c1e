"""Made-up pictures, so that the examples run anywhere: noisy squares of six colours, and a teacher's answers.

The teacher is asked whether there is red, green, blue in a picture; it is 90 % sure and leaves some answers
out.
"""

from __future__ import annotations

import torch
from torch import Tensor

CLASSES = ("red", "green", "blue", "yellow", "cyan", "pink")
QUESTIONS = ("Is there red?", "Is there green?", "Is there blue?")
PARTS = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype=torch.float32)


def squares(number: int, seed: int, size: int = 32) -> tuple[Tensor, Tensor, Tensor]:
    """Return images `[N, 3, size, size]`, labels `[N]` and P(yes) `[N, 3]`, NaN where there is no answer."""
    stream = torch.Generator().manual_seed(seed)
    labels = torch.randint(len(CLASSES), (number,), generator=stream)
    noise = torch.randn(number, 3, size, size, generator=stream)
    images = 2 * PARTS[labels][:, :, None, None] - 1 + 2 * noise
    p_yes = 0.1 + 0.8 * PARTS[labels]
    p_yes[torch.rand(p_yes.shape, generator=stream) < 0.1] = float("nan")
    return images, labels, p_yes
