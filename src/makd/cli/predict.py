"""`makd predict`: the likeliest classes of pictures."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from makd.cli.command import Command
from makd.cli.tables import table
from makd.config.commands import PredictCommand
from makd.progress import Progress


def predict(settings: PredictCommand, progress: Progress) -> dict[str, Any]:
    """Hand the settings to the pipeline."""
    from makd import pipeline

    return pipeline.predict(settings, progress)


def _show(result: dict[str, Any], _: PredictCommand, console: Console) -> None:
    rows = table("picture", "class, %", numbers=False)
    for picture in result["predictions"]:
        classes = ", ".join(f"{one['class']} {100 * one['probability']:.1f}" for one in picture["classes"])
        rows.add_row(picture["image"], classes)
    console.print(rows)


COMMANDS: dict[str, Command[Any]] = {"predict": Command(PredictCommand, predict, _show)}
