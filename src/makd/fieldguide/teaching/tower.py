"""First stage: the vision tower learns what a creature is made of, with one output a question."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from makd.fieldguide.attributes import ASPECTS
from makd.fieldguide.teaching.pictures import batches, normalise
from makd.progress import Progress

_RATE, _DECAY, _BATCH = 2e-3, 0.05, 64


class _Examiner(nn.Module):
    """The tower with a linear layer on its mean feature; the layer is thrown away after this stage."""

    def __init__(self, tower: nn.Module, width: int) -> None:
        super().__init__()
        self.tower = tower
        self.head = nn.Linear(width, len(ASPECTS))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return logits `[B, Q]` for pixels `[B, 3, H, W]`."""
        features: torch.Tensor = self.tower(pixels).last_hidden_state
        out: torch.Tensor = self.head(features.mean((2, 3)))
        return out


def train_tower(
    tower: nn.Module, width: int, images: int, seed: int, workers: int, progress: Progress
) -> None:
    """Train `tower` in place on `images` random creatures, each seen once.

    One pass over fresh pictures: nothing is learnt by heart, so the answers stay calibrated. The tower ends
    rounded to bfloat16, the precision that it is shipped in.
    """
    examiner = _Examiner(tower, width).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(examiner.parameters(), lr=_RATE, weight_decay=_DECAY)
    steps = images // _BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=_RATE, total_steps=steps, pct_start=0.15)
    examiner.train()
    with progress.meter("tower", steps * _BATCH) as meter:
        for step, (pixels, truth) in enumerate(batches(images, seed, 0, _BATCH, workers)):
            inputs = normalise(pixels).to(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16):
                logits = examiner(inputs)
            loss = binary_cross_entropy_with_logits(logits.float(), truth)
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
            right = ((logits > 0) == (truth > 0.5)).float().mean().item()
            meter.advance(len(pixels), f"loss {loss.item():.4f}, {right:.1%} right")
            if step % 100 == 0:
                progress.say(f"tower step {step}/{steps}: loss {loss.item():.4f}, {right:.1%} right")
    tower.bfloat16().float().eval()
