"""The terms of a bank's own: what several of its questions speak of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from makd.questions.checks.forms import single_words, singular

_SEVERAL = 3  # questions of a bank that share a word before it is a term of the bank's own
_SMALL = 12  # questions of a bank in which two are several
_DEFINITE = re.compile(r"\b(?:the|this|that|these|those) ([^\W_]+)", re.IGNORECASE)


def own_terms(texts: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return a bank's terms, and those among them that it speaks of as given (`the dog`), in the singular."""
    least = _SEVERAL if len(texts) > _SMALL else _SEVERAL - 1
    given = _shared((map(singular, map(str.lower, _DEFINITE.findall(text))) for text in texts), least)
    return _shared((map(singular, single_words(text)) for text in texts), _SEVERAL), given


def _shared(of_questions: Iterable[Iterable[str]], least: int) -> frozenset[str]:
    said = Counter(term for terms in of_questions for term in set(terms))
    return frozenset(term for term, times in said.items() if times >= least)
