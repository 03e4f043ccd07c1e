"""What the rules need to know of English: words, their singular, and whether a bank is in it at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from makd.questions.checks.lexicon import attributes

AUXILIARIES = [
    "is",
    "are",
    "was",
    "were",
    "am",
    "does",
    "do",
    "did",
    "has",
    "have",
    "had",
    "can",
    "could",
    "will",
    "would",
    "shall",
    "should",
    "may",
    "might",
    "must",
    "isn't",
    "aren't",
    "wasn't",
    "weren't",
    "doesn't",
    "don't",
    "didn't",
    "hasn't",
    "haven't",
    "hadn't",
    "can't",
    "couldn't",
    "won't",
    "wouldn't",
]
_IRREGULAR = {
    "feet": "foot", "teeth": "tooth", "geese": "goose", "mice": "mouse", "men": "man", "women": "woman",
    "children": "child", "people": "person", "antennae": "antenna", "leaves": "leaf", "wolves": "wolf",
    "knives": "knife", "halves": "half", "calves": "calf", "hooves": "hoof", "scarves": "scarf",
    "cacti": "cactus",
    "fungi": "fungus", "octopi": "octopus", "oxen": "ox", "shelves": "shelf", "loaves": "loaf",
}  # fmt: skip
_TELLING = frozenset("the are does it this there have has with any its that visible".split())  # noqa: SIM905


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, hyphens kept, without a possessive's ending."""
    plain = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return [re.sub(r"'s?$", "", word) for word in re.findall(r"[^\W_]+(?:['-][^\W_]+)*'?", plain)]


def singular(word: str) -> str:
    """Return a noun's singular, by rule; other words mostly as they are."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and re.search(r"(ss|x|ch|sh|zz)es$", word):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not re.search(r"(ss|us|is)$", word):
        return word[:-1]
    return word


def stem(word: str) -> str:
    """Return what the forms of a word share (`stripe`, `striped`, `stripy`)."""
    for end in ("ed", "ing", "ish", "y", "ous", "e"):
        if word.endswith(end) and len(word) - len(end) >= (4 if end == "e" else 3):
            word = word.removesuffix(end)
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def is_attribute(word: str) -> bool:
    """Return whether a word is an adjective of looks (also `longer`, `roundest`), or ends like one."""
    stems = {word, *(word.removesuffix(end) for end in ("er", "est", "r", "st"))}
    stems |= {stem[:-1] for stem in stems if len(stem) > 2 and stem[-1:] == stem[-2:-1]}
    return bool(stems & attributes()) or (len(word) > 5 and word.endswith(("ed", "-like")))


def is_english(texts: Sequence[str]) -> bool:
    """Return whether most of the texts have a word that English questions have and few other languages."""
    return 2 * sum(not _TELLING.isdisjoint(words(text)) for text in texts) >= len(texts)
