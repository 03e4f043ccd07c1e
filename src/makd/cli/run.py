"""`makd run`: the whole road on your data."""

from __future__ import annotations

from typing import Any

from makd.cli.command import Command
from makd.cli.tables import show_comparison
from makd.config.commands import RunCommand
from makd.progress import Progress


def run(settings: RunCommand, progress: Progress) -> dict[str, Any]:
    """Hand the settings to the pipeline."""
    from makd import pipeline

    return pipeline.run(settings, progress)


COMMANDS: dict[str, Command[Any]] = {"run": Command(RunCommand, run, show_comparison)}
