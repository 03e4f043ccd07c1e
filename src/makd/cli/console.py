"""What a person sees while makd works: bars in a terminal, in a log a sparse line now and then."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from rich.console import Console

from makd.progress import Meter, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

EVERY = 10.0
"""Seconds between two lines about work in progress where there is no terminal."""


def plain_console(file: TextIO) -> Console:
    """Return a console that prints what it is given: brackets in a name are no markup, colons no emoji."""
    return Console(file=file, markup=False, emoji=False, highlight=False, soft_wrap=not file.isatty())


def open_progress(file: TextIO | None = None) -> Progress:
    """Return the progress that fits where `file` (default: stderr) goes: bars in a terminal, else lines."""
    console = plain_console(file or sys.stderr)
    if console.is_terminal and not console.is_dumb_terminal:
        return BarProgress(console)
    return LineProgress(file or sys.stderr)


class BarProgress:
    """Bars with rate and time left; those open at the same time stand below each other."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars: Bars | None = None
        self._open = 0
        self._lock = threading.Lock()

    @contextmanager
    def meter(self, label: str, total: int | None, unit: str = "images") -> Iterator[Meter]:
        """Show a bar of `total` units until the context is left."""
        with self._lock:
            self._bars = self._bars or _bars(self._console)
            if self._open == 0:
                self._bars.start()
            self._open += 1
            bars = self._bars
        task = bars.add_task(label, total=total, unit=unit, note="")
        try:
            yield _Bar(bars, task)
        finally:
            with self._lock:
                self._open -= 1
                if self._open:
                    bars.remove_task(task)
                else:  # the outermost bar stays on the screen
                    bars.stop()
                    self._bars = None

    def say(self, message: str) -> None:
        """Print one line above the bars."""
        self._console.print(message)


class _Bar:
    def __init__(self, bars: Bars, task: TaskID) -> None:
        self._bars, self._task = bars, task

    def advance(self, n: int = 1, note: str = "") -> None:
        if note:
            self._bars.update(self._task, note=note)
        self._bars.advance(self._task, n)


def _bars(console: Console) -> Bars:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(_rate(speed, str(task.fields["unit"])) if speed else "")

    return Bars(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[note]}", markup=False),
        console=console,
    )


class LineProgress:
    """Lines without control codes, for logs: what is said, and of running work one line in ten seconds."""

    def __init__(self, file: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._file, self._clock = file, clock
        self._last = clock()
        self._lock = threading.Lock()

    @contextmanager
    def meter(self, label: str, total: int | None, unit: str = "images") -> Iterator[Meter]:
        """Count `total` units; short work leaves no line."""
        yield _Line(self, label, total, unit, self._clock)

    def say(self, message: str) -> None:
        """Print one line."""
        with self._lock:
            self._print(message)

    def say_if_due(self, message: Callable[[], str]) -> None:
        """Print one line, unless another one of running work was printed a moment ago."""
        with self._lock:
            now = self._clock()
            if now - self._last >= EVERY:
                self._last = now
                self._print(message())

    def _print(self, line: str) -> None:
        self._file.write(f"{line}\n")
        self._file.flush()


class _Line:
    def __init__(
        self, lines: LineProgress, label: str, total: int | None, unit: str, clock: Callable[[], float]
    ) -> None:
        self._lines, self._label, self._total, self._unit, self._clock = lines, label, total, unit, clock
        self._done, self._note = 0, ""
        self._first: tuple[float, int] | None = None

    def advance(self, n: int = 1, note: str = "") -> None:
        self._done += n
        self._note = note or self._note
        if self._first is None and n:
            self._first = self._clock(), self._done
        self._lines.say_if_due(self._line)

    def _line(self) -> str:
        words = [f"{self._done:,}{f' of {self._total:,}' if self._total else ''} {self._unit}"]
        if rate := self._speed():
            words.append(_rate(rate, self._unit))
            if self._total:
                words.append(f"{_duration((self._total - self._done) / rate)} left")
        return f"{self._label}: {', '.join([*words, self._note] if self._note else words)}"

    def _speed(self) -> float:
        """Return units a second since the first ones were done: what comes before is warming up."""
        begin, before = self._first or (0.0, 0)
        elapsed = self._clock() - begin
        return (self._done - before) / elapsed if self._first and elapsed > 0 else 0.0


def _rate(speed: float, unit: str) -> str:
    return f"{speed:,.0f} {unit}/s" if speed >= 10 else f"{speed:.2g} {unit}/s"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
