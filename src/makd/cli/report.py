"""`makd report`: the page of a comparison."""

from __future__ import annotations

from functools import partial
from typing import Any

from rich.console import Console

from makd.cli.command import Command, in_pipeline
from makd.config.commands import ReportCommand


def _show(result: dict[str, Any], _: ReportCommand, console: Console) -> None:
    for page in result["reports"]:
        console.print(page)


COMMANDS: dict[str, Command[Any]] = {"report": Command(ReportCommand, partial(in_pipeline, "report"), _show)}
