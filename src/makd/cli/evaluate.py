"""`makd evaluate`: a student measured on a split."""

from __future__ import annotations

from typing import Any

from makd.cli.command import Command
from makd.cli.tables import show_metrics
from makd.config.commands import EvaluateCommand
from makd.progress import Progress


def evaluate(settings: EvaluateCommand, progress: Progress) -> dict[str, Any]:
    """Hand the settings to the pipeline."""
    from makd import pipeline

    return pipeline.evaluate(settings, progress)


COMMANDS: dict[str, Command[Any]] = {"evaluate": Command(EvaluateCommand, evaluate, show_metrics)}
