"""The forms of English words: a text's words, a noun's singular, what the forms of a word share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

_IRREGULAR = {
    "feet": "foot", "teeth": "tooth", "geese": "goose", "mice": "mouse", "men": "man", "women": "woman",
    "children": "child", "people": "person", "antennae": "antenna", "leaves": "leaf", "wolves": "wolf",
    "knives": "knife", "halves": "half", "calves": "calf", "hooves": "hoof", "scarves": "scarf",
    "loaves": "loaf", "shelves": "shelf", "sheaves": "sheaf", "wives": "wife", "dice": "die",
    "cacti": "cactus", "fungi": "fungus", "octopi": "octopus", "oxen": "ox", "elytra": "elytron",
    "postmen": "postman", "policemen": "policeman", "firemen": "fireman",
}  # fmt: skip
_ENDINGS = ("ened", "less", "edly", "ly", "ed", "ing", "ish", "y", "ous", "en", "e")
_COMPARED = ("er", "est")


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, hyphens kept, without a possessive's ending."""
    plain = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return [re.sub(r"'s?$", "", word) for word in re.findall(r"[^\W_]+(?:['-][^\W_]+)*'?", plain)]


def single_words(text: str) -> list[str]:
    """Return the words of a text, those written with a hyphen taken apart."""
    return [word for whole in words(text) for word in whole.split("-")]


@cache
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


@cache
def stem(word: str) -> str:
    """Return what the forms of a word share (`stripe`, `striped`, `stripy`)."""
    for end in _ENDINGS:
        if word.endswith(end) and len(word) - len(end) >= (4 if end == "en" else 3):
            word = word.removesuffix(end)
            if end == "less":
                return stem(word)
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


@cache
def verb(word: str) -> str:
    """Return what the forms of a verb share, and an adverb with its adjective (`carved`, `boldly`)."""
    for end in ("edly", "ly", "ed", "ing", "es", "s", "e"):
        if word.endswith(end) and len(word) - len(end) >= 2:
            word = word.removesuffix(end)
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def forms(word: str) -> Iterator[str]:
    """Yield a word, its singular, and the adjectives that it may be a comparison of (`larger`, large)."""
    yield word
    yield singular(word)
    for end in _COMPARED:
        if word.endswith(end) and len(word) > len(end) + 2:
            base = word.removesuffix(end)
            yield from (base, base + "e", base[:-1], base[:-1] + "y")
