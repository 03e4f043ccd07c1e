"""The course of the language stage: its rounds, from plain questions to odd ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Round:
    """One learning rate cycle.

    Attributes:
        steps: of 32 pictures with 12 questions each.
        rate: greatest learning rate.
        easy: share of the steps before denied questions and strewn words set in; met too early they keep the
            model at the majority's answer for long.
        denied: share of denied questions at the end.
        strewn: share of questions with words without bearing strewn in, at the end.
        evened: whether both answers of a question come about equally often: where one is rare, the model
            settles on the other for long, and some questions it never learns.
        revision: whether questions that are not learnt yet are asked more often than the others.
    """

    steps: int
    rate: float = 2e-3
    easy: float = 0.6
    denied: float = 0.08
    strewn: float = 0.2
    evened: bool = False
    revision: bool = False


ROUNDS = (
    Round(1_200, evened=True),
    Round(1_000, evened=True, revision=True),
    Round(1_000, evened=True, revision=True),
    Round(600, revision=True),
    # slowly, and without denials: a model that looks out for them takes unseen wordings for denials
    Round(400, rate=1e-3, easy=0.0, denied=0.0, strewn=0.6, revision=True),
)
