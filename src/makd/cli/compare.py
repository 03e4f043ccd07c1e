"""`makd compare`: arms over seeds, judged side by side."""

from __future__ import annotations

from functools import partial
from typing import Any

from makd.cli.command import Command, in_pipeline
from makd.cli.tables import show_comparison
from makd.config.commands import CompareCommand

COMMANDS: dict[str, Command[Any]] = {
    "compare": Command(CompareCommand, partial(in_pipeline, "compare"), show_comparison)
}
