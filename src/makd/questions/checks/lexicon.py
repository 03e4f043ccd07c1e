"""The word lists behind the rules, read from their YAML files once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Subject:
    """Wordings of one kind of fault that share a reason.

    Attributes:
        kind: which fault they give away.
        name: what they are about (`sound`, `price`).
        says: the rest of a sentence that begins with the wording found.
        drop: whether no wording could save such a question.
        wordings: what is looked for, in lower case.
        unless: what looks alike and is sound.
    """

    kind: str
    name: str
    says: str
    drop: bool
    wordings: re.Pattern[str]
    unless: re.Pattern[str] | None

    def find(self, text: str) -> str | None:
        """Return the first wording in `text`, in lower case, or None."""
        lowered = text.lower()
        if self.unless is not None:
            lowered = self.unless.sub("…", lowered)
        found = self.wordings.search(lowered)
        return found[0].strip() if found else None


@cache
def subjects() -> tuple[Subject, ...]:
    """Return the wordings of all kinds of faults, in the order of their file."""
    content = dict(read("wordings.yaml"))
    macros: dict[str, str] = content.pop("macros")
    return tuple(
        Subject(
            kind,
            name,
            entry["says"],
            entry.get("drop", False),
            _pattern(entry["wordings"], macros),
            _pattern(entry["unless"], macros) if "unless" in entry else None,
        )
        for kind, entries in content.items()
        for name, entry in entries.items()
    )


@cache
def word_lists() -> Mapping[str, frozenset[str]]:
    """Return sets of words by what they have in common (`colour`, `generic`)."""
    lists: dict[str, str] = read("words.yaml")["lists"]
    return {name: frozenset(words.split()) for name, words in lists.items()}


@cache
def attributes() -> frozenset[str]:
    """Return every adjective of the word lists: what is said of a thing, rather than a thing."""
    return frozenset().union(
        *(word_lists()[name] for name in ("colour", "size", "shape", "surface", "state"))
    )


@cache
def phrases() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return wordings of several words, each with the word that stands for it."""
    listed: dict[str, str] = read("words.yaml")["phrases"]
    return tuple((_pattern([wording], {}), word) for wording, word in listed.items())


@cache
def opposites() -> frozenset[frozenset[str]]:
    """Return pairs of words of which at most one holds."""
    return frozenset(frozenset(pair.split()) for pair in read("words.yaml")["opposites"])


@cache
def near_words() -> tuple[frozenset[str], ...]:
    """Return groups of words so near to each other that either of them is one answer (`red or pink`)."""
    return tuple(frozenset(group.split()) for group in read("words.yaml")["near"])


@cache
def implied_places() -> Mapping[str, frozenset[str]]:
    """Return by name of a part what it is always on or at."""
    found: dict[str, frozenset[str]] = {}
    for parts, places in read("words.yaml")["implied"].items():
        found |= {part: found.get(part, frozenset()) | frozenset(places.split()) for part in parts.split()}
    return found


def _pattern(wordings: list[str], macros: Mapping[str, str]) -> re.Pattern[str]:
    joined = "|".join(wordings)
    for name, text in macros.items():
        joined = joined.replace(f"{{{name}}}", text)
    return re.compile(rf"(?<![\w-])(?:{joined})(?!\w)")


@cache
def read(name: str) -> dict[str, Any]:
    """Return what a YAML file of this folder holds."""
    text = (resources.files("makd.questions.checks") / name).read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content
