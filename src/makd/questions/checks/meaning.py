"""What a question asks: the words that carry its sense, and whether two questions' words ask the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain

from makd.questions.checks.forms import single_words, singular, stem
from makd.questions.checks.lexicon import attributes, implied_places, opposites, phrases, word_lists
from makd.questions.checks.vocabulary import alike, marks, phrases_as_one

_DETERMINED = re.compile(r"\b(?:the|this|that|these|those|its|their) ([\w-]+)(?:'s?)?(?: ([\w-]+))?")
_THAN = "than"
_MEASURES = frozenset({"length", "width", "height", "depth", "breadth", "thickness", "diameter"})


@dataclass(frozen=True)
class Asked:
    """What a question asks, without the frame that it is put in (`is there`, `can you see`).

    Attributes:
        words: what carries its sense in order, in the singular; what says one thing in several words as one.
        owners: what as a whole is spoken of (`the bird`); no part of the answer.
    """

    words: tuple[str, ...]
    owners: frozenset[str]

    @cached_property
    def marks(self) -> frozenset[int | str]:
        """What another question must share a part of to ask anything alike."""
        telling = (word for word in self.words if " " in word or not is_light(word))
        return frozenset().union(*map(marks, telling))


@cache
def readings(text: str) -> tuple[Asked, Asked]:
    """Return what a question asks, with words that stand for one thing together as one and word by word."""
    lowered = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    for several, one in phrases():
        lowered = several.sub(one, lowered)
    spoken = single_words(lowered)
    owners = frozenset(map(singular, chain(*_DETERMINED.findall(lowered)))) & word_lists()["whole"]
    return _asked(phrases_as_one(spoken), owners), _asked(spoken, owners)


def _asked(spoken: Sequence[str], owners: frozenset[str]) -> Asked:
    weak = word_lists()["weak"]
    kept = [word for word in spoken if not {word, singular(word)} & (weak | owners)]
    return Asked(tuple(word if " " in word else singular(word) for word in kept or spoken), owners)


def same(one: Asked, other: Asked) -> bool:
    """Return whether two questions ask the same, going by their words alone."""
    if one == other:
        return True
    if one.marks and other.marks and one.marks.isdisjoint(other.marks):
        return False
    extra, missed = left_over(one, other), left_over(other, one)
    shared = min(len(_telling(one, extra)), len(_telling(other, missed)))
    if of_unlike_things(one, other) or (not shared and (extra or missed)):
        return False
    if is_comparison(one) or is_comparison(other):
        return _same_comparison(one.words, other.words)
    told = _not_implied(extra, other), _not_implied(missed, one)
    if all(told):
        return _only_put_otherwise(*told) or _only_put_otherwise(*reversed(told))
    more = told[0] | told[1]
    certain = shared > 1 or more != extra | missed or bool(one.owners and other.owners)
    return not _without(more, "linking", *(("posture",) if certain else ()))


def _telling(question: Asked, extra: set[str]) -> set[str]:
    """Return the words that a question shares with another, but for those that only link others."""
    common = set(question.words) - extra
    return {word for word in common if " " in word} | _without(common, "linking")


@cache
def is_light(word: str) -> bool:
    """Return whether a word says no more than how others are linked, or that something is to be seen."""
    return not _without({word}, "linking")


def _not_implied(extra: set[str], other: Asked) -> set[str]:
    """Return the words but for the places where things that the other question names always are."""
    named = (*other.words, *other.owners)
    implied = chain.from_iterable(implied_places().get(word, ()) for word in named)
    places = frozenset(implied)
    return {word for word in extra if word not in places}


def _only_put_otherwise(extra: set[str], missed: set[str]) -> bool:
    """Return whether words differ by what links them only (`lie in`, `are served in`)."""
    return not _without(extra, "linking") and not _without(missed, "linking", "posture")


def is_comparison(question: Asked) -> bool:
    """Return whether a question sets one thing beside another (`longer than the head`)."""
    return _THAN in question.words


def left_over(one: Asked, other: Asked) -> set[str]:
    """Return the words of a question for which another has none that stands for the same."""
    heard = (*other.words, *other.owners)
    return {word for word in one.words if not _covered(word, heard)}


def different(extra: Iterable[str], missed: Iterable[str]) -> bool:
    """Return whether words on both sides are of one list (`red`, `blue`), so that they answer differently."""
    return bool(_lists_with(extra) & _lists_with(missed))


def is_weighty(extra: Iterable[str]) -> bool:
    """Return whether one of the words makes another question of it."""
    return any(word in attributes() or word in word_lists()["generic"] for word in extra)


def opposed(one: str, other: str) -> bool:
    """Return whether at most one of two words holds, or of two that stand for the same as they."""
    pairs = (tuple(pair) for pair in opposites())
    return not alike(one, other) and any(
        (alike(one, a) and alike(other, b)) or (alike(one, b) and alike(other, a)) for a, b in pairs
    )


def _covered(word: str, heard: Sequence[str]) -> bool:
    if any(alike(word, there) for there in heard):
        return True
    parts = word.split()
    if len(parts) > 1:
        telling = [part for part in parts if part not in word_lists()["weak"]]
        return all(_covered(part, heard) for part in telling)
    return any(alike(word, part) for there in heard if " " in there for part in there.split())


def of_unlike_things(one: Asked, other: Asked) -> bool:
    """Return whether two questions name different things as a whole (`the boat`, `the house`)."""
    broad = word_lists()["broad"]
    if not one.owners or not other.owners or one.owners & broad or other.owners & broad:
        return False
    return not any(alike(a, b) for a in one.owners for b in other.owners)


def _same_comparison(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether two comparisons say the same, or the same turned round (`longer`, `shorter`)."""
    if _THAN not in one or _THAN not in other:
        return False
    (more, less), (higher, lower) = _sides(one), _sides(other)
    return _turned(more, less, higher, lower) or _turned(
        [word for word in more if not _covered(word, higher)],
        less,
        [word for word in higher if not _covered(word, more)],
        lower,
    )


def _turned(more: list[str], less: list[str], higher: list[str], lower: list[str]) -> bool:
    """Return whether `more` than `less` says what `higher` than `lower` does, straight or turned round."""
    if _same_words(more, higher) and _same_words(less, lower):
        return True
    for place, adjective in enumerate(more):
        for there, contrary in enumerate(higher):
            rest, turned = more[:place] + more[place + 1 :], higher[:there] + higher[there + 1 :]
            if (
                rest
                and opposed(adjective, contrary)
                and _same_words(rest, lower)
                and _same_words(less, turned)
            ):
                return True
    return False


def _sides(words: Sequence[str]) -> tuple[list[str], list[str]]:
    place = list(words).index(_THAN)
    before, after = words[:place], words[place + 1 :]
    if _MEASURES & set(before):  # `of greater length` is longer
        before = tuple(word for word in before if not alike(word, "great"))
    return list(before), list(after)


def _same_words(one: Sequence[str], other: Sequence[str]) -> bool:
    return all(_covered(word, other) for word in one) and all(_covered(word, one) for word in other)


def _without(extra: Iterable[str], *lists: str) -> set[str]:
    """Return the words that stand, in no form, in any of the word lists."""
    light = frozenset().union(*(_stems(name) for name in (*lists, "weak")))
    return {word for word in extra if not all(stem(singular(part)) in light for part in word.split())}


@cache
def _stems(name: str) -> frozenset[str]:
    return frozenset(stem(word) for word in word_lists()[name])


def _lists_with(extra: Iterable[str]) -> set[str]:
    words = set(extra)
    return {name for name, listed in word_lists().items() if words & listed}
