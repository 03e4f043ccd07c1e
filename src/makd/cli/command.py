"""What a verb of the command line is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from rich.console import Console

from makd.progress import Progress

Settings = TypeVar("Settings", bound=BaseModel)
Result = dict[str, Any]


def _done(_: Result) -> int:
    return 0


def in_pipeline(step: str, settings: BaseModel, progress: Progress) -> Result:
    """Hand the settings to a step of the pipeline, imported only now: a help page needs none of it."""
    from makd import pipeline

    result: Result = getattr(pipeline, step)(settings, progress)
    return result


@dataclass(frozen=True)
class Command(Generic[Settings]):
    """One verb: what it takes, what it calls, how a person sees what comes back.

    Attributes:
        settings: the model of its settings, from which flags and help are made.
        call: does the work; its result can be written as JSON.
        show: prints the result of these settings for a person; `--json` prints it as it is.
        exit_code: what the result makes the command exit with.
    """

    settings: type[Settings]
    call: Callable[[Settings, Progress], Result]
    show: Callable[[Result, Settings, Console], None]
    exit_code: Callable[[Result], int] = _done
