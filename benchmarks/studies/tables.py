"""Writes the tables of the studies into docs/results.md, between the marks that name them.

From the root:

python -m benchmarks.studies.tables
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.studies.study import RESULTS

from makd.storage import write_text

PAGE = Path(__file__).parents[2] / "docs" / "results.md"
_MARK = re.compile(r"(<!-- study (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
Result = Mapping[str, Any]


def filled(page: str, results: Path = RESULTS) -> str:
    """Return the page with the table of every study that it marks and that has been carried out."""

    def table(mark: re.Match[str]) -> str:
        path = results / f"{mark[2]}.json"
        if not path.is_file():
            return mark[0]
        return f"{mark[1]}\n{table_of(json.loads(path.read_text(encoding='utf-8')))}\n{mark[3]}"

    return _MARK.sub(table, page)


def table_of(result: Result) -> str:
    """Return a study's table in Markdown, with the command and what it cost below it."""
    lines = _questions(result) if result["study"] == "contribution" else _conditions(result)
    minutes = result["training_seconds"] / 60
    cost = f"`{result['command']}`: {result['runs']} runs, {minutes:.0f} minutes of training on one core."
    return "\n".join([*lines, "", cost])


def _conditions(result: Result) -> list[str]:
    known = {(pair["a"], pair["b"]): pair for pair in result["differences"]}
    to_all = list(result["references"])
    of_kind = {a: b for a, b in known if b not in to_all}
    metric = "top-1 %" if result["metric"] == "top1" else "mean per-class accuracy %"
    columns = [
        "learnt",
        metric,
        *(f"over {name}" for name in to_all),
        *(["over its like"] if of_kind else []),
    ]
    rows = [columns, ["---"] * len(columns)]
    for name, found in result["conditions"].items():
        row = [name, f"{100 * found['mean']:.1f} ± {100 * found['std']:.1f}"]
        row += [_difference(known.get((name, reference))) for reference in to_all]
        if of_kind:
            row.append(_difference(known.get((name, of_kind.get(name, "")))))
        rows.append(row)
    tested = [_sentence(name, test) for name, test in result.get("equivalence", {}).items()]
    return [*map(_line, rows), *([""] if tested else []), *tested]


def _questions(result: Result) -> list[str]:
    rows = [["question", "points over the average one", "p", "Holm p", "bits about the class"], ["---"] * 5]
    ranked = sorted(result["questions"], key=lambda line: -line["coefficient"])
    for line in [*ranked[:5], *ranked[-5:]]:
        points = f"{_points(line['coefficient'])} ± {100 * line['error']:.1f}"
        bits = f"{line['class_information']:.2f}"
        rows.append([line["id"], points, _p(line["p_value"]), _p(line["p_holm"]), bits])
    for group, found in result["groups"].items():
        points = f"{_points(found['coefficient'])} ± {100 * found['error']:.1f}"
        rows.append([f"*one of {group}*", points, _p(found["p_value"]), "", ""])
    further = [["figure", "correlation", "p"], ["---"] * 3]
    for name, found in result["rank_correlation"].items():
        further.append([f"ranks of coefficients and {name}", _signed(found["rho"], 2), _p(found["p_value"])])
    for name, found in result["foretold"].items():
        further.append([f"accuracy and {name}", _signed(found["r"], 2), _p(found["p_value"])])
    return [*map(_line, rows), "", *map(_line, further)]


def _difference(pair: dict[str, Any] | None) -> str:
    if pair is None:
        return ""
    low, high = pair["ci95"]
    sure = " *" if pair["p_holm"] is not None and pair["p_holm"] < 0.05 else ""
    return f"{_points(pair['difference'])} [{_points(low)}, {_points(high)}]{sure}"


def _sentence(name: str, test: Result) -> str:
    low, high = test["ci90"]
    held = "shown" if test["equivalent"] else "not shown"
    interval = f"90 % interval {_points(low)} to {_points(high)}"
    margin = f"{100 * test['margin']:.1f} points"
    above = f" Not {margin} below it: shown." if not test["equivalent"] and low > -test["margin"] else ""
    return (
        f"Within {margin} of {name}: {held} ({_points(test['difference'])}, "
        f"{interval}, p {_p(test['p_value'])}, {test['n']} pairs).{above}  "
    )


def _points(share: float) -> str:
    return _signed(100 * share, 1)


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return "< 0.001" if value < 0.001 else f"{value:.2g}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Fill the page."""
    write_text(PAGE, filled(PAGE.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
