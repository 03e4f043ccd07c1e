"""`makd compare`: arms over seeds, judged side by side."""

from __future__ import annotations

from typing import Any

from makd.cli.command import Command
from makd.cli.tables import show_comparison
from makd.config.commands import CompareCommand
from makd.progress import Progress


def compare(settings: CompareCommand, progress: Progress) -> dict[str, Any]:
    """Hand the settings to the pipeline."""
    from makd import pipeline

    return pipeline.compare(settings, progress)


COMMANDS: dict[str, Command[Any]] = {"compare": Command(CompareCommand, compare, show_comparison)}
