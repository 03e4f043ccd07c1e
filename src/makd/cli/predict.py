"""`makd predict`: the likeliest classes of pictures."""

from __future__ import annotations

from functools import partial
from typing import Any

from rich.console import Console

from makd.cli.command import Command, in_pipeline
from makd.cli.tables import table
from makd.config.commands import PredictCommand


def _show(result: dict[str, Any], _: PredictCommand, console: Console) -> None:
    rows = table("picture", "class, %", numbers=False)
    for picture in result["predictions"]:
        classes = ", ".join(f"{one['class']} {100 * one['probability']:.1f}" for one in picture["classes"])
        rows.add_row(picture["image"], classes)
    console.print(rows)


COMMANDS: dict[str, Command[Any]] = {
    "predict": Command(PredictCommand, partial(in_pipeline, "predict"), _show)
}
