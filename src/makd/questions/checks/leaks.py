"""Questions that name a class, so that the answer is the label and no aspect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from makd.questions.checks.finding import Finding
from makd.questions.checks.forms import single_words, singular, stem
from makd.questions.checks.lexicon import word_lists
from makd.questions.checks.names import LONG, ClassNames, codes

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
    r"\b(?:in|on|of|at|inside|outside|around|under|over|above|below|between|along|across|against|through|made|by|"
    r"with|from|to|and|or|that|which|visible|present|than|rather|instead|for|near|behind|breed|"
    r"species|variety|model|make|brand|family|type|standing|sitting|flying|swimming|shown|seen)\b"
)


_YOUNG = frozenset({"puppy", "kitten"})  # names of their own, though spoken of as wholes
_NAMES_IT = re.compile(r"^(?:is|are) (?:it|this|that|these|they)\b")
_OWNER = re.compile(r"([^\W_]+)(?:'s?(?!\w)|-(?:like|style|type|shaped|sized)\b)")


def class_name(text: str, classes: ClassNames, own: frozenset[str] = frozenset()) -> Finding | None:
    """Return a finding where a question names a class, a synonym, a kind, or the telling part of its name.

    Args:
        text: the question.
        classes: the names that are not to be given away.
        own: what several questions of its bank speak of, which gives nothing away unless a class is
            called so.
    """
    spoken = list(map(singular, single_words(text)))
    found = (
        _whole(text, spoken, classes)
        or _by_part(text, spoken, classes)
        or next(((code, classes.codes[code]) for code in codes(text) if code in classes.codes), None)
        or _by_noun(text, spoken, classes)
    )
    if found is None:
        return None
    said, owner = found
    if said not in classes.said and (said in own or _is_spoken_of(said, text, owner)):
        rest = re.sub(rf"\b{re.escape(said)}(?:e?s)?\b", "thing", text.lower())
        return class_name(rest, classes, own - {said}) if "thing" in rest and said in text.lower() else None
    reason = (
        f"“{said}” gives away the class “{owner}”, so the answer is the label and no aspect of the picture."
    )
    return Finding("", "class-name", reason, "Ask for what is seen of it: a part, a colour, a shape.", ())


def _whole(text: str, spoken: Sequence[str], classes: ClassNames) -> tuple[str, str] | None:
    for said in _runs(spoken, 6):
        run = tuple(said.split())
        owner = classes.whole.get(run) or _nearly("".join(run), classes)
        if owner and (_is_meant(said, text) if len(run) == 1 else _is_noun(run, text, classes)):
            return said, owner
    return None


def _is_noun(run: Sequence[str], text: str, classes: ClassNames) -> bool:
    """Return whether words that only together make a name are said as one thing (no `does water fall`)."""
    said = r"\b(?:an?|any|some|the|this|of|like|two|many) (?:[\w-]+ )?" + "[ -]".join(map(re.escape, run))
    return tuple(run) in classes.whole or bool(re.search(said, text.lower()))


def _nearly(joined: str, classes: ClassNames) -> str | None:
    """Return the class whose name, written without spaces, is `joined` or one letter away."""
    if joined in classes.joined:
        return classes.joined[joined]
    if len(joined) < LONG:
        return None
    near = (name for name in classes.long.get(joined[0], ()) if _one_letter_apart(name, joined))
    return next((classes.joined[name] for name in near), None)


def _one_letter_apart(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1:
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


def _is_spoken_of(word: str, text: str, owner: str) -> bool:
    """Return whether a word only says what the question speaks of (`the brim of the hat`).

    So do things as wholes, and the last part of a name that is written as one word (`the pan` of a saucepan).
    """
    said = rf"\b(?:the|this|that|its|these|those) (?:[\w-]+ )?{re.escape(word)}"
    last = re.split(r"[\W_]+", owner.lower())[-1]
    head = last != word and last.endswith(word)
    whole = word in word_lists()["whole"] - _YOUNG
    return (whole or head) and bool(re.search(said, text.lower())) and not _NAMES_IT.search(text.lower())


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
    named = (said for phrase in _named(text) for said in _runs(phrase, 3))
    telling = {**classes.kinds, **classes.parts}
    return next(((said, telling[said]) for said in named if said in telling), None)


def _runs(spoken: Sequence[str], longest: int) -> Iterator[str]:
    """Yield words that follow each other, the longest first."""
    for length in range(min(longest, len(spoken)), 0, -1):
        yield from (" ".join(spoken[start : start + length]) for start in range(len(spoken) - length + 1))


def _by_noun(text: str, spoken: Sequence[str], classes: ClassNames) -> tuple[str, str] | None:
    known = ((word, classes.adjectives.get(stem(word))) for word in spoken if _is_meant(word, text))
    return next(((word, owner) for word, owner in known if owner), None)


def _named(text: str) -> Iterable[list[str]]:
    """Yield the words of each phrase that says what or whose something is, or is like (`is it a …`)."""
    lowered = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    yield [singular(word) for word in _OWNER.findall(lowered)]
    for found in _NAMED_AS.finditer(lowered):
        phrase = _ENDS_NAME.split(found[1])[0]
        if inner := list(map(singular, single_words(phrase))):
            yield inner
