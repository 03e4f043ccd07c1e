"""Random creatures as a PyTorch data set: the only pictures that the teacher ever learns from."""

from __future__ import annotations

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from makd.fieldguide.attributes import answers, random_creature
from makd.fieldguide.world import SIDE, picture

_BLANK = 0.03


class RandomCreatures(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Pictures of random creatures, each drawn anew when asked for.

    An item is (uint8 `[3, H, W]`, true answers float32 `[Q]`) and depends on (seed, stream, index) alone.
    Three in a hundred are an empty colour with some creature's answers: who sees nothing should answer
    with the prior.
    """

    def __init__(self, number: int, seed: int, stream: int) -> None:
        self.number, self.seed, self.stream = number, seed, stream

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((self.seed, self.stream, index))
        creature = random_creature(rng)
        truth = torch.from_numpy(answers(creature).astype(np.float32))
        if rng.random() < _BLANK:
            colour = rng.integers(0, 256, (3, 1, 1), dtype=np.uint8)
            return torch.from_numpy(np.broadcast_to(colour, (3, SIDE, SIDE)).copy()), truth
        pixels = np.asarray(picture(creature, rng)).transpose(2, 0, 1)
        return torch.from_numpy(np.ascontiguousarray(pixels)), truth


def batches(
    number: int, seed: int, stream: int, batch_size: int, workers: int
) -> DataLoader[tuple[torch.Tensor, torch.Tensor]]:
    """Return `number` random creatures in batches; the pictures do not depend on `workers`."""
    return DataLoader(
        RandomCreatures(number, seed, stream),
        batch_size,
        num_workers=workers,
        drop_last=True,
        prefetch_factor=4 if workers else None,
    )


def normalise(pixels: torch.Tensor) -> torch.Tensor:
    """Scale uint8 pixels to [-1, 1], as the checkpoint's image processor does."""
    return pixels.float() / 127.5 - 1.0
