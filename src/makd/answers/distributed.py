"""Many processes on one store: each rank takes a fixed block of the samples and writes side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from makd.data.samples import Sample
from makd.errors import UsageError

_NAMES = (
    ("RANK", "WORLD_SIZE", "LOCAL_RANK"),  # torchrun
    ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID"),  # srun
)
"""SLURM_NTASKS is not looked at: a batch script sees it too, in its one process beside no others."""


@dataclass(frozen=True, slots=True)
class Rank:
    """Which of several processes this is.

    Attributes:
        number: from 0.
        world: how many there are.
        local: number on this machine, from 0.
    """

    number: int = 0
    world: int = 1
    local: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.number < self.world:
            raise UsageError(f"Rank {self.number} of {self.world} processes: it must be below their number.")


def rank_of(environment: Mapping[str, str]) -> Rank:
    """Read the rank that `torchrun` or `srun` has set; rank 0 of 1 where neither has.

    Raises:
        UsageError: the variables are no numbers, or contradict each other.
    """
    for number, world, local in _NAMES:
        if number in environment and world in environment:
            try:
                return Rank(
                    int(environment[number]), int(environment[world]), int(environment.get(local, "0"))
                )
            except ValueError as error:
                raise UsageError(
                    f"{number}={environment[number]!r}, {world}={environment[world]!r}: these must be whole "
                    "numbers, as torchrun and srun set them."
                ) from error
    return Rank()


def block(samples: Sequence[Sample], number: int, world: int) -> Sequence[Sample]:
    """Return the samples of a rank: by key, cut into `world` blocks that differ by one sample at most."""
    ordered = sorted(samples, key=lambda sample: (sample.key, sample.instance or ""))
    return ordered[number * len(ordered) // world : (number + 1) * len(ordered) // world]
