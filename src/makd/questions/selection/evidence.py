"""The choice from what is known of candidates' answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from makd.measures.information import Floats, Labels
from makd.measures.negations import as_second_look, compare_negations
from makd.questions.selection.confusable import alike
from makd.questions.selection.greedy import Selection, Weights, choose
from makd.questions.selection.reliability import Trust, trust


@dataclass(frozen=True, slots=True)
class Evidence:
    """Answers to candidates; NaN where there is none.

    Attributes:
        p_yes: `[N, Q]`.
        mass: `[N, Q]` probability that the answer is a form of yes or no at all.
        labels: `[N]` class, below 0 where unknown.
        negated: `[N, Q]` P(yes) of the negations.
        view: `[N, Q]` P(yes) in a second look; without one, the negations take its place.
    """

    p_yes: Floats
    mass: Floats
    labels: Labels
    negated: Floats | None = None
    view: Floats | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, and how far each candidate was trusted."""

    selection: Selection
    trust: Trust


def select(evidence: Evidence, keep: int, weights: Weights) -> Choice:
    """Choose `keep` questions: judge how far each is trusted, find confusable classes, go greedily.

    Raises:
        MakdError: fewer than `keep` questions have answers, or shapes do not fit.
    """
    p = evidence.p_yes
    judged = None if evidence.negated is None else compare_negations(p, evidence.negated)
    trusted = trust(np.isfinite(p).mean(0), evidence.mass, judged)
    second = evidence.view
    if second is None and judged is not None and evidence.negated is not None and trusted.follows_negations:
        second = as_second_look(evidence.negated, judged)
    selection = choose(
        p,
        evidence.labels,
        keep,
        trusted=trusted.factor,
        second=second,
        pairs=alike(p, evidence.labels, trusted.factor),
        weights=weights,
    )
    return Choice(selection, trusted)
