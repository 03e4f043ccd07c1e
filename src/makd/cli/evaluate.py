"""`makd evaluate`: a student measured on a split."""

from __future__ import annotations

from functools import partial
from typing import Any

from makd.cli.command import Command, in_pipeline
from makd.cli.tables import show_metrics
from makd.config.commands import EvaluateCommand

COMMANDS: dict[str, Command[Any]] = {
    "evaluate": Command(EvaluateCommand, partial(in_pipeline, "evaluate"), show_metrics)
}
