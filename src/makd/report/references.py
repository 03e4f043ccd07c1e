"""What stands beside the arms: references without a student, and aspects on held-out images."""

from __future__ import annotations

from typing import Any

from makd.evaluation import summary
from makd.evaluation.summary import Results

_ABOUT = {
    "naming": "the teacher is asked for each class: {question}",
    "linear": "logistic regression on the teacher's {questions} answers, regularisation {strength}",
}
_ASPECTS = {
    "kl": "KL from the teacher",
    "auroc": "AUROC, teacher %",
    "truth_accuracy": "right %",
    "truth_auroc": "AUROC, truth %",
}


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
    """Return header and rows of the aspects on held-out images; None where they were not judged."""
    found = results.get("aspects")
    if found is None:
        return None
    lines = {**found["arms"], "usual": found["usual"], "teacher": found["teacher"]}
    lines = {name: line for name, line in lines.items() if line is not None}
    columns = [key for key in _ASPECTS if any(line[key] is not None for line in lines.values())]
    return {
        "images": found["images"],
        "header": ("", *(_ASPECTS[key] for key in columns)),
        "rows": [(name, *(_cell(key, line[key]) for key in columns)) for name, line in lines.items()],
    }


def _cell(key: str, figure: dict[str, Any] | None) -> str:
    if figure is None:
        return ""
    return f"{figure['mean']:.3f}" if key == "kl" else summary.percent(figure["mean"])
