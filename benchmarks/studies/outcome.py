"""What may be said of a study's accuracies: means, paired differences, equivalence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scipy import stats

from makd.evaluation.statistics import estimate, holm, paired


def summarise(
    values: Mapping[str, Sequence[float]], references: Sequence[str], peers: Mapping[str, str] = {}
) -> dict[str, Any]:
    """Return each condition's mean and interval, and its differences to others.

    Args:
        values: accuracies of each condition in [0, 1], one a seed, the same seeds everywhere.
        references: conditions that all others are held against.
        peers: by condition the one of its kind that it is held against besides.

    Returns:
        `conditions` by name; `differences`, a list; p values are corrected within each reference and among
        the peers (Holm).
    """
    conditions = {}
    for name, of_condition in values.items():
        found = estimate(of_condition)
        spread = {"mean": found.mean, "std": found.std, "ci95": found.ci95}
        conditions[name] = {"values": list(of_condition), **spread}
    families = [[(name, reference) for name in values if name != reference] for reference in references]
    differences = []
    for family in [*families, [*peers.items()]]:
        pairs = [difference(values, a, b) for a, b in family]
        corrected = holm([pair["p_value"] for pair in pairs])
        differences += [{**pair, "p_holm": p} for pair, p in zip(pairs, corrected, strict=True)]
    return {"conditions": conditions, "differences": differences}


def difference(values: Mapping[str, Sequence[float]], a: str, b: str) -> dict[str, Any]:
    """Return the paired difference a - b over seeds with its 95 % t interval."""
    of_seeds, p_value = paired(values[a], values[b])
    return {
        "a": a,
        "b": b,
        "difference": of_seeds.mean,
        "ci95": of_seeds.ci95,
        "p_value": p_value,
        "n": of_seeds.n,
    }


def equivalence(a: Sequence[float], b: Sequence[float], margin: float) -> dict[str, Any]:
    """Test whether a and b differ by less than `margin`: two one-sided paired t tests (Schuirmann 1987).

    Returns:
        `difference` a - b, `ci90` (inside ±margin just when both tests reject at 5 %), `p_value` (the larger
        of the two), `equivalent`.
    """
    of_seeds = estimate([x - y for x, y in zip(a, b, strict=True)])
    n, mean = of_seeds.n, of_seeds.mean
    error = max(float(of_seeds.std or 0) / n**0.5, 1e-12)
    reach = float(stats.t.ppf(0.95, n - 1)) * error
    p_value = max(float(stats.t.sf((side * mean + margin) / error, n - 1)) for side in (1, -1))
    return {
        "difference": mean,
        "margin": margin,
        "ci90": [mean - reach, mean + reach],
        "p_value": p_value,
        "equivalent": bool(-margin < mean - reach and mean + reach < margin),
        "n": n,
    }
