"""What the runs of a comparison measured by epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from makd.evaluation.compare import run_directory
from makd.evaluation.summary import Results
from makd.report.figures import Curve


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure of curves.

    Attributes:
        name: short and without spaces.
        label: of the vertical axis.
        curves: one an arm that has it.
    """

    name: str
    label: str
    curves: tuple[Curve, ...]


def read_panels(directory: Path, results: Results) -> Iterator[Panel]:
    """Yield what can be drawn of a comparison: validation metric, label losses, aspect loss."""
    metric = results["metric"]
    for name, key, label, factor in (
        ("metric", f"val_{metric}", f"{metric} on validation, %", 100),
        ("aspect", "train_aspect", "aspect loss on training", 1),
        ("label", "train_label", "label loss on training", 1),
        ("val-label", "val_label_loss", "label loss on validation", 1),
    ):
        curves = [_curve(directory, results, arm, key, factor) for arm in results["arms"]]
        if drawn := tuple(curve for curve in curves if curve is not None):
            yield Panel(name, label, drawn)


def _curve(directory: Path, results: Results, arm: str, key: str, factor: float) -> Curve | None:
    """Return an arm's curve over the epochs that all its runs have; None when there is none."""
    runs = [run_directory(directory, arm, seed).metrics() for seed in results["seeds"]]
    lines = [[line for line in run if line.get(key) is not None] for run in runs]
    epochs = min(map(len, lines))
    if not epochs:
        return None
    values = [[factor * line[key] for line in of_seed[:epochs]] for of_seed in lines]
    return Curve(arm, np.array([line["epoch"] for line in lines[0][:epochs]]), np.array(values))
