"""Faults of what is asked: more than the picture shows, a matter of taste, or a place that training moves."""

from __future__ import annotations

from makd.questions.checks.finding import Finding
from makd.questions.checks.lexicon import Subject, subjects

_SUGGESTIONS = {
    "beyond-picture": (
        "Ask for something that is seen, such as a part, a colour or a shape that goes with it."
    ),
    "subjective": (
        "Ask for what makes it so: something that two people looking at the picture would agree on."
    ),
    "flip": (
        "Training mirrors pictures: ask without left and right, such as whether it is seen from the side."
    ),
    "crop": (
        "Training crops pictures: ask for the subject itself or what surrounds it, "
        "not for its place in the picture."
    ),
}


def by_wording(text: str) -> list[Finding]:
    """Return a finding for each kind of fault of content, by the first wording that gives it away."""
    found: dict[str, Finding] = {}
    for subject in subjects():
        wording = subject.find(text) if subject.kind not in found else None
        if wording:
            found[subject.kind] = _finding(subject, wording)
    return list(found.values())


def _finding(subject: Subject, wording: str) -> Finding:
    reason = f"“{wording}” {subject.says}."
    return Finding("", subject.kind, reason, _SUGGESTIONS[subject.kind], () if subject.drop else None)
