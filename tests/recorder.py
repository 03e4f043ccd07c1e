"""A `Progress` that keeps what it is told; tests have one by the fixture `heard`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from makd.progress import Meter, Silent


class Recorder(Silent):
    """Keeps every line that was said, and what the latest meter counted.

    Attributes:
        lines: what was said, in order.
        notes: of all meters, in order.
        total: of the latest meter.
        counted: by the latest meter.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.notes: list[str] = []
        self.total: int | None = None
        self.counted = 0

    def say(self, message: str) -> None:
        self.lines.append(message)

    def meter(self, label: str, total: int | None, unit: str = "images") -> AbstractContextManager[Meter]:
        self.total, self.counted = total, 0
        return nullcontext(self)

    def advance(self, n: int = 1, note: str = "") -> None:
        self.counted += n
        self.notes.append(note)
