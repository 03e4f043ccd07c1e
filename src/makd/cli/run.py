"""`makd run`: the whole road on your data."""

from __future__ import annotations

from functools import partial
from typing import Any

from makd.cli.command import Command, in_pipeline
from makd.cli.tables import show_comparison
from makd.config.commands import RunCommand

COMMANDS: dict[str, Command[Any]] = {"run": Command(RunCommand, partial(in_pipeline, "run"), show_comparison)}
