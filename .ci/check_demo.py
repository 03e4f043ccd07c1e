"""Checks what a demo has left behind: all arms, possible figures, a page. Exits with 1 if one is wrong."""

import json
import sys
from pathlib import Path

ARMS = {"base", "makd", "shuffled", "random"}


def faults(directory: Path) -> list[str]:
    """Return what is wrong with the results in a directory."""
    results = json.loads((directory / "results.json").read_text())
    metric, arms = results["metric"], results["arms"]
    found = [f"arm {name} is missing" for name in sorted(ARMS - arms.keys())]
    for name, arm in arms.items():
        figures = [*arm[metric], arm["mean"]]
        found += [f"{name}: {metric} {value} is no fraction" for value in figures if not 0 <= value <= 1]
    found += [f"{metric} of {name} is one number only" for name, arm in arms.items() if len(arm[metric]) < 2]
    if not {("makd", "base"), ("makd", "shuffled"), ("makd", "random")} <= {
        (pair["a"], pair["b"]) for pair in results["pairs"]
    }:
        found.append("makd is not compared with base, shuffled and random")
    page = directory / "report.html"
    if not page.is_file() or "<html" not in page.read_text():
        found.append(f"{page} is missing or no page")
    return found


if __name__ == "__main__":
    sys.exit("; ".join(faults(Path(sys.argv[1]))) or 0)
