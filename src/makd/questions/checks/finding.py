"""What a rule says about a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "not-english": "not in English",
        "not-yes-no": "not answerable by yes or no",
        "two-questions": "two questions in one",
        "class-name": "names a class",
        "beyond-picture": "needs more than the picture",
        "subjective": "subjective",
        "flip": "spoiled by a flip",
        "crop": "spoiled by a crop",
        "too-long": "too long",
        "near-duplicate": "asked before",
    }
)
"""Every kind of fault, and how a table heads it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of a question.

    Attributes:
        question: its id; empty where the bank as a whole is meant.
        kind: one of `KINDS`.
        reason: what is wrong, a sentence.
        suggestion: what to do, a sentence.
        rewrite: texts that may safely take the question's place; empty to drop it, None where that takes a
            person.
    """

    question: str
    kind: str
    reason: str
    suggestion: str
    rewrite: tuple[str, ...] | None = None
