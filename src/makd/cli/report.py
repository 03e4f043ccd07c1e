"""`makd report`: the page of a comparison."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from makd.cli.command import Command
from makd.config.commands import ReportCommand
from makd.progress import Progress


def report(settings: ReportCommand, progress: Progress) -> dict[str, Any]:
    """Hand the settings to the pipeline."""
    from makd import pipeline

    return pipeline.report(settings, progress)


def _show(result: dict[str, Any], _: ReportCommand, console: Console) -> None:
    for page in result["reports"]:
        console.print(page)


COMMANDS: dict[str, Command[Any]] = {"report": Command(ReportCommand, report, _show)}
