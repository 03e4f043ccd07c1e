"""`makd train`: one student."""

from __future__ import annotations

from functools import partial
from typing import Any

from makd.cli.command import Command, in_pipeline
from makd.cli.tables import show_metrics
from makd.config.commands import TrainCommand

COMMANDS: dict[str, Command[Any]] = {
    "train": Command(TrainCommand, partial(in_pipeline, "train"), show_metrics)
}
