"""Which answers a student learns, and how they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import field_validator

from makd.config.group import Group, setting


class QualitySettings(Group):
    """How a teacher's answers are read. By default as they were given."""

    temperature: float = setting(1.0, "divides log-odds: above 1, softer answers", gt=0)
    calibrate: Literal["none", "prior", "contextual"] = setting(
        "none", "against each question's own mean (prior), or the answer about a blank picture (contextual)"
    )
    shrink: float | Literal["auto"] = setting(
        0.0,
        "0 to 1: towards the class's mean, as far as a second look does not find an answer again; "
        "auto: chosen on validation images",
    )
    weights: Literal["none", "reliability"] = setting(
        "none", "how much a question counts: all alike, or as far as a second look finds its answers again"
    )
    min_mass: float = setting(
        0.0, "an answer counts as missing when yes and no have a lower probability together", ge=0, le=1
    )
    view: Path | None = setting(None, "store of a second look at the same pictures (default: the negations)")

    @field_validator("shrink", mode="before")
    @classmethod
    def _strength_or_auto(cls, value: Any) -> Any:
        if value == "auto":
            return value
        try:
            strength = float(value)
        except (TypeError, ValueError):
            strength = -1.0
        if not 0 <= strength <= 1:
            raise ValueError("should be a number from 0 to 1 or 'auto'")
        return strength

    @property
    def second_look(self) -> bool:
        """Whether a second look at the pictures is needed."""
        return self.shrink != 0 or self.weights != "none"

    @property
    def learns(self) -> bool:
        """Whether the reading depends on which images train."""
        return self.second_look or self.calibrate == "prior"


class AnswersSettings(QualitySettings):
    """Which answers a student learns, and how they are read."""

    name: Path = setting(..., "answer store")
