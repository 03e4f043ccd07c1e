"""The page of a preview: a few pictures, every answer, and what the full run would take."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from makd.report.examples import thumbnail
from makd.report.frame import duration, render
from makd.storage import write_text

PAGE = "preview.html"
LOW_MASS = 0.5
"""Below this an answer is more often neither yes nor no; it is marked."""


def write_preview(out: Path, result: Mapping[str, Any]) -> Path:
    """Write the page of a preview, given as `preview.json` holds it, to `out`."""
    page = render(
        "preview.html.j2",
        p=result,
        headline=headline(result),
        figures=forecast_rows(result["forecast"]),
        images=[{**image, "thumbnail": thumbnail(Path(image["path"]))} for image in result["images"]],
        rows=[
            {"question": question, "cells": [_cell(image, q) for image in result["images"]]}
            for q, question in enumerate(result["questions"])
        ],
        doubt=doubt(result),
    )
    write_text(out, page)
    return out


def headline(result: Mapping[str, Any]) -> str:
    """Say in a sentence what the full run would take, or that there is no answer to tell it from."""
    forecast, questions = result["forecast"], len(result["questions"])
    failures = [image["failure"] for image in result["images"]]
    if all(failures):
        return f"The teacher answered about none of {len(failures)} images: {failures[0].rstrip('.')}."
    cost = "" if forecast["cost"] is None else f" and costs about {forecast['cost']:,.2f}"
    return (
        f"Asking {questions} questions about {forecast['images']:,} training images takes about "
        f"{duration(forecast['seconds'])}{cost}."
    )


def forecast_rows(forecast: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the forecast as names and texts; what the teacher does not count is left out."""
    each = forecast["each"]
    rate = (
        f"{each:.2g} s an image" if each >= 0.1 else f"{1 / each:,.0f} images a second" if each else "at once"
    )
    rows = [("time", f"{duration(forecast['seconds'])} ({rate}), besides loading")]
    for name, title in (
        ("requests", "requests"),
        ("input_tokens", "tokens in"),
        ("output_tokens", "tokens out"),
    ):
        if forecast[name] is not None:
            rows.append((title, f"{forecast[name]:,}"))
    if forecast["cost"] is not None:
        rows.append(("cost", f"{forecast['cost']:,.2f}, at the given prices"))
    return rows


def doubt(result: Mapping[str, Any]) -> str:
    """Say how many answers are more often neither yes nor no; nothing if none is."""
    masses = [m for image in result["images"] for m in image["yes_no_mass"] or () if m is not None]
    doubtful = sum(mass < LOW_MASS for mass in masses)
    if not doubtful:
        return ""
    return (
        f"{doubtful:,} of {len(masses):,} answers are more often neither yes nor no: the teacher may not "
        "follow the instruction."
    )


def _cell(image: Mapping[str, Any], question: int) -> dict[str, Any] | None:
    """Return per cent and strength of one answer; None where there is none."""
    if image["p_yes"] is None or image["p_yes"][question] is None:
        return None
    percent = 100 * image["p_yes"][question]
    mass = image["yes_no_mass"][question]
    return {"percent": round(percent), "doubtful": mass is not None and mass < LOW_MASS}
