"""Less data: accuracy by the number of training images a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from makd.evaluation import summary
from makd.evaluation.summary import Results
from makd.report.figures import dash, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def content(name: str, results: Results, of_arm: Mapping[str, str]) -> dict[str, Any] | None:
    """Return figure, header and rows of a comparison with several shares of the images; else None."""
    curve = results.get("curve")
    if not curve:
        return None
    arms = list(results["arms"])
    return {
        "draw": Markup(draw_curve(name, results, of_arm)),
        "header": (
            "images a class",
            "share",
            *(f"{arm} %" for arm in arms),
            *(f"{a} \N{MINUS SIGN} {b}" for a, b in _pairs(results)),
        ),
        "rows": [
            (
                f"{point['images_per_class']:g}",
                f"{point['share']:.0%}",
                *(summary.percent(point["arms"][arm]["mean"]) for arm in arms),
                *(_difference(point, a, b) for a, b in _pairs(results)),
            )
            for point in curve
        ],
    }


def draw_curve(name: str, results: Results, of_arm: Mapping[str, str]) -> str:
    """Draw each arm's mean with its 95 % interval against images a class, on a logarithmic axis."""
    curve = results["curve"]
    images = [point["images_per_class"] for point in curve]

    def draw(axes: Axes) -> None:
        for arm, colour in of_arm.items():
            found = [point["arms"][arm] for point in curve]
            if all(one["ci95"] for one in found):
                low, high = 100 * np.array([one["ci95"] for one in found]).T
                axes.fill_between(images, low, high, color=colour, alpha=0.12, linewidth=0)
            means = [100 * one["mean"] for one in found]
            axes.plot(
                images,
                means,
                dash(of_arm, arm),
                marker="o",
                markersize=4,
                color=colour,
                label=arm,
                linewidth=1.6,
            )
        axes.set_xscale("log")
        axes.set_xticks(images, [f"{number:g}" for number in images])
        axes.minorticks_off()
        axes.set_xlabel("training images a class")
        axes.set_ylabel(f"{results['metric']}, %")
        axes.grid(axis="y")
        axes.legend(loc="best", fontsize=9, handlelength=2.4)

    return svg(name, 3.3, draw)


def _pairs(results: Results) -> list[tuple[str, str]]:
    """Return the first pairs of an arm that learns answers and another one."""
    return [
        (pair["a"], pair["b"])
        for pair in results["pairs"]
        if summary.is_taught(results["variants"][pair["a"]]["control"])
    ][:3]


def _difference(point: Mapping[str, Any], a: str, b: str) -> str:
    pair = next(pair for pair in point["pairs"] if (pair["a"], pair["b"]) == (a, b))
    interval = summary.span(pair["ci95"], signed=True)
    return summary.points(pair["difference"]) + (f" ({interval})" if interval else "")
