"""A `Progress` for tests."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any


class Told:
    """A `Progress` that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.notes: list[str] = []
        self.total, self.counted = 0, 0

    def say(self, message: str) -> None:
        self.lines.append(message)

    def meter(self, label: str, total: int | None, unit: str = "images") -> AbstractContextManager[Any]:
        self.total, self.counted = total or 0, 0
        return nullcontext(self)

    def advance(self, n: int = 1, note: str = "") -> None:
        self.counted += n
        self.notes.append(note)
