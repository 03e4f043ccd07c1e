"""Results as tables: what several verbs print alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table


def table(*headers: str, numbers: bool = True) -> Table:
    """Return a table without rows or lines; columns after the first hold `numbers`, or texts."""
    empty = Table(box=None, pad_edge=False, header_style="bold", show_header=any(headers))
    for place, header in enumerate(headers):
        empty.add_column(header, justify="right" if numbers and place else "left", overflow="fold")
    return empty


def show_metrics(result: Mapping[str, Any], console: Console) -> None:
    """Print an evaluation: every metric in per cent."""
    about = {"run", "split", "n", "seconds", "images_per_second"}
    metrics = {name: value for name, value in result.items() if name not in about}
    console.print(f"{result['run']}: {result['n']:,} {result['split']} images")
    figures = table("metric", "%")
    for name, value in metrics.items():
        figures.add_row(name, percent(value))
    console.print(figures)


def show_comparison(results: Mapping[str, Any], console: Console) -> None:
    """Print a comparison: every arm, then every pair that answers a question, in per cent and points."""
    arms = table("arm", results["metric"], "std", "95 % interval", "seeds")
    for name, arm in results["arms"].items():
        seeds = str(len(arm[results["metric"]]))
        arms.add_row(name, percent(arm["mean"]), percent(arm["std"]), _interval(arm["ci95"]), seeds)
    console.print(arms)
    if not results["pairs"]:
        return
    pairs = table("pair", "points", "95 % interval", "p")
    for pair in results["pairs"]:
        p_value = "" if pair["p_value"] is None else f"{pair['p_value']:.2g}"
        pairs.add_row(
            f"{pair['a']} - {pair['b']}",
            percent(pair["difference"], "+"),
            _interval(pair["ci95"], "+"),
            p_value,
        )
    console.print()
    console.print(pairs)


def percent(value: float | None, sign: str = "") -> str:
    """Return a fraction of 1 as per cent with one digit after the point, nothing for None."""
    return "" if value is None else f"{100 * value:{sign}.1f}"


def _interval(bounds: list[float] | None, sign: str = "") -> str:
    return "" if bounds is None else f"{percent(bounds[0], sign)} to {percent(bounds[1], sign)}"
