"""From run directories to `results.json`: figures of each arm, and of each pair that answers a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from makd.evaluation.arms import BASE, CONTROLS, TAUGHT, Arm
from makd.evaluation.by_class import change_by_class
from makd.evaluation.hits import Hits, Runs
from makd.evaluation.statistics import Interval, estimate, holm, paired
from makd.training.run_dir import RunDirectory

_BY_CLASS = {"top1": False, "mean_per_class": True}
"""The metrics that are a mean of hits, over all images or those of each class: they are bootstrapped."""


def tabulate(
    arms: Sequence[Arm], runs: Runs, metric: str, metrics: Sequence[str], classes: Sequence[str]
) -> dict[str, Any]:
    """Return the part of `results.json` that is figures.

    Args:
        arms: in the order to be shown.
        runs: finished, the same seeds in the same order for every arm.
        metric: the primary one.
        metrics: all that the task has; one that an earlier version's run lacks is left out.
        classes: names of the classes.

    Raises:
        MakdError: two runs were judged on different images.
    """
    hits = Hits(runs)
    measured = [run.evaluation() for of_arm in runs.values() for run in of_arm]
    others = [name for name in metrics if name != metric and all(name in found for found in measured)]
    return {
        "metric": metric,
        **figures(arms, runs, metric, hits),
        "other_metrics": {other: figures(arms, runs, other, hits) for other in others},
        "by_class": change_by_class(hits, pairings(arms)[0], classes),
    }


def pairings(arms: Sequence[Arm]) -> list[list[tuple[str, str]]]:
    """Return which arms are compared, in families of tests.

    The first family holds every arm against the base (the first arm of labels alone). Each further one holds
    an arm that learns the answers as they are: `makd` or `signature` against every control, one with a name
    and settings of its own against the controls of the same settings. A last family holds arms that learn
    from a vision teacher and the answers, against each of the two alone and against controls with the same
    vision teacher.
    """
    base = next((arm.name for arm in arms if arm.control == BASE), None)
    controls = [arm for arm in arms if arm.control in CONTROLS]
    against_base = [(arm.name, base) for arm in arms if base is not None and arm.name != base]
    return (
        [against_base]
        + [
            [(arm.name, c.name) for c in controls if arm.name == arm.control or c.overrides == arm.overrides]
            for arm in arms
            if arm.control in TAUGHT
        ]
        + _composed(arms)
    )


def _composed(arms: Sequence[Arm]) -> list[list[tuple[str, str]]]:
    family = [
        (arm.name, other.name)
        for arm in arms
        if arm.method and arm.answers in TAUGHT
        for other in arms
        if other.control in (arm.method, arm.answers)
        or (other.method == arm.method and other.answers in CONTROLS)
        if other.name == other.control or other.overrides == arm.overrides
    ]
    return [family] if family else []


def training_seconds(runs: Runs) -> dict[str, float]:
    """Return the seconds of training of each arm, all its runs together, without judging.

    First students, which give the pseudo-labels of an arm, count.
    """
    return {
        name: round(sum(line["train_seconds"] for run in of_arm for line in _all_epochs(run)), 1)
        for name, of_arm in runs.items()
    }


def arithmetic(runs: Runs) -> list[dict[str, Any]]:
    """Return each `device`, `precision` and `torch` that trained, with the number of its `runs`; most first.

    Runs of an earlier version, which do not tell, are left out.
    """
    told = [run.environment() for of_arm in runs.values() for run in of_arm]
    found = Counter((e["device"], e["precision"], e["packages"]["torch"]) for e in told if "device" in e)
    return [
        {"device": device, "precision": precision, "torch": torch, "runs": number}
        for (device, precision, torch), number in found.most_common()
    ]


def _all_epochs(run: RunDirectory) -> list[dict[str, Any]]:
    return [*run.first.metrics(), *run.metrics()]


def figures(arms: Sequence[Arm], runs: Runs, metric: str, hits: Hits | None = None) -> dict[str, Any]:
    """Return `arms` and `pairs` by one metric; `hits` are those of the runs, where they are known already."""
    hits = hits or Hits(runs)
    values = {name: [float(run.evaluation()[metric]) for run in of_arm] for name, of_arm in runs.items()}
    pairs = []
    for family in pairings(arms):
        tested = [_pair(a, b, values, _resampled(hits, a, b, metric)) for a, b in family]
        for pair, p_holm in zip(tested, holm([pair["p_value"] for pair in tested]), strict=True):
            pairs.append({**pair, "p_holm": p_holm})
    return {"arms": {arm.name: _arm(metric, values[arm.name]) for arm in arms}, "pairs": pairs}


def _arm(metric: str, values: list[float]) -> dict[str, Any]:
    of_seeds = estimate(values)
    return {metric: values, "mean": of_seeds.mean, "std": of_seeds.std, "ci95": _listed(of_seeds.ci95)}


def _pair(a: str, b: str, values: Mapping[str, list[float]], interval: Interval | None) -> dict[str, Any]:
    difference, p_value = paired(values[a], values[b])
    return {
        "a": a,
        "b": b,
        "difference": difference.mean,
        "ci95": _listed(difference.ci95),
        "p_value": p_value,
        "n": difference.n,
        "bootstrap_ci95": _listed(interval),
    }


def _resampled(hits: Hits, a: str, b: str, metric: str) -> Interval | None:
    """Return the interval when test images are drawn anew; None when hits do not make the metric."""
    return hits.interval(a, b, by_class=_BY_CLASS[metric]) if metric in _BY_CLASS else None


def _listed(interval: Interval | None) -> list[float] | None:
    return None if interval is None else list(interval)
