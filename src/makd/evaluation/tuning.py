"""`--tune N`: each arm's own learning rate and weight of the answers, with the same effort for every arm."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from makd.config.recipes import overlay
from makd.config.training import TrainingSettings
from makd.evaluation.arms import CONTROLS, TAUGHT, Arm
from makd.evaluation.jobs import Fit
from makd.evaluation.repetitions import Repetition
from makd.evaluation.results import training_seconds
from makd.evaluation.trials import try_out
from makd.progress import Progress
from makd.task import Task
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory

LR_REACH = 4.0
"""The learning rate is tried between a quarter of the given one and four times it."""
ALPHA_REACH = 8.0
"""The same for the weight of the aspect loss."""
MOST_SMOOTHING = 0.3
"""Label smoothing is tried from 0 to this."""


@dataclass(frozen=True, slots=True)
class Knob:
    """A setting that is tried.

    Attributes:
        path: of the setting.
        low: least value.
        high: greatest value.
        logarithmic: whether values are spread evenly by their logarithm.
    """

    path: tuple[str, ...]
    low: float
    high: float
    logarithmic: bool = True

    def at(self, place: float) -> float:
        """Return the value at `place` in [0, 1), to three digits."""
        if self.logarithmic:
            return float(f"{self.low * (self.high / self.low) ** place:.3g}")
        return float(f"{self.low + (self.high - self.low) * place:.3g}")


def tune(
    task: Task,
    repetition: Repetition,
    arms: Sequence[Arm],
    settings: TrainingSettings,
    *,
    trials: int,
    out: Path,
    jobs: int | None = None,
    fit: Fit | None = None,
    progress: Progress,
) -> tuple[tuple[Arm, ...], dict[str, Any]]:
    """Try settings of every arm, and return the arms with those that were best on the validation images.

    The first trial of an arm is the settings as given, the others lie on a Halton sequence with a shift drawn
    from the seed: the same learning rates for all arms, with the same weights of the aspect loss, or for arms
    without answers with as many values of label smoothing. Settings that an arm names itself stay. One
    repetition stands for all: trials of each would cost as many times more.

    Args:
        task: whose primary metric decides.
        repetition: the first one of the comparison.
        arms: to be tuned.
        settings: as given.
        trials: runs an arm.
        out: where the trials go; finished ones are found by their config and not done again.
        jobs: runs at once.
        fit: trains one plan.
        progress: told of the trials and of the choice.

    Returns:
        The arms with `Arm.tuned`, and what `results.json` says of the tuning.
    """
    values = {
        arm.name: [_values(knobs(arm, settings), place) for place in _places(trials, settings.seed)]
        for arm in arms
    }
    plans = {
        arm.name: [
            _plan(task, repetition, replace(arm, tuned=tried), settings, out) for tried in values[arm.name]
        ]
        for arm in arms
    }
    progress.say(
        f"Tuning: {trials} trials of each of {len(arms)} arms, judged on the first run's validation images."
    )
    distinct = {plan.out: plan for round_ in zip(*plans.values(), strict=True) for plan in round_}
    found = try_out([*distinct.values()], jobs=jobs, logs=out / "logs", progress=progress, fit=fit)
    reached = dict(zip(distinct, found, strict=True))
    tuned: list[Arm] = []
    told: dict[str, dict[str, Any]] = {}
    for arm in arms:
        scores = [reached[plan.out] for plan in plans[arm.name]]
        best = int(np.argmax(scores))
        tuned.append(replace(arm, tuned=values[arm.name][best]))
        told[arm.name] = {
            "trials": [
                {**_flat(tried), "value": score}
                for tried, score in zip(values[arm.name], scores, strict=True)
            ],
            "chosen": _flat(values[arm.name][best]),
        }
        progress.say(f"{arm.name}: {_words(told[arm.name]['chosen'])} (val {task.metric} {max(scores):.1%}).")
    runs = {name: [RunDirectory(path) for path in {p.out for p in of_arm}] for name, of_arm in plans.items()}
    return tuple(tuned), {
        "trials": trials,
        "metric": f"val_{task.metric}",
        "arms": told,
        "training_seconds": training_seconds(runs),
    }


def knobs(arm: Arm, settings: TrainingSettings) -> list[Knob]:
    """Return what is tried of an arm: learning rate and weight of the aspect loss, or label smoothing."""
    given = arm.settings(settings, settings.seed)
    second = (
        Knob(("alpha",), given.alpha / ALPHA_REACH, given.alpha * ALPHA_REACH)
        if arm.answers in (*TAUGHT, *CONTROLS) and given.alpha > 0
        else Knob(("label_smoothing",), 0.0, MOST_SMOOTHING, logarithmic=False)
    )
    lr = given.optimizer.lr
    found = [Knob(("optimizer", "lr"), lr / LR_REACH, lr * LR_REACH), second]
    return [knob for knob in found if not _names(arm.overrides, knob.path)]


def _places(trials: int, seed: int) -> list[tuple[float, float] | None]:
    """Return points of the unit square, None (the settings as given) first."""
    shift = np.random.default_rng(seed).random(2)

    def at(index: int, base: int, moved: float) -> float:
        return float((_radical_inverse(index, base) + moved) % 1)

    return [None, *((at(i, 2, shift[0]), at(i, 3, shift[1])) for i in range(1, trials))]


def _radical_inverse(index: int, base: int) -> float:
    """Return the digits of `index` mirrored at the point (Halton 1960)."""
    value, scale = 0.0, 1.0
    while index:
        scale /= base
        index, digit = divmod(index, base)
        value += digit * scale
    return value


def _values(tried: Sequence[Knob], place: tuple[float, float] | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if place is None:
        return values
    for knob in tried:
        value: Any = knob.at(place[0] if knob.path == ("optimizer", "lr") else place[1])
        for part in reversed(knob.path):
            value = {part: value}
        values = overlay(values, value)
    return values


def _plan(
    task: Task, repetition: Repetition, arm: Arm, settings: TrainingSettings, out: Path
) -> TrainingPlan:
    """Return a trial, in a directory named after all that it is made of."""
    plan = repetition.plan(task, arm, settings, out)
    digest = hashlib.sha256(json.dumps(plan.config(), sort_keys=True).encode()).hexdigest()[:12]
    return replace(plan, out=out / f"{arm.name}-{digest}")


def _names(overrides: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    for part in path:
        if not isinstance(overrides, Mapping) or part not in overrides:
            return False
        overrides = overrides[part]
    return True


def _flat(values: Mapping[str, Any], above: str = "") -> dict[str, float]:
    flat: dict[str, float] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {above + name: value}
    return flat


def _words(chosen: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in chosen.items()) or "the settings as given"
