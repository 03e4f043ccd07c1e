"""Which classes gain and which lose: a figure and a table of the changes by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from makd.evaluation import summary
from makd.evaluation.summary import Results
from makd.report.figures import TEXT, name_rows, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 12
"""Classes drawn at either end."""


def changes(results: Results) -> list[Mapping[str, Any]]:
    """Return the changes by class that are shown: of the arms that learn answers as they are."""
    by_class = results.get("by_class")
    if by_class is None:
        return []
    controls = {name: variant["control"] for name, variant in results["variants"].items()}
    return [change for change in by_class["changes"] if summary.is_taught(controls[change["a"]])]


def caption(results: Results, change: Mapping[str, Any]) -> str:
    """Return the changes of one pair of arms in a sentence."""
    up, down = change["clear"].count(1), change["clear"].count(-1)
    return (
        f"{change['a']} against {change['b']}: of {len(change['clear'])} classes {up} clearly gain and "
        f"{down} clearly lose (filled: p < 0.05 over the class's test images after Holm's correction over "
        "the classes, and no seed against it). Lines: 95 % of test images drawn anew."
    )


def shown(change: Mapping[str, Any]) -> list[int]:
    """Return the classes to draw, the greatest gain first: all of them, or those at either end."""
    order = [int(place) for place in np.argsort(-np.array(change["difference"]), kind="stable")]
    return order if len(order) <= 2 * MOST else order[:MOST] + order[-MOST:]


def draw_changes(name: str, results: Results, change: Mapping[str, Any], colour: str) -> str:
    """Draw the change of each class with its interval; a clear one is filled."""
    classes, places = results["by_class"]["classes"], shown(change)

    def draw(axes: Axes) -> None:
        for y, place in enumerate(places):
            low, high = (100 * bound for bound in change["ci95"][place])
            axes.plot([low, high], [y, y], color=colour, linewidth=1, alpha=0.6)
            face = colour if change["clear"][place] else "none"
            axes.plot(
                [100 * change["difference"][place]],
                [y],
                "o",
                color=colour,
                markerfacecolor=face,
                markersize=5,
            )
        axes.axvline(0, color=TEXT, linewidth=0.8)
        name_rows(axes, [classes[place] for place in places])
        axes.set_xlabel(f"{change['a']} \N{MINUS SIGN} {change['b']}, points")

    return svg(name, 0.9 + 0.22 * len(places), draw)


def table(results: Results, change: Mapping[str, Any]) -> list[Sequence[str]]:
    """Return a row a class, the highest gain first: images, accuracy of both arms, change, interval, p."""
    by_class = results["by_class"]
    a, b = (by_class["accuracy"][change[side]] for side in ("a", "b"))
    order = np.argsort(-np.array(change["difference"]), kind="stable")
    return [
        (
            by_class["classes"][c],
            f"{by_class['images'][c]:g}",
            summary.percent(a[c]),
            summary.percent(b[c]),
            summary.points(change["difference"][c]),
            summary.span(change["ci95"][c], signed=True),
            summary.p_text(change["p_holm"][c]) + (" *" if change["clear"][c] else ""),
        )
        for c in order
    ]
