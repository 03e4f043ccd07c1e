"""Everything that can befall an extraction, many times over: is the store that of an undisturbed run?

SIGKILL at 25 random moments of an extraction and of a compaction each, a full disk (a small tmpfs as root,
else a limit on files), a part cut short, two extractions into one store, changed pictures, an extended bank,
a manifest of a newer makd. From the repository's root:

    python -m benchmarks.faults
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.answers import faults
from tests.answers.faults import World

from makd.answers import parts


def main() -> None:
    """Meet each fault in a world of its own; print a line each; stop at the first not survived."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=25, help="of extractions, and of compactions")
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    moments = faults.random_moments(asked.kills, asked.seed)
    met: dict[str, Callable[[World], object]] = {
        "SIGKILL in an extraction": lambda world: f"{faults.killed(world, 'extract', moments)} killed",
        "SIGKILL in a compaction": lambda world: f"{faults.killed(world, 'compact', moments)} killed",
        "full disk": faults.disk_full,
        "part cut short": faults.truncated,
        "two extractions": faults.two_at_once,
        "changed pictures": faults.changed_images,
        "extended bank": faults.extended_bank,
        "newer manifest": faults.newer_manifest,
    }
    for name, meet in met.items():
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder) / "world", n=asked.images, pause=0.005, flush=16)
            parts.ROWS_A_FLUSH = world.flush
            told = meet(world.draw()) or "survived"
        print(f"{name} ({time.perf_counter() - start:.0f} s): {told}", flush=True)


if __name__ == "__main__":
    main()
