"""What words stand for: which are synonyms of each other, and the other names of things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain

from makd.questions.checks.forms import forms, single_words, singular, stem, verb
from makd.questions.checks.lexicon import read, word_lists

Phrase = tuple[str, ...]
_LONGEST = 5
_ENDINGS = frozenset({"some", "able", "like", "full", "wise", "made", "ward"})
_TELLING = 4  # letters of a root that two listed words share by more than chance


def phrases_as_one(spoken: Sequence[str]) -> list[str]:
    """Return words with those that stand for one thing together joined (`tail`, `fin`: `tail fin`)."""
    joined, place = [], 0
    while place < len(spoken):
        length = next(
            (n for n in range(_LONGEST, 1, -1) if _rooted(spoken[place : place + n]) in _several(n)), 1
        )
        joined.append(" ".join(spoken[place : place + length]))
        place += length
    return joined


@cache
def senses(phrase: str) -> frozenset[int]:
    """Return the groups of synonyms that a word or a phrase stands in, in whatever form it is said."""
    root = _rooted(phrase.split())
    if " " in phrase:
        return _by_root().get(root, frozenset())
    exact = next((_by_word()[form] for form in forms(phrase) if form in _by_word()), frozenset())
    of_verb = len(phrase) > _TELLING + 1 and phrase.endswith(("ed", "ing"))  # `hoisted` is what `hoist` is
    by_chance = len(root[0]) < _TELLING and phrase.endswith("e")  # `cape` is no `cap`
    return exact if by_chance or (exact and not of_verb) else exact | _by_root().get(root, frozenset())


@cache
def marks(phrase: str) -> frozenset[int | str]:
    """Return what two phrases must have in common to be alike, in whole or in part: a group or a root."""
    return senses(phrase).union(*(senses(part) | {*_rooted([part])} for part in phrase.split()))


@cache
def alike(one: str, other: str) -> bool:
    """Return whether two words or phrases may stand for the same."""
    if one == other or not senses(one).isdisjoint(senses(other)):
        return True
    root = _rooted(one.split())
    by_chance = len(root[0]) < _TELLING and (
        {one, other} <= _by_word().keys() or one + "e" == other or one == other + "e"
    )
    return not by_chance and root == _rooted(other.split())  # by chance: `belly`, `bell`; `cape`, `cap`


@cache
def is_known(word: str) -> bool:
    """Return whether a word stands in any list of words, in whatever form it is said."""
    plain = word.removesuffix("less") or word
    listed = any(form in _all_words() for form in (*forms(plain), verb(plain))) or verb(plain) in _all_verbs()
    return listed or any(map(_is_compound, forms(word)))


def _is_compound(word: str) -> bool:
    """Return whether a word is two listed ones written together (`gravestone`), and no adjective made so."""
    cuts = ((word[:place], word[place:]) for place in range(3, len(word) - 3))
    return any({one, other} <= _all_words() and other not in _ENDINGS for one, other in cuts)


@cache
def other_names() -> Mapping[str, frozenset[str]]:
    """Return by name of a thing, in the singular, its other names, each of one word or several."""
    found: dict[str, frozenset[str]] = {}
    for names in _lines(read("names.yaml")["same"]):
        group = frozenset(map(_singular, names))
        found |= {name: found.get(name, frozenset()) | group - {name} for name in group}
    return found


@cache
def wider_names() -> Mapping[str, frozenset[str]]:
    """Return by name of a thing the kinds that it is of (`orca`: whale)."""
    found: dict[str, frozenset[str]] = defaultdict(frozenset)
    for line in read("names.yaml")["kinds"].splitlines():
        wider, _, narrower = line.partition(": ")
        for name in map(_singular, narrower.split(", ")):
            found[name] |= {wider}
    return found


@cache
def _all_words() -> frozenset[str]:
    things = [name.split()[-1] for name in other_names()]  # no `nuclear` of a power plant
    seen = " ".join([*read("visible.yaml").values(), *chain.from_iterable(_groups()), *things])
    return frozenset(single_words(seen)).union(*word_lists().values())


@cache
def _all_verbs() -> frozenset[str]:
    return frozenset(map(verb, _all_words()))


def _singular(name: str) -> str:
    return " ".join(map(singular, name.split()))


@cache
def _groups() -> list[list[str]]:
    return _lines(read("synonyms.yaml"))


@cache
def _by_word() -> Mapping[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = defaultdict(frozenset)
    for number, group in enumerate(_groups()):
        for form in chain(group, map(singular, group)):
            found[form] |= {number}
    return dict(found)


@cache
def _by_root() -> Mapping[Phrase, frozenset[int]]:
    found: dict[Phrase, frozenset[int]] = defaultdict(frozenset)
    for number, group in enumerate(_groups()):
        for member in group:
            found[_rooted(single_words(member))] |= {number}
    return dict(found)


@cache
def _several(length: int) -> frozenset[Phrase]:
    return frozenset(phrase for phrase in _by_root() if len(phrase) == length)


def _rooted(spoken: Sequence[str]) -> Phrase:
    return tuple(stem(singular(word)) for word in spoken)


def _lines(by_domain: Mapping[str, str]) -> list[list[str]]:
    return [line.split(", ") for lines in by_domain.values() for line in lines.splitlines()]
