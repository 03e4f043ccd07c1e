"""Figures of an audit: one row a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from makd.report.figures import TEXT, name_rows, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Question: TypeAlias = Mapping[str, Any]
"""The figures of one question, as `audit.json` holds them."""

_QUIET, _BLUE, _ORANGE = "#8a8f98", "#2b83ba", "#e69f00"
_ROW = 0.2
"""Height of a row, in inches."""


def draw_information(name: str, questions: Sequence[Question]) -> str:
    """Draw what each question tells about the class, on what a yes/no answer of its mean could tell."""
    known = _sorted(questions, "class_information")

    def draw(axes: Axes) -> None:
        rows = range(len(known))
        axes.barh(rows, [q["entropy"] for q in known], color=_QUIET, alpha=0.25, height=0.72)
        axes.barh(rows, [max(q["class_information"], 0) for q in known], color=_BLUE, height=0.72)
        axes.set_xlabel("bits")
        axes.set_xlim(0, 1)
        _rows(axes, known)

    return svg(name, 0.7 + _ROW * len(known), draw)


def draw_variance(name: str, questions: Sequence[Question]) -> str:
    """Draw how the variance of each question parts: the class, stable within classes, not stable."""
    known = _sorted(questions, "of_class")
    parts = (("of_class", _QUIET, 0.6), ("within_stable", _BLUE, 1.0), ("within_unstable", _ORANGE, 0.8))

    def draw(axes: Axes) -> None:
        left = [0.0] * len(known)
        for part, colour, alpha in parts:
            widths = [100 * (q[part] or 0) for q in known]
            axes.barh(range(len(known)), widths, left=left, color=colour, alpha=alpha, height=0.72)
            left = [start + width for start, width in zip(left, widths, strict=True)]
        axes.set_xlabel("% of the variance of P(yes)")
        axes.set_xlim(0, 100)
        _rows(axes, known)

    return svg(name, 0.7 + _ROW * len(known), draw)


def draw_truth(name: str, questions: Sequence[Question]) -> str:
    """Draw how often each question's answers agree with people, and how often a constant answer would."""
    known = _sorted(questions, "truth_agreement")

    def draw(axes: Axes) -> None:
        for y, question in enumerate(known):
            agrees, usual = 100 * question["truth_agreement"], 100 * question["truth_majority"]
            colour = _BLUE if agrees > usual else _ORANGE
            axes.plot([usual, agrees], [y, y], color=colour, linewidth=2, solid_capstyle="butt")
            axes.plot([agrees], [y], "o", color=colour, markersize=5)
            axes.plot([usual], [y], "|", color=TEXT, markersize=7, alpha=0.7)
        axes.set_xlabel("% of the pictures answered as people do")
        _rows(axes, known)

    return svg(name, 0.7 + _ROW * len(known), draw)


def _sorted(questions: Sequence[Question], figure: str) -> list[Question]:
    known = [question for question in questions if question[figure] is not None]
    return sorted(known, key=lambda question: -question[figure])


def _rows(axes: Axes, questions: Sequence[Question]) -> None:
    name_rows(axes, [question["id"] for question in questions])
    axes.tick_params(axis="y", labelsize=8)
    axes.margins(y=0.01)
