"""Class names as an LLM reads them: as words, each once, in groups that fit a request."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from makd.errors import UsageError
from makd.progress import Progress, Silent

CHARACTERS = 6000
"""Of class names in one request, at most."""

_NUMBERED = re.compile(r"^\d+[.)_ -]+(?=.*[^\W\d_]{2})")
_CODE = re.compile(
    r"n\d{8}|\d+|0x[0-9a-f]+|(?=\w*\d)[0-9a-f]{8,}|[0-9a-f]{8}-[0-9a-f-]{27}|"
    r"(?:class|cls|label|category|id)[ _-]?\d+|(?-i:c)\d+",
    re.IGNORECASE,
)
_SHOWN = 5


def readable(name: str) -> str:
    """Return a class name as words: `002.Laysan_Albatross` becomes `Laysan Albatross`."""
    words = unicodedata.normalize("NFC", _NUMBERED.sub("", name)).replace("_", " ")
    return " ".join(words.split())


def readable_classes(names: Sequence[str], place: str, progress: Progress = Silent()) -> tuple[str, ...]:
    """Return the names as words, equal ones once, codes left out; what is left out is said.

    Args:
        names: as the data have them.
        place: where they are from, for messages.
        progress: told what is left out.

    Raises:
        UsageError: most of them are codes (`n01440764`, `17`, `class_3`), which tell an LLM nothing, or
            fewer than two are left.
    """
    words = {name: readable(name) for name in names}
    codes = [name for name, text in words.items() if not re.search(r"\w", text) or _CODE.fullmatch(text)]
    if 2 * len(codes) > len(words):
        raise UsageError(
            f"{place}: {len(codes):,} of {len(words):,} class names are codes ({_some(codes)}), which tell "
            "an LLM nothing. Write what they mean into a text file, a class a line, and name that file "
            "instead."
        )
    if codes:
        progress.say(f"{place}: left out {len(codes):,} class names that are codes: {_some(codes)}.")
    kept: dict[str, str] = {}
    for text in (words[name] for name in names if name not in codes):
        kept.setdefault(text.casefold(), text)
    equal = len(names) - len(codes) - len(kept)
    if equal > 0:
        progress.say(f"{place}: {equal:,} class names read like another one and are named once.")
    if len(kept) < 2:
        number = f"{len(kept)} class{'' if kept else 'es'}"
        raise UsageError(f"{place} names {number}; questions that tell classes apart need two.")
    return tuple(kept.values())


def in_groups(names: Sequence[str], characters: int = CHARACTERS) -> list[list[str]]:
    """Return the names in groups of nearly equal size whose lines have at most so many characters.

    Names stay in their order, so that those that begin alike, often the hardest to tell apart, stay together.
    """
    total = sum(len(name) + 3 for name in names)
    number = max(1, -(-total // characters))
    while True:
        bounds = [round(place * len(names) / number) for place in range(number + 1)]
        groups = [list(names[start:end]) for start, end in pairwise(bounds) if end > start]
        if number >= len(names) or all(_length(group) <= characters for group in groups):
            return groups
        number += 1


def sampled(names: Sequence[str], characters: int = CHARACTERS) -> list[str]:
    """Return all names if they fit, else evenly spaced ones that do."""
    step = 1
    while _length(chosen := list(names[::step])) > characters and len(chosen) > 1:
        step += 1
    return chosen


def _length(names: Sequence[str]) -> int:
    return sum(len(name) + 3 for name in names)


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:_SHOWN])) + (", …" if len(names) > _SHOWN else "")
