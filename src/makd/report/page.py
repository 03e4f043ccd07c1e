"""The page of a comparison: one HTML file that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup

from makd.errors import UsageError
from makd.evaluation import summary
from makd.evaluation.compare import RESULTS, run_directory
from makd.evaluation.summary import Results
from makd.report import class_figures, figures, less_data, references
from makd.report.curves import read_panels
from makd.report.examples import thumbnail
from makd.report.frame import render
from makd.storage import write_text

PAGE = "report.html"


def write_report(directory: Path, out: Path | None = None) -> Path:
    """Write the page of the comparison in `directory` to `out` (`directory/report.html` when None).

    Raises:
        UsageError: there is no finished comparison in `directory`.
    """
    return write_reports([directory], out or directory / PAGE)


def write_reports(directories: Sequence[Path], out: Path) -> Path:
    """Write one page of several comparisons.

    Raises:
        UsageError: one of the directories holds no finished comparison.
    """
    comparisons = [_content(directory, f"c{i}") for i, directory in enumerate(directories)]
    write_text(out, render("page.html.j2", comparisons=comparisons))
    return out


def _content(directory: Path, name: str) -> dict[str, Any]:
    """Return what the template shows of one comparison; `name` keeps its ids apart from others'."""
    results = _results(directory)
    of_arm = figures.colours(results)
    return {
        "name": name,
        "directory": directory.name or str(directory),
        "results": results,
        "metric": summary.metric_name(results["metric"]),
        "sentences": summary.sentences(results),
        "arms": [
            {
                "cells": row,
                "colour": of_arm[row[0]],
                "about": summary.describe(results["variants"][row[0]]["control"]),
                "overrides": _own(results, row[0]),
            }
            for row in summary.rows(results)
        ],
        "header": summary.header(results),
        "others": [_other(results, metric) for metric in results["other_metrics"]],
        "draw_arms": Markup(figures.draw_arms(f"{name}-arms", results)),
        "draw_pairs": Markup(figures.draw_pairs(f"{name}-pairs", results)) if results["pairs"] else None,
        "by_class": [
            _by_class(f"{name}-classes{i}", results, change, of_arm)
            for i, change in enumerate(class_figures.changes(results))
        ],
        "less": less_data.content(f"{name}-less", results, of_arm),
        "references": references.rows(results),
        "aspects": references.aspect_rows(results),
        "curves": [
            Markup(figures.draw_curves(f"{name}-{panel.name}", panel.label, panel.curves, of_arm))
            for panel in read_panels(directory, results)
        ],
        "examples": [
            {**example, "image": thumbnail(Path(example["path"]))} for example in results["examples"]
        ],
        "settings": dict(_flat(results["settings"])),
        "environment": _environment(directory, results),
        "command": _command(directory),
    }


def _results(directory: Path) -> Results:
    file = directory / RESULTS
    try:
        results: Results = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(
            f"{directory} holds no finished comparison: there is no {RESULTS} in it. "
            "Name the directory that `makd compare` or `makd run` wrote, or start it again to finish it."
        ) from error
    except json.JSONDecodeError as error:
        raise UsageError(f"{file} is not JSON: {error}") from error
    return results


def _other(results: Results, metric: str) -> dict[str, Any]:
    shown = {**results, **results["other_metrics"][metric], "metric": metric}
    return {
        "name": summary.metric_name(metric),
        "header": summary.header(shown),
        "rows": summary.rows(shown),
    }


def _own(results: Results, arm: str) -> dict[str, Any]:
    """Return an arm's own settings, the epochs among them where it lasts longer to take as many steps."""
    variant, shared = results["variants"][arm], results["settings"]["epochs"]
    epochs = variant.get("epochs", shared)
    lasting = {} if epochs == shared else {"epochs": epochs}
    return {**lasting, **dict(_flat(variant["overrides"]))}


def _by_class(
    name: str, results: Results, change: Mapping[str, Any], of_arm: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "a": change["a"],
        "b": change["b"],
        "caption": class_figures.caption(results, change),
        "draw": Markup(class_figures.draw_changes(name, results, change, of_arm[change["a"]])),
        "rows": class_figures.table(results, change),
    }


def _environment(directory: Path, results: Results) -> dict[str, str]:
    """Return the versions, device and precision of the first run; nothing where it is no longer there."""
    run = run_directory(directory, next(iter(results["arms"])), results["seeds"][0])
    environment = run.environment()
    told = ("python", "platform", "device", "precision")
    versions: dict[str, str] = environment.get("packages", {})
    return {name: environment[name] for name in told if name in environment} | versions


def _command(directory: Path) -> str | None:
    """Return the command line that makes the comparison again, from the settings saved beside it."""
    file = directory / "config.yaml"
    if not file.is_file():
        return None
    verb = yaml.safe_load(file.read_text(encoding="utf-8")).get("command", "compare")
    name = directory.absolute().name
    return f"makd {verb} --config {name}/{file.name} --out {name}-again"


def _flat(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield above + name, value
