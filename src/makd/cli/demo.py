"""`makd demo`: the whole road on the embedded world."""

from __future__ import annotations

from functools import partial
from typing import Any

from makd.cli.command import Command, in_pipeline
from makd.cli.tables import show_comparison
from makd.config.commands import DemoCommand

COMMANDS: dict[str, Command[Any]] = {
    "demo": Command(DemoCommand, partial(in_pipeline, "demo"), show_comparison)
}
