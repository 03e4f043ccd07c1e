"""Rows beside the arms: what is reached without a student, from the teacher alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from makd.evaluation.statistics import bootstrap, estimate
from makd.measures.information import Floats, Labels

STRENGTHS = tuple(float(10.0**exponent) for exponent in range(-4, 4))
"""Inverse strengths of regularisation (sklearn's C) that the validation images choose from."""
_SURE = 1e-6
"""Probabilities are held this far from 0 and 1 before log-odds are taken of them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reference makes of the test images of one repetition.

    Attributes:
        scores: `[N, C]`, the highest names the class; NaN where there is none.
        labels: `[N]`.
    """

    scores: Floats
    labels: Labels


@dataclass(frozen=True, slots=True)
class Answers:
    """The teacher's answers about some images.

    Attributes:
        p_yes: `[N, Q]`, NaN where missing.
        labels: `[N]`.
    """

    p_yes: Floats
    labels: Labels


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear model on answers.

    Attributes:
        outcome: on the test images.
        strength: the inverse strength of regularisation that was chosen.
        seconds: of fitting and choosing.
    """

    outcome: Outcome
    strength: float
    seconds: float


def tabulate_reference(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return `top1`, `top5` (with more than five classes) and `mean_per_class` of a reference.

    Each has its `values` over repetitions, their `mean`, and `ci95` when the test images are drawn anew (a
    reference has no seeds; the interval is that of the first repetition). An image without scores is wrong.
    """
    found = {"top1": 1, "mean_per_class": 1}
    if outcomes[0].scores.shape[1] > 5:
        found["top5"] = 5
    table: dict[str, Any] = {}
    for name, k in found.items():
        strata = outcomes[0].labels if name == "mean_per_class" else None
        hits = [_hits(one, k) for one in outcomes]
        values = [
            _mean_per_class(hit, one.labels) if name == "mean_per_class" else float(hit.mean())
            for hit, one in zip(hits, outcomes, strict=True)
        ]
        table[name] = {
            "values": values,
            "mean": estimate(values).mean,
            "ci95": list(bootstrap(hits[0].astype(np.float64), strata)),
        }
    return table


def linear_model(train: Answers, val: Answers, test: Answers) -> Linear:
    """Fit a multinomial logistic regression on the answers' log-odds and apply it to the test images.

    Log-odds are standardised by the training images; missing answers stand for the question's mean. The
    validation images choose among `STRENGTHS` (the strongest regularisation of equal accuracy wins).
    """
    from sklearn.linear_model import LogisticRegression

    start = time.perf_counter()
    log_odds = [_log_odds(one.p_yes) for one in (train, val, test)]
    known = np.isfinite(log_odds[0])
    mean = np.where(known, log_odds[0], 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    spread = np.sqrt(
        np.where(known, (log_odds[0] - mean) ** 2, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    )
    x, x_val, x_test = (
        np.where(np.isfinite(one), (one - mean) / np.where(spread > 0, spread, 1), 0) for one in log_odds
    )
    best: tuple[float, float, Any] = (-1.0, 0.0, None)
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=2_000, tol=1e-3).fit(x, train.labels)
        accuracy = float(model.score(x_val, val.labels))
        if accuracy > best[0]:
            best = accuracy, strength, model
    scores = np.full((len(test.labels), int(max(train.labels.max(), test.labels.max())) + 1), -np.inf)
    scores[:, best[2].classes_] = best[2].predict_log_proba(x_test)
    return Linear(Outcome(scores, test.labels), best[1], round(time.perf_counter() - start, 2))


def _log_odds(p_yes: Floats) -> Floats:
    p = np.clip(p_yes, _SURE, 1 - _SURE)
    log_odds: Floats = np.log(p) - np.log1p(-p)
    return log_odds


def _hits(outcome: Outcome, k: int) -> npt.NDArray[np.bool_]:
    """Return `[N]` whether the label is among the k highest; of equal scores the first class comes first."""
    scores = np.where(np.isnan(outcome.scores), -np.inf, outcome.scores)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    answered = np.isfinite(outcome.scores).any(axis=1)
    hits: npt.NDArray[np.bool_] = (order == outcome.labels[:, None]).any(axis=1) & answered
    return hits


def _mean_per_class(hits: npt.NDArray[np.bool_], labels: Labels) -> float:
    return float(np.mean([hits[labels == label].mean() for label in np.unique(labels)]))
