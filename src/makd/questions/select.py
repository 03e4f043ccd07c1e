"""Choose questions from the answers to them: arrays in, places and gains out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from makd.measures.information import Floats, Labels
from makd.measures.negations import as_second_look, compare_negations
from makd.questions.selection.confusable import alike, with_confused
from makd.questions.selection.greedy import Selection, Weights, choose
from makd.questions.selection.reliability import Trust, trust


@dataclass(frozen=True, slots=True)
class CandidateAnswers:
    """Answers to candidates; NaN where there is none.

    Attributes:
        p_yes: `[N, Q]`.
        mass: `[N, Q]` probability that the answer is a form of yes or no at all.
        labels: `[N]` class, below 0 where unknown.
        negated: `[N, Q]` P(yes) of the negations.
        view: `[N, Q]` P(yes) in a second look; without one, the negations take its place.
        confused: how often a model takes two classes (lower, higher label) for each other.
    """

    p_yes: Floats
    mass: Floats
    labels: Labels
    negated: Floats | None = None
    view: Floats | None = None
    confused: Mapping[tuple[int, int], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, and by what.

    Attributes:
        selection: the questions, in the order of choice.
        trust: how far each candidate was trusted.
        second_look: what told stable variation within classes from noise: `view`, `negations`, or None.
    """

    selection: Selection
    trust: Trust
    second_look: str | None


def select(answers: CandidateAnswers, keep: int | None, weights: Weights) -> Choice:
    """Choose `keep` questions: judge how far each is trusted, find confusable classes, go greedily.

    Args:
        answers: to the candidates.
        keep: how many; None for all that have answers, in order.
        weights: of the parts of a question's gain.

    Raises:
        MakdError: fewer than `keep` questions have answers, or shapes do not fit.
    """
    p = answers.p_yes
    judged = None if answers.negated is None else compare_negations(p, answers.negated)
    trusted = trust(np.isfinite(p).mean(0), answers.mass, judged)
    second, name = answers.view, None if answers.view is None else "view"
    if second is None and judged is not None and answers.negated is not None and trusted.follows_negations:
        second, name = as_second_look(answers.negated, judged), "negations"
    selection = choose(
        p,
        answers.labels,
        int(np.isfinite(p).any(0).sum()) if keep is None else keep,
        trusted=trusted.factor,
        second=second,
        pairs=with_confused(alike(p, answers.labels, trusted.factor), answers.confused, answers.labels),
        weights=weights,
    )
    return Choice(selection, trusted, name)
