"""What chosen questions tell by their number, as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from makd.storage import replacing

_BLUE, _ORANGE, _QUIET = "#2b83ba", "#e69f00", "#8a8f98"


def write_curve(path: Path, result: Mapping[str, Any]) -> Path:
    """Draw the result of `questions select --explain` as a PNG at `path`, which is returned.

    Above: bits about the class that the first questions tell together, on pictures that took no part in the
    class means; below: what each adds. Lines mark how many are kept and how many would be enough.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    gains = [each["gain"] for each in (*result["picks"], *result["left_out"])]
    numbers = np.arange(1, len(gains) + 1)
    figure = Figure(figsize=(7, 5.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    together = result["told_together"]
    above.plot(numbers[: len(together)], together, color=_BLUE, linewidth=1.8)
    above.axhline(np.log2(result["classes"]), color=_QUIET, linewidth=0.8, linestyle=":")
    above.annotate("the class", (1, np.log2(result["classes"])), color=_QUIET, va="bottom", fontsize=9)
    above.set_ylabel("bits about the class, together")
    above.set_ylim(bottom=0)
    below.bar(numbers, np.maximum(gains, 0), color=_BLUE, width=0.8)
    below.set_ylabel("gain of each, bits")
    below.set_xlabel("questions, in the order of choice")
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    marks = ((result["suggested"], _ORANGE, "95 % of the most"), (len(result["picks"]), "black", "kept"))
    for axes in (above, below):
        for number, colour, name in marks:
            axes.axvline(number + 0.5, color=colour, linewidth=1.2, linestyle="--", label=f"{name}: {number}")
        axes.spines[["top", "right"]].set_visible(False)
    above.legend(loc="lower right", frameon=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150)
    return path
