"""What an LLM is told: one step asks for candidates, the next for the best, a last one for negations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from makd.questions.generation.llm import Schema
from makd.questions.generation.wording import GROUPS

_RULES = f"""Rules for every question:
- It is about one visible feature alone: a shape, colour, texture, pattern, material, part, pose, \
size relation or surrounding. Never two features in one question.
- It is clear-cut: two people who look at the same picture give the same answer.
- It divides the classes: Yes for many of them, No for many others.
- It names no class, no synonym of a class and no group of classes by its name.
- It needs nothing but the picture: no sound, smell, taste, price, origin, use or behaviour over \
time, no opinion.
- It stays true when the picture is mirrored or cropped: nothing about left, right, or a place in the picture.
- It is in English, 4 to 20 words long, and begins with Is, Are, Does, Do, Has, Have or Can.
Give each question its group ({", ".join(GROUPS)}) and its negation: the same question the other way round, \
so that its answer is No wherever the answer to the question is Yes."""

_FORM = 'Reply with JSON alone: {"questions": [{"text": "…?", "group": "…", "negation": "…?"}, …]}'


class Pair(NamedTuple):
    """Two classes that a trained model confuses.

    Attributes:
        first: a class.
        second: the other one.
        times: how many pictures of either were taken for the other.
    """

    first: str
    second: str
    times: int


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_TEXT: dict[str, Any] = {"type": "string"}
CANDIDATES_SCHEMA = _object(
    questions=_list(_object(text=_TEXT, group={"type": "string", "enum": list(GROUPS)}, negation=_TEXT))
)
CHOICE_SCHEMA = _object(numbers=_list({"type": "integer"}))
NEGATIONS_SCHEMA = _object(questions=_list(_object(text=_TEXT, negation=_TEXT)))


def candidates(number: int, classes: Sequence[str], known: Sequence[str], note: str = "") -> str:
    """Return the prompt for `number` new questions.

    Args:
        number: of questions wanted.
        classes: class names, or a part of them.
        known: questions that are there already.
        note: what was wrong with the reply before; empty: nothing.
    """
    return _joined(
        "A picture classifier is to learn visual features besides its classes. These are the classes, or "
        f"some of them:\n{_lines(classes)}",
        f"Write {_number(number, 'new question')} that anyone who looks at one picture of these classes "
        "can answer by Yes or No without knowing what the classes are called.",
        _RULES,
        _known(known),
        note,
        _FORM,
    )


def telling_apart(number: int, pairs: Sequence[Pair], known: Sequence[str], note: str = "") -> str:
    """Return the prompt for `number` questions whose answers differ between confused classes."""
    confused = [f"{pair.first} / {pair.second} ({pair.times} pictures)" for pair in pairs]
    return _joined(
        "A picture classifier was trained, and these pairs of classes are those that it confuses most on "
        f"pictures it has not learnt from:\n{_lines(confused)}",
        f"Write {_number(number, 'new question')} about visible features in which the two classes of such a "
        "pair differ, most for the first pairs. Anyone who looks at one picture can answer them by Yes or No "
        "without knowing what the classes are called.",
        _RULES,
        _known(known),
        note,
        _FORM,
    )


def choice(
    number: int, texts: Sequence[str], classes: Sequence[str], more: int, pairs: Sequence[Pair]
) -> str:
    """Return the prompt that has `number` of the candidates chosen by their numbers, from 1.

    Args:
        number: of candidates wanted.
        texts: the candidates.
        classes: class names.
        more: how many classes are not among these.
        pairs: of classes that a model confuses.
    """
    rest = f"\nand {more:,} more of the kind" if more else ""
    confused = f"Pairs that are hard to tell apart:\n{_lines([f'{p.first} / {p.second}' for p in pairs])}"
    return _joined(
        f"These yes/no questions may be asked about pictures:\n{_numbered(texts)}",
        f"The pictures show these classes:\n{_lines(classes)}{rest}",
        confused if pairs else "",
        f"Choose the {number} of the {len(texts)} questions that together tell most about which class a "
        "picture shows: relevant to these classes, answered Yes for a good part of them and No for another, "
        "easy to answer from a picture, and distinct, so that no chosen question repeats or implies another.",
        f'Reply with JSON alone, the {number} numbers, best first: {{"numbers": [3, 1, …]}}',
    )


def negations(texts: Sequence[str]) -> str:
    """Return the prompt that has questions put the other way round."""
    return _joined(
        "Put each of these yes/no questions the other way round, in English, so that its answer becomes No "
        f"wherever it was Yes, and Yes wherever it was No:\n{_numbered(texts)}",
        'Reply with JSON alone: {"questions": [{"text": "the question", "negation": "…?"}, …]}',
    )


def _known(texts: Sequence[str]) -> str:
    return (
        f"These questions are there already; repeat none of them in other words:\n{_lines(texts)}"
        if texts
        else ""
    )


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)


def _numbered(texts: Sequence[str]) -> str:
    return "\n".join(f"{place}. {text}" for place, text in enumerate(texts, 1))


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
