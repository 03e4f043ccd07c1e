"""The page of an audit: what stands out in words, then figures, then every number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from makd.report import audit_figures
from makd.report.frame import render
from makd.storage import write_text

PAGE = "audit.html"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table of questions; left out where no question has the figure.

    Attributes:
        title: over it.
        about: what it says, in a few words.
        figure: key of `audit.json`'s questions.
        write: makes its text.
        brief: whether a terminal shows it too.
    """

    title: str
    about: str
    figure: str
    write: Callable[[float], str]
    brief: bool = False


def percent(share: float) -> str:
    """Write a share as whole per cent."""
    return f"{100 * share:.0f}"


def decimal(number: float) -> str:
    """Write a number with two decimals and a true minus sign."""
    rounded = round(number, 2) + 0.0
    return f"{rounded:.2f}".replace("-", "\N{MINUS SIGN}")


COLUMNS = (
    Column("mean", "mean of P(yes)", "mean", decimal, True),
    Column("unsure %", "pictures with P(yes) from 0.4 to 0.6", "near_half", percent, True),
    Column("mass", "probability that the answer is a form of yes or no at all", "mass", decimal),
    Column("entropy", "bits that an answer of this mean could tell at most", "entropy", decimal),
    Column("class bits", "bits that the answer tells about the class", "class_information", decimal, True),
    Column(
        "class %",
        "share of the variance of P(yes) that the classes' means explain",
        "of_class",
        percent,
        True,
    ),
    Column(
        "stable %",
        "share that varies within classes and a second look finds again",
        "within_stable",
        percent,
        True,
    ),
    Column("rest %", "share that varies within classes otherwise", "within_unstable", percent),
    Column("partner r", "correlation with the most redundant other question", "partner_correlation", decimal),
    Column(
        "negation %",
        "pictures where the negation gets the opposite answer",
        "negation_agreement",
        percent,
        True,
    ),
    Column("people %", "pictures answered as people do", "truth_agreement", percent, True),
    Column("usual %", "the same for always giving the more frequent answer", "truth_majority", percent),
    Column("AUC", "area under the ROC curve against people's answers", "truth_separation", decimal),
    Column("blank", "P(yes) about a blank picture", "blank", decimal),
    Column("as blank %", "pictures that get the blank picture's answer", "same_as_blank", percent, True),
)


def columns_of(questions: Sequence[Mapping[str, Any]]) -> list[Column]:
    """Return the columns that some question has a figure for."""
    return [column for column in COLUMNS if any(q[column.figure] is not None for q in questions)]


def write_audit(out: Path, result: Mapping[str, Any]) -> Path:
    """Write the page of an audit, given as `audit.json` holds it, to `out`."""
    questions = result["questions"]
    columns = columns_of(questions)
    order = sorted(questions, key=lambda q: -(q["class_information"] or 0))
    flags = {
        q["id"]: [f["kind"].replace("-", " ") for f in result["findings"] if q["id"] in f["questions"]]
        for q in questions
    }
    page = render(
        "audit.html.j2",
        a=result,
        columns=columns,
        rows=[
            {
                "question": q,
                "flags": flags[q["id"]],
                "cells": ["" if q[c.figure] is None else c.write(q[c.figure]) for c in columns],
            }
            for q in order
        ],
        figures=[
            {"image": Markup(draw(name, questions)), "caption": caption}
            for name, figure, draw, caption in _FIGURES
            if any(q[figure] is not None for q in questions)
        ],
    )
    write_text(out, page)
    return out


_FIGURES = (
    (
        "information",
        "class_information",
        audit_figures.draw_information,
        "Bits that an answer tells about the class (blue), of those that a yes/no answer with this "
        "question's mean could tell at most (grey).",
    ),
    (
        "variance",
        "of_class",
        audit_figures.draw_variance,
        "What the variance of P(yes) consists of: the classes' means (grey), what varies within classes and "
        "is found again in a second look (blue), the rest (orange).",
    ),
    (
        "truth",
        "truth_agreement",
        audit_figures.draw_truth,
        "Agreement with people's answers (dot), from what always giving the more frequent answer would "
        "reach (tick). Orange: no better than that.",
    ),
)
