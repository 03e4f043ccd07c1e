"""What labels alone and what MaKD are trained with in `ladder`: ten settings of each are tried.

First the learning rate; then, at a rate that is good for both, for labels alone label smoothing and what a
modern recipe adds (RandAugment, mixup, CutMix, random erasing), for MaKD alpha, label smoothing and a
temperature. They are tried on draws of species that no other study uses, so that nothing is chosen where it
is judged. From the root:

    python -m benchmarks.studies.tuning
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.studies.students import TUNED
from benchmarks.studies.study import RESULTS, Condition, Own, Study, base, main
from benchmarks.studies.world import World, bank

OTHER_DRAWS = 100
"""Seed s is trained on draw 100 + s."""


RATES = (0.004, 0.008, 0.016)
"""Beside the default of 0.002, which is low for the few hundred steps of a study."""

RATE = TUNED.optimizer.lr
"""The rate at which all else is tried."""


def _tried(kind: str, further: Mapping[str, Own]) -> dict[str, Own]:
    """Return the settings that are tried of a kind: what both have tried, and its own."""
    rates = {f"{kind}, lr {rate}": {"optimizer": {"lr": rate}} for rate in RATES}
    others = {"no label smoothing": {"label_smoothing": 0.0}, **further}
    at_rate = {
        f"{kind}, lr {RATE}, {name}": {**rates[f"{kind}, lr {RATE}"], **own} for name, own in others.items()
    }
    return {kind: {}, **rates, **at_rate}


OF_BASE = _tried(
    "base",
    {
        "label smoothing 0.2": {"label_smoothing": 0.2},
        "RandAugment": {"augment": {"aa": "rand-m5-n2-mstd0.5"}},
        "mixup": {"augment": {"mixup": 0.2}},
        "CutMix": {"augment": {"cutmix": 1.0, "mixup_prob": 0.5}},
        "random erasing": {"augment": {"reprob": 0.25}},
    },
)
OF_MAKD = _tried(
    "makd",
    {
        "alpha 8": {"alpha": 8.0},
        "alpha 15": {"alpha": 15.0},
        "alpha 60": {"alpha": 60.0},
        "alpha 120": {"alpha": 120.0},
        "temperature 2": {"aspects": {"temperature": 2.0}},
    },
)
CONDITIONS: dict[str, Condition] = {**dict.fromkeys(OF_BASE, base), **dict.fromkeys(OF_MAKD, bank)}


def chosen(kind: str, results: Path = RESULTS) -> dict[str, Any]:
    """Return the settings of a kind (`base` or `makd`) that were best, from the figures of this study."""
    found = json.loads((results / "tuning.json").read_text(encoding="utf-8"))["conditions"]
    tried = {"base": OF_BASE, "makd": OF_MAKD}[kind]
    return dict(tried[max((name for name in tried if name in found), key=lambda name: found[name]["mean"])])


def scene(seed: int, work: Path) -> World:
    """Return the draw of a seed."""
    return World(OTHER_DRAWS + seed, work)


if __name__ == "__main__":
    own = {**OF_BASE, **OF_MAKD}
    study = Study("tuning", CONDITIONS, ("base", "makd"), own=own, scene=scene)
    main(study, __doc__, seeds=3)
