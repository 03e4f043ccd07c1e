"""Questions that name a class, so that the answer is the label and no aspect."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from makd.questions.checks.finding import Finding
from makd.questions.checks.forms import singular, stem, words
from makd.questions.checks.lexicon import attributes, word_lists
from makd.questions.checks.vocabulary import other_names, wider_names

_LONG = 8  # letters from which on a name may be spelled with one letter more, fewer or other
_KINDS_OF = r"(?:(?:kind|type|sort|breed|species|variety|member|example|picture|image|photo) of )?"
_SAYS = (
    "show|shows|depict|depicts|contain|contains|see|there|looks? like|like|resembles?|belongs? to|"
    r"typical of|filled with|topped with|(?:of|than)(?! the\b)|as|called|named|identified as|classified as"
)
_NAMED_AS = re.compile(
    r"(?:^(?:is|are|was|were|could|can|might|would) "
    r"(?:it|this|that|these|they|(?:the|this|that|these) [\w-]+)(?: (?:be|clearly|actually|likely))*"
    rf"|\b(?:{_SAYS})) (?=(?:(?:a|an|any|the|some|one|another) )?{_KINDS_OF}"
    r"(?:(?:a|an|any|the|some|one) )?((?:[\w'-]+ ?){1,4}))"
)
_ENDS_NAME = re.compile(
    r"\b(?:in|on|of|at|inside|outside|around|under|over|above|below|between|along|across|against|through|made|by|with|from|to|and|or|that|which|visible|present|than|rather|instead|for|near|behind|breed|"
    r"species|variety|model|make|brand|family|type|standing|sitting|flying|swimming|shown|seen)\b"
)


_OWNER = re.compile(r"([^\W_]+)(?:'s?(?!\w)|-(?:like|style|type|shaped|sized)\b)")
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
            for other in {spoken, *(other_names().get(spoken, frozenset()) - _plain())} if spoken else ():
                found.setdefault(tuple(other.split()), name)
        return found

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
        named: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            own = [word for word in _spoken(name).split() if word.isalpha()]
            if (
                len(own) > 1
                and len(own[-1]) > 2
                and own[-1] not in _plain() | word_lists()["whole"] | word_lists()["part"]
            ):
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
        return {code: name for name in self.names for code in _codes(name.replace(" ", "  "))}

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
            if len(name) > 1 or len(name[0]) >= _LONG
        }


def class_name(text: str, classes: ClassNames) -> Finding | None:
    """Return a finding where a question names a class, a synonym or a kind of it, or a telling part of its name."""
    spoken = [singular(word) for whole in words(text) for word in whole.split("-")]
    found = (
        _whole(text, spoken, classes)
        or _by_part(text, spoken, classes)
        or next(((code, classes.codes[code]) for code in _codes(text) if code in classes.codes), None)
        or _by_noun(text, spoken, classes)
    )
    if found is None:
        return None
    said, owner = found
    reason = (
        f"“{said}” gives away the class “{owner}”, so the answer is the label and no aspect of the picture."
    )
    return Finding("", "class-name", reason, "Ask for what is seen of it: a part, a colour, a shape.", ())


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


def _whole(text: str, spoken: Sequence[str], classes: ClassNames) -> tuple[str, str] | None:
    for length in range(min(6, len(spoken)), 0, -1):
        for start in range(len(spoken) - length + 1):
            run = tuple(spoken[start : start + length])
            owner = classes.whole.get(run) or _nearly("".join(run), classes)
            if owner and (_is_meant(run[0], text) if length == 1 else _is_noun(run, text, classes)):
                return " ".join(run), owner
    return None


def _is_noun(run: Sequence[str], text: str, classes: ClassNames) -> bool:
    """Return whether words that only together make a name are said as one thing (no `does water fall`)."""
    said = r"\b(?:an?|any|some|the|this|of|like|two|many) (?:[\w-]+ )?" + "[ -]".join(map(re.escape, run))
    return tuple(run) in classes.whole or bool(re.search(said, text.lower()))


def _nearly(joined: str, classes: ClassNames) -> str | None:
    """Return the class whose name, written without spaces, is `joined` or one letter away."""
    if joined in classes.joined:
        return classes.joined[joined]
    if len(joined) < _LONG:
        return None
    near = (name for name in classes.joined if len(name) >= _LONG and _one_letter_apart(name, joined))
    return next((classes.joined[name] for name in near), None)


def _one_letter_apart(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1 or one[0] != other[0]:
        return False
    same = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return one[same + 1 :] == other[same + (len(one) == len(other)) :] or one[same:] == other[same + 1 :]


def _is_meant(name: str, text: str) -> bool:
    """Return whether a word that may also be an adjective, a part or a verb stands for that thing."""
    if name == "can":
        return bool(re.search(r"\b(?:a|the|tin|of) cans?\b|\bcans\b", text.lower()))
    if name not in word_lists()["ambiguous"]:
        return True
    article = (
        rf"\b(?:an?|some|any|two|three|many|several) (?:[\w-]+ )?{name}s?"
        r"(?=\W*$| (?:in|on|with|of|at|or|and|visible)\b)"
    )
    return bool(re.search(article, text.lower()))


def _by_part(text: str, spoken: Sequence[str], classes: ClassNames) -> tuple[str, str] | None:
    for pair in pairwise(spoken):
        if pair in classes.pairs:
            return " ".join(pair), classes.pairs[pair]
    for word in spoken:
        if word in classes.heads and _is_meant(word, text):
            return word, classes.heads[word]
    proper = {singular(word.lower()) for word in re.findall(r"(?<=[a-z,] )[A-Z][\w]+", text)}
    for word in spoken:
        if word in proper and word in classes.parts:
            return word, classes.parts[word]
    for phrase in _named(text):
        for length in range(min(3, len(phrase)), 0, -1):
            for start in range(len(phrase) - length + 1):
                word = " ".join(phrase[start : start + length])
                if owner := classes.parts.get(word) or classes.kinds.get(word):
                    return word, owner
    return None


def _by_noun(text: str, spoken: Sequence[str], classes: ClassNames) -> tuple[str, str] | None:
    known = ((word, classes.adjectives.get(stem(word))) for word in spoken if _is_meant(word, text))
    return next(((word, owner) for word, owner in known if owner), None)


def _codes(text: str) -> list[str]:
    return [letters + number for letters, number in _CODE.findall(text.lower())]


def _named(text: str) -> Iterable[list[str]]:
    """Yield the words of each phrase that says what or whose something is, or is like (`is it a …`)."""
    lowered = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    yield [singular(word) for word in _OWNER.findall(lowered)]
    for found in _NAMED_AS.finditer(lowered):
        phrase = _ENDS_NAME.split(found[1])[0]
        if inner := [singular(word) for whole in words(phrase) for word in whole.split("-")]:
            yield inner
