from __future__ import annotations

import io

import pytest
from rich.console import Console

from makd.cli.console import EVERY, BarProgress, LineProgress, open_progress, plain_console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_log_gets_one_line_in_ten_seconds_with_rate_and_time_left():
    file, clock = io.StringIO(), Clock()
    lines = LineProgress(file, clock)
    with lines.meter("asking", 1000) as meter:
        clock.now += 4  # warming up does not slow the rate
        for _ in range(80):
            clock.now += 0.25
            meter.advance(5)
    assert file.getvalue().splitlines() == [
        "asking: 120 of 1,000 images, 20 images/s, 0:44 left",
        "asking: 320 of 1,000 images, 20 images/s, 0:34 left",
    ]


def test_meters_side_by_side_share_the_line():
    file, clock = io.StringIO(), Clock()
    lines = LineProgress(file, clock)
    with lines.meter("a", 10, "epochs") as a, lines.meter("b", None) as b:
        clock.now += EVERY / 2
        a.advance()
        b.advance()
        clock.now += EVERY / 2
        a.advance(note="loss 0.5")
        b.advance()
        clock.now += EVERY
        b.advance(4)
    assert file.getvalue().splitlines() == [
        "a: 2 of 10 epochs, 0.2 epochs/s, 0:40 left, loss 0.5",
        "b: 6 images, 0.33 images/s",
    ]


def test_what_is_said_stays_and_has_no_control_codes():
    file = io.StringIO()
    progress = open_progress(file)
    progress.say("[bold]cats[/bold] :smile:")
    assert file.getvalue() == "[bold]cats[/bold] :smile:\n"


def test_a_terminal_gets_bars_with_rate(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    file = Terminal()
    progress = open_progress(file)
    assert isinstance(progress, BarProgress)
    with progress.meter("[red]asking", 4, "pictures") as meter:
        meter.advance(3, note="[i]x")
        with progress.meter("inner", None) as inner:
            inner.advance()
        progress.say("[b]said")
        meter.advance(1)
    shown = file.getvalue()
    assert "[red]asking" in shown
    assert "4/4" in shown
    assert "pictures/s" in shown
    assert "[i]x" in shown
    assert "[b]said" in shown
    assert shown.endswith("\x1b[?25h"), "the cursor is shown again"


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(open_progress(Terminal()), LineProgress)


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    file = Terminal()
    console: Console = plain_console(file)
    console.print("x", style="red")
    assert "\x1b[3" not in file.getvalue()


def test_the_bars_end_when_the_work_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    file = Terminal()
    progress = open_progress(file)
    with pytest.raises(ValueError, match="broken"), progress.meter("asking", 4):
        raise ValueError("broken")
    assert file.getvalue().endswith("\x1b[?25h")
