"""`makd train`: one student."""

from __future__ import annotations

from typing import Any

from makd.cli.command import Command
from makd.cli.tables import show_metrics
from makd.config.commands import TrainCommand
from makd.progress import Progress


def train(settings: TrainCommand, progress: Progress) -> dict[str, Any]:
    """Hand the settings to the pipeline."""
    from makd import pipeline

    return pipeline.train(settings, progress)


COMMANDS: dict[str, Command[Any]] = {"train": Command(TrainCommand, train, show_metrics)}
