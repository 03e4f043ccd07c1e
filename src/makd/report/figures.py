"""Figures as inline SVG that takes the page's own text colour and font, in light and in dark."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from makd.evaluation.summary import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEXT = "#010203"
"""Stands for the page's text colour until the SVG is written."""

_COLOURS = {
    "base": "#8a8f98",
    "makd": "#2b83ba",
    "signature": "#2b83ba",
    "shuffled": "#e69f00",
    "random": "#cc79a7",
    "classmean": "#009e73",
    "permuted": "#d55e00",
}
"""By control; told apart with any kind of colour vision (after Okabe and Ito), on white and on black."""

_FREE = ("#7b68c8", "#56b4e9", "#a6761d", "#5fb37a")
"""For arms of the same control as one before them, and for those of a vision teacher."""

_DASHES = ("-", "--", "-.", ":")
_WIDTH = 5.4
_STYLE: dict[Any, Any] = {
    "axes.edgecolor": TEXT,
    "axes.labelcolor": TEXT,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": 10,
    "grid.alpha": 0.15,
    "grid.color": TEXT,
    "legend.frameon": False,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "text.color": TEXT,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
}


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure of an arm by epoch.

    Attributes:
        arm: its name.
        epochs: `[E]`, from 1.
        values: `[seeds, E]`.
    """

    arm: str
    epochs: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


def colours(results: Results) -> dict[str, str]:
    """Return each arm's colour, the same in every figure and in the table."""
    free = iter(_FREE * len(results["arms"]))
    taken: dict[str, str] = {}
    for name in results["arms"]:
        colour = _COLOURS.get(results["variants"][name]["control"])
        taken[name] = next(free) if colour is None or colour in taken.values() else colour
    return taken


def dash(of_arm: Mapping[str, str], arm: str) -> str:
    """Return an arm's kind of line, which tells it apart where colours do not."""
    return _DASHES[list(of_arm).index(arm) % len(_DASHES)]


def draw_arms(name: str, results: Results) -> str:
    """Draw every arm's seeds as dots, its mean and 95 % interval; a dashed line marks labels alone."""
    metric, arms = results["metric"], results["arms"]
    of_arm = colours(results)

    def draw(axes: Axes) -> None:
        for y, (arm_name, arm) in enumerate(arms.items()):
            values = 100 * np.array(arm[metric])
            lift = 0.16 * np.linspace(-1, 1, len(values)) if len(values) > 1 else np.zeros(1)
            axes.scatter(
                values, y - 0.22 + lift * 0.6, s=22, color=of_arm[arm_name], alpha=0.75, linewidths=0
            )
            _interval(axes, arm["mean"], arm["ci95"], y + 0.12, of_arm[arm_name])
            if results["variants"][arm_name]["control"] == "base":
                axes.axvline(100 * arm["mean"], color=TEXT, linewidth=0.8, linestyle=(0, (3, 3)), alpha=0.5)
        name_rows(axes, list(arms))
        axes.set_xlabel(f"{metric}, %")

    return svg(name, 0.9 + 0.5 * len(arms), draw)


def draw_pairs(name: str, results: Results) -> str:
    """Draw every pair's difference: 95 % interval over seeds, and below it that over test images."""
    of_arm = colours(results)

    def draw(axes: Axes) -> None:
        for y, pair in enumerate(results["pairs"]):
            _interval(axes, pair["difference"], pair["ci95"], y - 0.1, of_arm[pair["a"]])
            if pair["bootstrap_ci95"] is not None:
                low, high = (100 * bound for bound in pair["bootstrap_ci95"])
                axes.plot([low, high], [y + 0.2, y + 0.2], color=TEXT, linewidth=1, alpha=0.6)
        axes.axvline(0, color=TEXT, linewidth=0.8)
        name_rows(axes, [f"{pair['a']} \N{MINUS SIGN} {pair['b']}" for pair in results["pairs"]])
        axes.set_xlabel("difference, points")

    return svg(name, 0.9 + 0.42 * len(results["pairs"]), draw)


def draw_curves(name: str, label: str, curves: Sequence[Curve], of_arm: Mapping[str, str]) -> str:
    """Draw one line an arm by epoch, the mean over seeds, on a band from the lowest to the highest seed."""
    from matplotlib.ticker import MaxNLocator

    def draw(axes: Axes) -> None:
        for curve in curves:
            colour = of_arm[curve.arm]
            if len(curve.values) > 1:
                low, high = curve.values.min(axis=0), curve.values.max(axis=0)
                axes.fill_between(curve.epochs, low, high, color=colour, alpha=0.15, linewidth=0)
            axes.plot(
                curve.epochs,
                curve.values.mean(axis=0),
                dash(of_arm, curve.arm),
                color=colour,
                label=curve.arm,
                linewidth=1.6,
            )
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_ylabel(label)
        axes.grid(axis="y")
        axes.legend(loc="best", fontsize=9, handlelength=2.4)

    return svg(name, 3.3, draw)


def _interval(axes: Axes, mean: float, interval: Sequence[float] | None, y: float, colour: str) -> None:
    if interval is not None:
        axes.plot(
            [100 * bound for bound in interval], [y, y], color=colour, linewidth=2, solid_capstyle="round"
        )
    axes.plot([100 * mean], [y], "D", color=colour, markersize=6)


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Let the vertical axis name rows, the first on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def svg(name: str, height: float, draw: Callable[[Axes], Any]) -> str:
    """Return a figure as `<svg>` that fits into HTML beside others; `name` keeps their ids apart."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    file = io.StringIO()
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        draw(figure.add_subplot())
        figure.savefig(
            file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(
        r"<svg[^>]*viewBox=\"([^\"]*)\"[^>]*>", r'<svg viewBox="\1" aria-hidden="true">', svg, count=1
    )
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    return svg.replace(TEXT, "currentColor")
