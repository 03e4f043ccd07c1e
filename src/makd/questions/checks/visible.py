"""Words that no picture can show: all that are not among the many that it can."""

from __future__ import annotations

import re

from makd.questions.checks.finding import Finding
from makd.questions.checks.forms import single_words
from makd.questions.checks.vocabulary import is_known

_JUDGES = re.compile(
    r"(?:ful|ive|ous|ing|ed|able|ible|al|ic|ish|less|y|ant|ent|some|est|er|ness|esque|worthy|fic)$"
)
_SHORT = 3  # letters below which a word is grammar


def not_shown(text: str) -> Finding | None:
    """Return a finding where a question has a word that is not known as something seen.

    What cannot be seen has no end (`fermented`, `insured`, `tempting`); a question about what can be seen
    keeps to a vocabulary (`visible.yaml` and the other lists).
    """
    for said in single_words(text):
        if len(said) < _SHORT or any(letter.isdigit() for letter in said) or is_known(said):
            continue
        kind = "subjective" if _JUDGES.search(said) else "beyond-picture"
        reason = f"“{said}” is not known as something that a picture shows."
        return Finding("", kind, reason, "Ask for a part, a colour, a shape or a pose that shows it.")
    return None
