"""What the rules need to know of English: how questions begin, adjectives, whether a bank is in it at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from makd.questions.checks.forms import words
from makd.questions.checks.lexicon import attributes
from makd.questions.checks.vocabulary import is_known

AUXILIARY = (
    "is|are|was|were|am|does|do|did|has|have|had|can|could|will|would|shall|should|may|might|must|"
    "isn't|aren't|wasn't|weren't|doesn't|don't|didn't|hasn't|haven't|hadn't|can't|couldn't|won't|wouldn't"
)
BEGINS = re.compile(rf"(?:{AUXILIARY})\b")
_TELLING = frozenset("the are does it this there have has with any its that visible".split())  # noqa: SIM905


def flat(text: str) -> str:
    """Return a text in lower case on one line, with straight apostrophes."""
    return " ".join(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())


def is_attribute(word: str) -> bool:
    """Return whether a word is an adjective of looks (also `longer`, `roundest`), or ends like one."""
    stems = {word, *(word.removesuffix(end) for end in ("er", "est", "r", "st"))}
    stems |= {stem[:-1] for stem in stems if len(stem) > 2 and stem[-1:] == stem[-2:-1]}
    return bool(stems & attributes()) or (len(word) > 5 and word.endswith(("ed", "-like")))


def is_english(texts: Sequence[str]) -> bool:
    """Return whether most of the texts are in English.

    A text is where it has a word that English questions have and few other languages, or where most of its
    words are known.
    """
    return 2 * sum(map(_is_english, texts)) >= len(texts)


def _is_english(text: str) -> bool:
    said = words(text)
    return not _TELLING.isdisjoint(said) or 2 * sum(map(is_known, said)) > len(said)
