"""Which of the processes that train one student this is, and what they tell each other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

T = TypeVar("T")
_NOTHING: Any = object()


@dataclass(frozen=True, slots=True)
class Place:
    """One of `world` processes, the `rank`th of them (from 0). Alone, all of this costs nothing.

    Each process makes its part of every batch and knows the labels and answers of all of it. The outputs are
    gathered, so that every process computes the loss of the whole batch, as one process alone would: means
    over known answers or labelled images need no further care.
    """

    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """Whether this process is the one that measures, writes and speaks."""
        return self.rank == 0

    def part(self, n: int) -> slice:
        """Return which of the `n` pictures of a batch are this process's; parts differ by one at most."""
        return slice(self.rank * n // self.world, (self.rank + 1) * n // self.world)

    def gather(self, own: Tensor, n: int) -> Tensor:
        """Return the rows `[n, …]` of all parts; only `own`, those of this process, have gradients."""
        if self.world == 1:
            return own
        places = [Place(rank, self.world).part(n) for rank in range(self.world)]
        sizes = [place.stop - place.start for place in places]
        padded = own.new_zeros(max(sizes), *own.shape[1:])
        padded[: len(own)] = own.detach()
        parts = [torch.empty_like(padded) for _ in sizes]
        dist.all_gather(parts, padded)
        rows = [part[:size] for part, size in zip(parts, sizes, strict=True)]
        rows[self.rank] = own
        return torch.cat(rows)

    def total(self, own: Tensor) -> Tensor:
        """Return the sum of a scalar over the processes; only this process's share has a gradient."""
        if self.world == 1:
            return own
        everyone = own.detach().clone()
        dist.all_reduce(everyone)
        return own + (everyone - own.detach())

    def collect(self, own: list[T]) -> list[T]:
        """Return in the first process what was dealt out in turn, in its order; nothing in the others.

        Tensors must be on the CPU.
        """
        if self.world == 1:
            return own
        hands: list[Any] | None = [None] * self.world if self.first else None
        dist.gather_object(own, hands)
        return [one for one in chain(*zip_longest(*hands or (), fillvalue=_NOTHING)) if one is not _NOTHING]

    def share_buffers(self, module: nn.Module) -> None:
        """Give all processes the first one's buffers: BatchNorm's means differ where it saw other parts."""
        if self.world > 1:
            for buffer in module.buffers():
                dist.broadcast(buffer, 0)


ALONE = Place()
