"""What is compared with what, and how often."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import field_validator

from makd.config.execution import RunsExecution
from makd.config.group import setting
from makd.config.training import TrainingSettings


class ComparisonSettings(TrainingSettings, RunsExecution):
    """Which arms are compared, and how often each is trained."""

    arms: tuple[str, ...] = setting((), "arms, by commas (default: those that go with the teacher)")
    arm: tuple[str, ...] = setting(
        (), 'one more arm with its own settings, "NAME: alpha=15"; may be repeated', repeated=True
    )
    unlabeled: Path | None = setting(None, "folder of pictures without labels, which train the aspects alone")
    seeds: int = setting(3, "runs an arm", ge=1)
    vary: Literal["none", "split", "draw"] = setting(
        "none", "what differs between runs besides the seed: the split, or the draw of species (fieldguide)"
    )
    fractions: tuple[float, ...] = setting(
        (), "shares of the training images to train on besides all of them, by commas (0.1,0.25,0.5)"
    )
    references: tuple[Literal["naming", "linear"], ...] = setting(
        (),
        "rows beside the arms: naming (the teacher is asked for the class of the test images), linear (a "
        "linear model on its answers about them)",
    )
    tune: int = setting(
        0,
        "trials in which each arm's learning rate and alpha (without answers: label smoothing) are chosen on "
        "validation images; 0 = none",
        ge=0,
    )
    metric: str | None = setting(None, "metric that decides (default: the task's own, top1)")
    jobs: int | None = setting(None, "runs side by side (default: one a core or GPU)", ge=1)
    overwrite: bool = setting(False, "replace what is there")

    @field_validator("fractions")
    @classmethod
    def _shares(cls, fractions: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0 < share <= 1 for share in fractions):
            raise ValueError("should be numbers above 0, at most 1")
        return fractions
