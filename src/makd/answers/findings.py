"""An audit in words: what stands out, said before any table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from makd.answers.audit import QuestionAudit
from makd.measures.negations import contradicted

_NAMED = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that stands out.

    Attributes:
        kind: short name.
        questions: ids of those it is true of, the plainest case first.
        sentence: said to a person.
    """

    kind: str
    questions: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """When a question stands out, by what measure cases are ordered, and what is said of them."""

    kind: str
    holds: Callable[[QuestionAudit], bool]
    size: Callable[[QuestionAudit], float]
    one: str
    many: str


_AT_ODDS = (
    "opposite answers on less than 80 % of the pictures, or no more often than if the negation always got "
    "the same answer"
)
_NEGATION = _Rule(
    "at-odds-with-negation",
    lambda q: bool(contradicted(q.negation_agreement, q.negation_majority)),
    lambda q: -q.negation_agreement,
    f"question is at odds with its negation ({_AT_ODDS})",
    f"questions are at odds with their negations ({_AT_ODDS})",
)

_RULES = (
    _NEGATION,
    _Rule(
        "always-yes",
        lambda q: q.yes >= 0.98,
        lambda q: q.mean,
        "question says yes to everything",
        "questions say yes to everything",
    ),
    _Rule(
        "always-no",
        lambda q: q.yes <= 0.02,
        lambda q: -q.mean,
        "question says no to everything",
        "questions say no to everything",
    ),
    _Rule(
        "undecided",
        lambda q: q.near_half >= 0.5,
        lambda q: q.near_half,
        "question is undecided (0.4 to 0.6) about half of the pictures or more",
        "questions are undecided (0.4 to 0.6) about half of the pictures or more",
    ),
    _Rule(
        "neither-yes-nor-no",
        lambda q: q.mass < 0.5,
        lambda q: -q.mass,
        "question is mostly answered by neither yes nor no",
        "questions are mostly answered by neither yes nor no",
    ),
    _Rule(
        "unanswered",
        lambda q: q.answered < 0.95,
        lambda q: -q.answered,
        "question lacks answers about more than 5 % of the pictures",
        "questions lack answers about more than 5 % of the pictures",
    ),
    _Rule(
        "no-class",
        lambda q: q.class_information < 0.01,
        lambda q: -q.class_information,
        "question says next to nothing about the class (below 0.01 bits)",
        "questions say next to nothing about the class (below 0.01 bits)",
    ),
    _Rule(
        "unlike-people",
        lambda q: q.truth_agreement <= q.truth_majority,
        lambda q: q.truth_majority - q.truth_agreement,
        "question agrees with people no more often than always giving the usual answer would",
        "questions agree with people no more often than always giving the usual answer would",
    ),
    _Rule(
        "seen-in-blank",
        lambda q: q.blank > 0.5 and q.same_as_blank >= 0.9,
        lambda q: q.blank,
        "question sees in the pictures what it also sees in a blank one (prone to hallucination)",
        "questions see in the pictures what they also see in a blank one (prone to hallucination)",
    ),
    _Rule(
        "as-without-picture",
        lambda q: q.moved < 0.05,
        lambda q: -q.moved,
        "question is answered as if there were no picture (P(yes) within 0.05 of a blank one's on average)",
        "questions are answered as if there were no picture (P(yes) within 0.05 of a blank one's on average)",
    ),
)


def findings(questions: Sequence[QuestionAudit]) -> list[Finding]:
    """Return what stands out among the questions, faults of single questions before pairs and sums."""
    found = []
    for rule in _RULES:
        cases = sorted(filter(rule.holds, questions), key=rule.size, reverse=True)
        if rule is _NEGATION and len(cases) > len(questions) / 2:
            found.append(_does_not_follow(len(cases), len(questions)))
        elif cases:
            what = rule.one if len(cases) == 1 else rule.many
            ids = tuple(case.id for case in cases)
            found.append(Finding(rule.kind, ids, f"{len(cases)} {what}: {_named(ids)}."))
    return [*found, *_redundant(questions), *_beyond_the_class(questions)]


def headline(questions: Sequence[QuestionAudit], found: Sequence[Finding]) -> str:
    """Return the whole in one sentence."""
    odd = {id_ for finding in found for id_ in finding.questions}
    if not odd:
        return f"All {len(questions)} questions look sound."
    return f"{len(questions) - len(odd)} of {len(questions)} questions look sound; {len(odd)} stand out."


def _does_not_follow(cases: int, questions: int) -> Finding:
    """Blame the teacher, not the questions, for negations that mostly fail."""
    return Finding(
        "teacher-negation",
        (),
        f"The teacher does not follow negations: {cases} of {questions} questions are at odds with theirs "
        f"({_AT_ODDS}). That tells little about the questions.",
    )


def _redundant(questions: Sequence[QuestionAudit]) -> list[Finding]:
    size = {
        frozenset((q.id, q.partner)): abs(q.partner_correlation)
        for q in questions
        if abs(q.partner_correlation) >= 0.95
    }
    if not size:
        return []
    order = {q.id: place for place, q in enumerate(questions)}
    pairs = [sorted(pair, key=order.__getitem__) for pair in sorted(size, key=size.__getitem__, reverse=True)]
    names = _named([" and ".join(pair) for pair in pairs])
    count = "1 pair of questions says" if len(pairs) == 1 else f"{len(pairs)} pairs of questions say"
    ids = tuple(dict.fromkeys(id_ for pair in pairs for id_ in pair))
    return [Finding("redundant", ids, f"{count} nearly the same (correlation 0.95 or more): {names}.")]


def _beyond_the_class(questions: Sequence[QuestionAudit]) -> list[Finding]:
    """Say how much of all variation the classes' means explain: the part that needs no look at a picture."""
    shares = np.array([[q.of_class, q.within_stable, q.within_unstable] for q in questions])
    known = shares[np.isfinite(shares[:, 0])]
    if not len(known):
        return []
    of_class = f"On average the class's mean explains {known[:, 0].mean():.0%} of a question's variance"
    looked_twice = known[np.isfinite(known[:, 1])]
    if not len(looked_twice):
        sentence = (
            f"{of_class}; to tell how much of the rest is stable takes a second look (--view, or negations "
            "that the teacher follows)."
        )
    else:
        stable = looked_twice[:, 1].sum() / max(looked_twice[:, 1:].sum(), 1e-12)
        few = "" if len(looked_twice) == len(known) else f" (by the {len(looked_twice)} looked at twice)"
        sentence = f"{of_class}; of what varies within classes, {stable:.0%} is stable{few}."
    return [Finding("beyond-the-class", (), sentence.replace("%", " %"))]


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
