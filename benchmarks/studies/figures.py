"""Draws the figures of the studies into docs/images.

They show what `benchmarks/results/studies/*.json` hold. From the root:

python -m benchmarks.studies.figures [NAME …]
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.studies.study import RESULTS
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from makd.storage import replacing

IMAGES = Path(__file__).parents[2] / "docs" / "images"
BLUE, ORANGE, QUIET, GREEN, PINK = "#2b83ba", "#e69f00", "#8a8f98", "#009e73", "#cc79a7"
GROUPS = (BLUE, ORANGE, GREEN, PINK, "#7b68c8", "#56b4e9", "#a6761d")
STYLE: dict[Any, Any] = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 10,
    "grid.alpha": 0.2,
    "legend.frameon": False,
}
Result = Mapping[str, Any]


def over(result: Result, name: str) -> dict[str, Any]:
    """Return the difference of a condition to the first it is held against, and `each` seed's, in points."""
    pair = next(d for d in result["differences"] if d["a"] == name)
    reference = pair["b"]
    each = np.subtract(result["conditions"][name]["values"], result["conditions"][reference]["values"])
    low, high = (100 * bound for bound in pair["ci95"])
    return {"mean": 100 * pair["difference"], "low": low, "high": high, "each": 100 * each}


def draw_counts(figure: Figure, result: Result) -> None:
    """Draw the gain by the number of questions: with one alpha for all numbers, and with less for fewer."""
    axes = figure.subplots()
    counts = [name for name in result["conditions"] if name.isdigit()]
    less = [name for name in result["conditions"] if name.endswith(", alpha less")]
    _line_of(axes, result, counts, range(len(counts)), BLUE, "alpha 30")
    if less:
        at = [counts.index(name.partition(",")[0]) + 0.08 for name in less]
        joined = [*less, "37"], [*at, counts.index("37") + 0.08]
        _line_of(axes, result, *joined, ORANGE, "alpha 30 x questions / 37")
        axes.legend(fontsize=9)
    axes.set_xticks(range(len(counts)), counts)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_xlabel("questions")
    axes.set_ylabel("points over labels alone")
    axes.grid(axis="y")


def _line_of(
    axes: Axes,
    result: Result,
    names: Sequence[str],
    places: Sequence[float],
    colour: str,
    label: str,
    style: str = "-",
) -> None:
    found = [over(result, name) for name in names]
    for place, each in zip(places, found, strict=True):
        axes.scatter([place] * len(each["each"]), each["each"], s=14, color=QUIET, alpha=0.6, linewidths=0)
    reach = np.array([[each["mean"] - each["low"], each["high"] - each["mean"]] for each in found]).T
    means = [each["mean"] for each in found]
    axes.errorbar(
        places,
        means,
        reach,
        label=label,
        color=colour,
        linestyle=style,
        linewidth=1.6,
        marker="D",
        markersize=5,
    )


def draw_rows(figure: Figure, result: Result) -> None:
    """Draw the gain of every condition over the first it is held against, one row each."""
    unlike = {pair["b"] for pair in result["differences"][:1]}
    held = {pair["a"] for pair in result["differences"]}
    _rows(figure.subplots(), result, [name for name in result["conditions"] if name in held - unlike])


def _rows(axes: Axes, result: Result, names: Sequence[str], colour: str = BLUE) -> None:
    for y, name in enumerate(names):
        found = over(result, name)
        axes.scatter(
            found["each"], [y - 0.2] * len(found["each"]), s=14, color=QUIET, alpha=0.6, linewidths=0
        )
        axes.plot([found["low"], found["high"]], [y + 0.1] * 2, color=colour, linewidth=2)
        axes.plot([found["mean"]], [y + 0.1], "D", color=colour, markersize=6)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel("points over labels alone")
    axes.grid(axis="x")


def draw_surface(figure: Figure, result: Result) -> None:
    """Draw the gain over pictures a class, a line for each share of wrong answers and number of questions."""
    axes = figure.subplots()
    points = {name: tuple(map(int, re.findall(r"\d+", name))) for name in result["conditions"]}
    points = {name: point for name, point in points.items() if len(point) == 3}
    numbers = sorted({point[0] for point in points.values()})
    kinds = sorted({point[1:] for point in points.values()}, key=lambda kind: (-kind[1], kind[0]))
    colours = dict(zip(sorted({wrong for wrong, _ in kinds}), (BLUE, GREEN, ORANGE), strict=True))
    for shift, (wrong, count) in enumerate(kinds):
        names = [f"{number} a class, {wrong} % wrong, {count} questions" for number in numbers]
        places = [place + (shift - 2.5) * 0.05 for place in range(len(numbers))]
        style = "-" if count == max(kind[1] for kind in kinds) else ":"
        _line_of(axes, result, names, places, colours[wrong], f"{count} questions, {wrong} % wrong", style)
    axes.set_xticks(range(len(numbers)), map(str, numbers))
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_xlabel("training pictures a class")
    axes.set_ylabel("points over labels alone")
    axes.legend(fontsize=9, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    axes.grid(axis="y")


def draw_padded(figure: Figure, result: Result) -> None:
    """Draw the gains, and below them what `select` keeps against the others."""
    above, below = figure.subplots(2, 1, height_ratios=(4, 3))
    _rows(above, result, [name for name in result["conditions"] if name != "base"])
    names = ("all 74", "original 37", "random 37")
    for y, name in enumerate(names):
        pair = next(d for d in result["differences"] if (d["a"], d["b"]) == (name, "select's 37"))
        low, high = (-100 * bound for bound in pair["ci95"])
        below.plot([low, high], [y, y], color=QUIET, linewidth=1.6)
        if name in result["equivalence"]:
            low, high = (100 * bound for bound in result["equivalence"][name]["ci90"])
            below.plot([low, high], [y, y], color=ORANGE, linewidth=3.5)
        below.plot([-100 * pair["difference"]], [y], "D", color=ORANGE, markersize=6)
    margin = 100 * next(iter(result["equivalence"].values()))["margin"]
    below.axvspan(-margin, margin, color=BLUE, alpha=0.12, linewidth=0)
    below.axvline(0, color="black", linewidth=0.8)
    below.set_yticks(range(len(names)), [f"select's 37 \N{MINUS SIGN} {name}" for name in names])
    below.set_ylim(len(names) - 0.4, -0.6)
    below.tick_params(axis="y", length=0)
    below.set_xlabel(f"difference, points (thin 95 %, thick 90 %; shaded: within {margin:g})")
    below.grid(axis="x")


def draw_wrong(figure: Figure, result: Result) -> None:
    """Draw the gain by how wrong the answers are, a panel for each way of being wrong."""
    kinds = {"flips": "% flipped", "always yes": "towards yes, log-odds", "ignored": "% ignored",
             "errors of a class": "% of classes x questions"}  # fmt: skip
    conditions = result["conditions"]
    kinds = {
        kind: label for kind, label in kinds.items() if any(name.startswith(kind) for name in conditions)
    }
    panels = figure.subplots(1, len(kinds), sharey=True, squeeze=False)[0]
    for axes, (kind, label) in zip(panels, kinds.items(), strict=True):
        names = [name for name in conditions if name.startswith(kind)]
        doses = [0.0] + [float(re.findall(r"\d+", name)[0]) for name in names]
        found = [over(result, name) for name in ("as answered", *names)]
        for dose, each in zip(doses, found, strict=True):
            axes.scatter([dose] * len(each["each"]), each["each"], s=10, color=QUIET, alpha=0.6, linewidths=0)
        reach = np.array([[each["mean"] - each["low"], each["high"] - each["mean"]] for each in found]).T
        means = [each["mean"] for each in found]
        axes.errorbar(doses, means, reach, color=BLUE, marker="D", markersize=4.5, linewidth=1.5)
        axes.axhline(0, color="black", linewidth=0.8)
        axes.set_title(kind, fontsize=10)
        axes.set_xlabel(label)
        axes.set_xticks(doses)
        axes.grid(axis="y")
    panels[0].set_ylabel("points over labels alone")


def draw_contribution(figure: Figure, result: Result) -> None:
    """Draw the coefficient of each question, and beside it what it tells about the class."""
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    questions = sorted(result["questions"], key=lambda line: -line["coefficient"])
    groups = list(dict.fromkeys(line["group"] for line in result["questions"]))
    colour = dict(zip(groups, GROUPS, strict=True))
    for y, line in enumerate(questions):
        mean, error = 100 * line["coefficient"], 100 * line["error"]
        left.plot([mean - 1.96 * error, mean + 1.96 * error], [y, y], color=QUIET, linewidth=1)
        left.plot([mean], [y], "o", color=colour[line["group"]], markersize=5)
        right.plot([line["class_information"]], [mean], "o", color=colour[line["group"]], markersize=5)
    left.set_yticks(range(len(questions)), [line["id"] for line in questions], fontsize=7.5)
    left.set_ylim(len(questions) - 0.4, -0.6)
    left.axvline(0, color="black", linewidth=0.8)
    left.set_xlabel("points over the average question")
    left.grid(axis="x")
    right.axhline(0, color="black", linewidth=0.8)
    right.set_xlabel("bits about the class")
    right.set_ylabel("points over the average question")
    marks = [right.plot([], [], "o", color=colour[group], label=group)[0] for group in groups]
    right.legend(handles=marks, fontsize=8, loc="best")


DRAWN: Mapping[str, tuple[Callable[[Figure, Result], None], tuple[float, float]]] = {
    "question_count": (draw_counts, (5.6, 3.2)),
    "question_choice": (draw_rows, (6.4, 4.2)),
    "padded_bank": (draw_padded, (6.4, 4.6)),
    "contribution": (draw_contribution, (8, 6)),
    "wrong_answers": (draw_wrong, (9, 3.2)),
    "irrelevant": (draw_rows, (6.4, 2.8)),
    "answer_quality": (draw_rows, (6.8, 5)),
    "caltech": (draw_rows, (6.4, 3.2)),
    "tuning": (draw_rows, (6.8, 6)),
    "ladder": (draw_rows, (6.4, 3.4)),
    "surface": (draw_surface, (6.8, 4.2)),
    "aspect_loss": (draw_rows, (6.4, 4.4)),
    "crops": (draw_rows, (6.4, 3.4)),
    "architectures": (draw_rows, (6.4, 2.6)),
    "vision_teacher": (draw_rows, (6.4, 3)),
    "unlabelled": (draw_rows, (6.8, 4)),
    "pretrained": (draw_rows, (6.4, 3)),
}


def draw(name: str, results: Path = RESULTS, images: Path = IMAGES) -> Path:
    """Draw a study's figure as a PNG, whose path is returned."""
    result = json.loads((results / f"{name}.json").read_text(encoding="utf-8"))
    how, size = DRAWN[name]
    path = images / f"study-{name.replace('_', '-')}.png"
    with rc_context(STYLE), replacing(path) as temporary:
        figure = Figure(figsize=size, layout="constrained")
        how(figure, result)
        figure.savefig(temporary, format="png", dpi=110)
    return path


def main() -> None:
    """Draw the studies that are named, or all that have figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    there = [name for name in DRAWN if (RESULTS / f"{name}.json").is_file()]
    for name in parser.parse_args().names or there:
        print(draw(name))


if __name__ == "__main__":
    main()
