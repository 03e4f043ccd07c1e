"""`makd demo`: the whole road on the embedded world."""

from __future__ import annotations

from typing import Any

from makd.cli.command import Command
from makd.cli.tables import show_comparison
from makd.config.commands import DemoCommand
from makd.progress import Progress


def demo(settings: DemoCommand, progress: Progress) -> dict[str, Any]:
    """Hand the settings to the pipeline."""
    from makd import pipeline

    return pipeline.demo(settings, progress)


COMMANDS: dict[str, Command[Any]] = {"demo": Command(DemoCommand, demo, show_comparison)}
