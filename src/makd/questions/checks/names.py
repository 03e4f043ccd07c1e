"""The names of classes, taken apart into all that would give one away."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from operator import itemgetter

from makd.questions.checks.forms import singular, stem
from makd.questions.checks.lexicon import attributes, word_lists
from makd.questions.checks.vocabulary import other_names, wider_names

LONG = 8  # letters from which on a name may be spelled with one letter more, fewer or other
_CODE = re.compile(r"\b([a-z]{1,4})[- ]?(\d{1,4})(?!\d)")


@dataclass(frozen=True)
class ClassNames:
    """The classes' names, taken apart so that questions can be held against them.

    Args:
        names: as folders or manifests have them (`american_pit_bull_terrier`, `001.Black_footed_Albatross`).
    """

    names: Sequence[str]

    @cached_property
    def whole(self) -> Mapping[tuple[str, ...], str]:
        """Names and their synonyms as singular words, each with the class that it stands for."""
        found: dict[tuple[str, ...], str] = {}
        for name in self.names:
            spoken = _spoken(name)
            plain = _plain() if " " in spoken else _plain() - word_lists()["whole"]
            for other in {spoken, *(other_names().get(spoken, frozenset()) - plain)} if spoken else ():
                found.setdefault(tuple(other.split()), name)
        return found

    @cached_property
    def said(self) -> frozenset[str]:
        """The names themselves as they are said, in the singular."""
        return frozenset(map(_spoken, self.names))

    @cached_property
    def parts(self) -> Mapping[str, str]:
        """Telling words of names of several words, and what the things named are kinds of, with a class."""
        found: dict[str, str] = {}
        for name in self.names:
            own = _spoken(name).split()
            telling = [word for word in own if len(word) > 2 and word not in _plain()]
            things = [word for word in own if word in other_names()]  # `car_side` has but plain words
            for word in telling or things if len(own) > 1 else ():
                found.setdefault(word, name)
                for other in other_names().get(word, frozenset()) - _plain():
                    found.setdefault(other, name)
        return found

    @cached_property
    def heads(self) -> Mapping[str, str]:
        """What the last word of a name calls the thing (`Caspian Tern`), with a class; where few share it."""
        broad = _plain() | word_lists()["broad"] | word_lists()["part"]
        named: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            own = [word for word in _spoken(name).split() if word.isalpha()]
            if len(own) > 1 and len(own[-1]) > 2 and own[-1] not in broad:
                named[own[-1]].append(name)
        return self._told_by(named)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """What the things named are kinds of (`orca`: whale), with a class; where few share it."""
        named: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            spoken = _spoken(name)
            for thing in {spoken, *other_names().get(spoken, ()), *spoken.split()[-1:]}:
                for wider in wider_names().get(thing, ()):
                    named[wider].append(name)
        return self._told_by(named)

    def _told_by(self, named: Mapping[str, list[str]]) -> dict[str, str]:
        few = max(2, len(self.names) // 3)
        return {word: owners[0] for word, owners in named.items() if len(set(owners)) <= few}

    @cached_property
    def pairs(self) -> Mapping[tuple[str, str], str]:
        """Neighbours in names of three words or more, where not both are plain adjectives."""
        found: dict[tuple[str, str], str] = {}
        for name in self.names:
            own = _spoken(name).split()
            for pair in pairwise(own) if len(own) > 2 else ():
                if not set(pair) <= _plain() and not set(pair) & word_lists()["small"]:
                    found.setdefault(pair, name)
        return found

    @cached_property
    def codes(self) -> Mapping[str, str]:
        """Letters with a number behind them in names (`F-150`, `A380`), written as one."""
        return {code: name for name in self.names for code in codes(name.replace(" ", "  "))}

    @cached_property
    def adjectives(self) -> Mapping[str, str]:
        """What an adjective that is a whole name shares with its noun (`wrinkled`, wrinkles)."""
        alone = ((name, own[0]) for name in self.names if len(own := _name_words(name)) == 1)
        return {
            stem(word): name
            for name, word in alone
            if word.endswith("ed") or (word.endswith(("y", "ous")) and len(stem(word)) > 3)
        }

    @cached_property
    def joined(self) -> Mapping[str, str]:
        """Whole names without spaces (`seahorse`)."""
        return {
            "".join(name): owner
            for name, owner in self.whole.items()
            if len(name) > 1 or len(name[0]) >= LONG
        }

    @cached_property
    def long(self) -> Mapping[str, list[str]]:
        """Whole names without spaces that are long enough to be known with a letter wrong, by their first."""
        names = sorted(name for name in self.joined if len(name) >= LONG)
        return {first: list(several) for first, several in groupby(names, key=itemgetter(0))}


def _plain() -> frozenset[str]:
    """Return the words that tell no class from another, wherever they are said."""
    return attributes() | word_lists()["generic"] | word_lists()["small"] | word_lists()["weak"]


def _spoken(name: str) -> str:
    """Return a class name as it is said, in the singular."""
    return " ".join(map(singular, _name_words(name)))


def _name_words(name: str) -> list[str]:
    """Return the words of a class name; none of what only counts (`001`, `n01440764`)."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name)
    found = [word for word in re.split(r"[\W_]+", apart.lower()) if word]
    if all(re.fullmatch(r"[a-z]*\d{5,}", word) for word in found) or (len(found) == 1 and found[0].isdigit()):
        return []
    return found[1:] if found[0].isdigit() and any(word.isalpha() for word in found[1:]) else found


def codes(text: str) -> list[str]:
    """Return the letters with a number behind them in a text, each written as one."""
    return [letters + number for letters, number in _CODE.findall(text.lower())]
