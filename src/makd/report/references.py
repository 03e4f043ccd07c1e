"""What stands beside the arms: references without a student, and aspects on held-out images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from makd.evaluation import summary
from makd.evaluation.summary import Results

_ABOUT = {
    "naming": "the teacher is asked for each class: {question}",
    "linear": "logistic regression on the teacher's {questions} answers, regularisation {strength}",
}
_AREA = "area under the ROC curve, 50 is chance"
_ASPECTS = {
    "kl": ("KL from the teacher", "the divergence from the teacher's answers (nats, lower is nearer)"),
    "auroc": ("AUROC, teacher %", f"how well they rank pictures by the teacher's yes or no ({_AREA})"),
    "truth_accuracy": ("right %", "how often they are right where the truth is known"),
    "truth_auroc": ("AUROC, truth %", f"how well they rank pictures by the truth ({_AREA})"),
}
"""Title and meaning of each column."""


def rows(results: Results) -> list[dict[str, Any]]:
    """Return a row a reference: titles and cells of its metrics, interval of the primary one, costs."""
    shown = []
    for name, found in (results.get("references") or {}).items():
        metrics = [metric for metric in ("top1", "mean_per_class", "top5") if metric in found]
        primary = found.get(results["metric"], found["top1"])
        shown.append(
            {
                "name": name,
                "about": _ABOUT[name].format(
                    question=found.get("question", ""),
                    questions=found["questions"],
                    strength=", ".join(f"C = {strength:g}" for strength in found.get("strength", ())),
                ),
                "titles": [f"{metric} %" for metric in metrics],
                "cells": [summary.percent(found[metric]["mean"]) for metric in metrics],
                "interval": summary.span(primary["ci95"]),
                "labelling": found["labelling_seconds"],
                "training": found["training_seconds"],
            }
        )
    return shown


def aspect_rows(results: Results) -> dict[str, Any] | None:
    """Return header, rows and caption of the aspects on held-out images; None where they were not judged."""
    found = results.get("aspects")
    if found is None:
        return None
    lines = {**found["arms"], "usual": found["usual"], "teacher": found["teacher"]}
    lines = {name: line for name, line in lines.items() if line is not None}
    columns = [key for key in _ASPECTS if any(line[key] is not None for line in lines.values())]
    return {
        "caption": _caption(found["images"], columns),
        "header": ("", *(_ASPECTS[key][0] for key in columns)),
        "rows": [(name, *(_cell(key, line[key]) for key in columns)) for name, line in lines.items()],
    }


def _caption(images: int, columns: Sequence[str]) -> str:
    """Say what the columns that are shown mean."""
    meanings = "; ".join(_ASPECTS[key][1] for key in columns)
    return (
        f"What the aspect outputs say about the {images:,} test images, means over questions: {meanings}. "
        "“Usual” is each question's mean answer about the training images."
    )


def _cell(key: str, figure: dict[str, Any] | None) -> str:
    if figure is None:
        return ""
    return f"{figure['mean']:.3f}" if key == "kl" else summary.percent(figure["mean"])
