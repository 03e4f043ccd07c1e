"""How long work tells what it is doing. Everything goes to stderr; stdout belongs to results."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Meter(Protocol):
    """One running count, shown as a bar with its rate and the time left."""

    def advance(self, n: int = 1, note: str = "") -> None:
        """Count `n` more units; `note` replaces the short text at the end of the line when not empty."""


class Progress(Protocol):
    """Where a stage announces its work."""

    def meter(self, label: str, total: int | None, unit: str = "images") -> AbstractContextManager[Meter]:
        """Open a count of `total` units (None when unknown); leaving the context closes it."""

    def say(self, message: str) -> None:
        """Print one line that stays."""


class _SilentMeter:
    def advance(self, n: int = 1, note: str = "") -> None:
        pass


class Silent:
    """A `Progress` that shows nothing: the default of every library function."""

    def meter(self, label: str, total: int | None, unit: str = "images") -> AbstractContextManager[Meter]:
        """Return a meter that shows nothing."""
        return nullcontext(_SilentMeter())

    def say(self, message: str) -> None:
        """Show nothing."""
