"""What a teacher's answers are worth, question by question: arrays in, figures out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from makd.errors import MakdError
from makd.measures.information import (
    Floats,
    Labels,
    class_information,
    correlations,
    entropy,
    separation,
    variance,
)
from makd.measures.negations import as_second_look, compare_negations, mean, share
from makd.questions.bank import Question

NEAR = 0.1
"""P(yes) within this of 0.5 counts as undecided."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an audit looks at; N images, Q questions, NaN where something is not known.

    Attributes:
        questions: Q of them.
        p_yes: `[N, Q]`.
        mass: `[N, Q]` probability that the answer begins with a form of yes or no.
        labels: `[N]` class, below 0 where unknown; None without labels.
        negated: `[N, Q]` P(yes) of each question's negation.
        view: `[N, Q]` P(yes) of the same questions in a second look at the same images; without one, the
            negations that the teacher follows take its place.
        blank: `[Q]` P(yes) about a blank picture.
        truth: `[N, Q]` what people say: 0 or 1.
    """

    questions: tuple[Question, ...]
    p_yes: Floats
    mass: Floats
    labels: Labels | None = None
    negated: Floats | None = None
    view: Floats | None = None
    blank: Floats | None = None
    truth: Floats | None = None

    def __post_init__(self) -> None:
        shape = (len(self.p_yes), len(self.questions))
        parts = {"p_yes": shape, "mass": shape, "negated": shape, "view": shape, "truth": shape}
        for name, expected in {**parts, "labels": shape[:1], "blank": shape[1:]}.items():
            part = getattr(self, name)
            if part is not None and part.shape != expected:
                raise MakdError(
                    f"{name} has the shape {part.shape}, expected {expected} (images, questions)."
                )


@dataclass(frozen=True, slots=True)
class QuestionAudit:
    """The figures of one question; NaN where what they need was not there.

    Attributes:
        id: of the question.
        text: of the question.
        group: of the question.
        answered: share of images with an answer.
        mean: of P(yes).
        yes: share of images answered yes (P(yes) > 0.5).
        entropy: of an answer drawn with the mean, bits: what the question could tell at most.
        mass: mean probability that the answer is a form of yes or no at all.
        near_half: share of images with P(yes) within 0.1 of 0.5.
        class_information: bits that the answer tells about the class (`class_information`).
        of_class: share of the variance of P(yes) that the classes' means explain.
        within_stable: share that varies within classes and is found again in a second look.
        within_unstable: the rest; all of what varies within classes where there is no second look.
        stable: reliability of the variation within classes.
        partner: id of the most redundant other question, empty if there is none.
        partner_correlation: Pearson's correlation of P(yes) with it.
        negation_agreement: share of images where question and negation get opposite answers.
        negation_majority: that share if the negation always got the answer that suits most images.
        negation_excess: mean of P(yes) + P(yes to the negation) - 1; above 0: says yes to both.
        truth_agreement: share of images answered as people do.
        truth_majority: that share for whoever always gives the more frequent answer.
        truth_separation: area under the ROC curve against the truth.
        blank: P(yes) about a blank picture.
        same_as_blank: share of images that get the blank picture's answer.
        moved: mean |P(yes) - P(yes about the blank picture)|.
    """

    id: str
    text: str
    group: str
    answered: float
    mean: float
    yes: float
    entropy: float
    mass: float
    near_half: float
    class_information: float
    of_class: float
    within_stable: float
    within_unstable: float
    stable: float
    partner: str
    partner_correlation: float
    negation_agreement: float
    negation_majority: float
    negation_excess: float
    truth_agreement: float
    truth_majority: float
    truth_separation: float
    blank: float
    same_as_blank: float
    moved: float

    def plain(self) -> dict[str, Any]:
        """Return it as JSON can hold it: None for NaN."""
        return {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in asdict(self).items()
        }


def audit(evidence: Evidence) -> tuple[QuestionAudit, ...]:
    """Return the figures of every question, in the order of the questions."""
    p, ids = evidence.p_yes, [question.id for question in evidence.questions]
    level = mean(p)
    columns: dict[str, Floats] = {
        "answered": np.isfinite(p).mean(0) if len(p) else np.zeros(len(ids)),
        "mean": level,
        "yes": share(p > 0.5, p),
        "entropy": entropy(level),
        "mass": mean(evidence.mass),
        "near_half": share(np.abs(p - 0.5) < NEAR, p),
        **_of_class(evidence),
        **_of_negation(evidence),
        **_of_truth(evidence),
        **_of_blank(evidence),
    }
    partners = _partners(p, ids)
    return tuple(
        QuestionAudit(
            id=question.id,
            text=question.text,
            group=question.group,
            partner=partners[q][0],
            partner_correlation=partners[q][1],
            **{name: float(column[q]) for name, column in columns.items()},
        )
        for q, question in enumerate(evidence.questions)
    )


def _of_class(evidence: Evidence) -> dict[str, Floats]:
    p, labels = evidence.p_yes, evidence.labels
    if labels is None:
        nothing = np.full(p.shape[1], np.nan)
        names = ("class_information", "of_class", "within_stable", "within_unstable", "stable")
        return dict.fromkeys(names, nothing)
    second = evidence.view
    if second is None and evidence.negated is not None:
        second = as_second_look(evidence.negated, compare_negations(p, evidence.negated))
    parts = variance(p, labels, second)
    of_class, found_again, rest = parts.shares()
    return {
        "class_information": class_information(p, labels),
        "of_class": of_class,
        "within_stable": found_again,
        "within_unstable": np.where(np.isnan(found_again), 1 - of_class, rest),
        "stable": parts.stable,
    }


def _of_negation(evidence: Evidence) -> dict[str, Floats]:
    found = compare_negations(evidence.p_yes, _or_unknown(evidence.negated, evidence.p_yes))
    return {
        "negation_agreement": found.agreement,
        "negation_majority": found.majority,
        "negation_excess": found.excess,
    }


def _of_truth(evidence: Evidence) -> dict[str, Floats]:
    truth = _or_unknown(evidence.truth, evidence.p_yes)
    both = evidence.p_yes + truth
    yes = share(truth > 0.5, both)
    return {
        "truth_agreement": share((evidence.p_yes > 0.5) == (truth > 0.5), both),
        "truth_majority": np.maximum(yes, 1 - yes),
        "truth_separation": separation(evidence.p_yes, truth),
    }


def _of_blank(evidence: Evidence) -> dict[str, Floats]:
    p = evidence.p_yes
    blank = np.full(p.shape[1], np.nan) if evidence.blank is None else evidence.blank
    same = share((p > 0.5) == (blank > 0.5), p + blank)
    return {"blank": blank, "same_as_blank": same, "moved": mean(np.abs(p - blank))}


def _partners(p: Floats, ids: Sequence[str]) -> list[tuple[str, float]]:
    """Return each question's most redundant partner (by size of correlation) and the correlation."""
    found = correlations(p)
    np.fill_diagonal(found, np.nan)
    size = np.nan_to_num(np.abs(found), nan=-1.0)
    best = size.argmax(1)
    return [
        (ids[other], float(found[q, other])) if size[q, other] >= 0 else ("", math.nan)
        for q, other in enumerate(best)
    ]


def _or_unknown(part: Floats | None, like: Floats) -> Floats:
    return np.full_like(like, np.nan) if part is None else part
