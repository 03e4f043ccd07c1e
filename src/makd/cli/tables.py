"""Results as tables: what several verbs print alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from makd.config.commands import (
    CompareCommand,
    DemoCommand,
    EvaluateCommand,
    RunCommand,
    TrainCommand,
)


def table(*headers: str, numbers: bool = True) -> Table:
    """Return a table without rows or lines; columns after the first hold `numbers`, or texts.

    Headers of several words may stand in several lines, but no word is broken.
    """
    empty = Table(box=None, pad_edge=False, header_style="bold", show_header=any(headers))
    for place, header in enumerate(headers):
        justify: Literal["left", "right"] = "right" if numbers and place else "left"
        widest = max(map(len, header.split()), default=0)
        empty.add_column(header, justify=justify, overflow="fold", min_width=widest)
    return empty


def show_metrics(result: Mapping[str, Any], _: TrainCommand | EvaluateCommand, console: Console) -> None:
    """Print an evaluation: every metric in per cent."""
    about = {"run", "split", "n", "seconds", "images_per_second", "duplicates"}
    metrics = {name: value for name, value in result.items() if name not in about}
    console.print(f"{result['run']}: {result['n']:,} {result['split']} images")
    figures = table("metric", "%")
    for name, value in metrics.items():
        figures.add_row(name, f"{100 * value:.1f}")
    console.print(figures)


def show_comparison(
    results: Mapping[str, Any], settings: DemoCommand | RunCommand | CompareCommand, console: Console
) -> None:
    """Print a comparison as its page has it: a row an arm, then the verdict; and where the page is."""
    from makd.evaluation import summary
    from makd.report.page import PAGE

    arms = table(*summary.header(results))
    for row in summary.rows(results):
        arms.add_row(*row)
    console.print(arms)
    console.print()
    console.print(summary.verdict(results))
    for sentence in summary.beside(results):
        console.print(sentence)
    console.print(f"\nThe page to look at: {settings.out / PAGE}")
