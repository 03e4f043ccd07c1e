"""What questions a reply holds, however it is written: JSON, even broken or in a code fence, or lines."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from makd.questions.generation.lines import bare, read_lines
from makd.questions.generation.wording import group_of, normal_form


class Draft(NamedTuple):
    """A question as an LLM wrote it.

    Attributes:
        text: the question, unjudged.
        group: as given; None: not given.
        negation: as given; None: not given.
    """

    text: str
    group: str | None = None
    negation: str | None = None


_TEXT_KEYS = ("text", "question", "q", "query")
_GROUP_KEYS = ("group", "category", "type", "kind", "aspect")
_NEGATION_KEYS = ("negation", "negated", "negative", "negated_question", "opposite", "inverse")
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_INNERMOST = re.compile(r"\{[^{}]*\}")
_DECODER = json.JSONDecoder()


def read_questions(reply: str) -> list[Draft]:
    """Return the questions of a reply in its order, unjudged; empty when it holds none."""
    text = said(reply)
    drafts = [draft for value in _json_values(text) for draft in _drafts(value)]
    return drafts or list(_quoted(text)) or [Draft(*line) for line in read_lines(text)]


def read_choice(reply: str, texts: Sequence[str]) -> list[int]:
    """Return the places (from 0) of the texts that a reply chooses, in its order, each once.

    It may give their numbers (from 1), themselves, or both; where a renumbered list repeats the questions,
    the questions count.
    """
    text = said(reply)
    place_of = {normal_form(text): place for place, text in enumerate(texts)}
    repeated = [place_of.get(normal_form(draft.text)) for draft in read_questions(text)]
    if any(place is not None for place in repeated):
        places = [place for place in repeated if place is not None]
    else:
        numbers = [number for value in _json_values(text) for number in _numbers(value)]
        places = [number - 1 for number in numbers or _numbers_of_lines(text)]
    return list(dict.fromkeys(place for place in places if 0 <= place < len(texts)))


def said(reply: str) -> str:
    """Return a reply without what the model thought before it."""
    return _THOUGHT.sub("", reply).strip().removeprefix("</think>")


def _json_values(text: str) -> Iterator[Any]:
    """Yield every whole JSON value in a text; of a broken one, the whole ones inside."""
    place, found = 0, False
    while (start := _bracket(text, place)) is not None:
        try:
            value, place = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            place = start + 1
            continue
        if value:
            found = True
            yield value
    if not found:
        yield from _python_values(text)


def _python_values(text: str) -> Iterator[Any]:
    for braces in _INNERMOST.findall(text):
        try:
            yield ast.literal_eval(braces)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue


def _bracket(text: str, start: int) -> int | None:
    found = re.compile(r"[\[{]").search(text, start)
    return found.start() if found else None


def _drafts(value: Any, group: str | None = None) -> Iterator[Draft]:
    """Yield the questions in a JSON value: objects of a question, strings, both in lists or under groups."""
    if isinstance(value, str):
        if " " in value.strip() or value.rstrip().endswith(("?", "\uff1f")):
            yield Draft(bare(value), group)
    elif isinstance(value, Sequence):
        for item in value:
            yield from _drafts(item, group)
    elif isinstance(value, Mapping):
        fields = {str(key).strip().casefold().replace(" ", "_"): item for key, item in value.items()}
        text = _first(fields, _TEXT_KEYS)
        if text is not None:
            yield Draft(bare(text), _first(fields, _GROUP_KEYS) or group, _first(fields, _NEGATION_KEYS))
            return
        for key, item in value.items():
            yield from _drafts(item, group_of(str(key)) or group)


def _quoted(text: str) -> Iterator[Draft]:
    """Yield the questions that stand as strings in JSON that was cut off."""
    if re.search(r'[\[{,:]\s*"', text):
        yield from (Draft(bare(string)) for string in re.findall(r'"((?:[^"\\\n]|\\.)*[?\uff1f])"', text))


def _first(fields: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    return next((text for key in keys if isinstance(text := fields.get(key), str) and text.strip()), None)


def _numbers(value: Any) -> Iterator[int]:
    if isinstance(value, int) and not isinstance(value, bool):
        yield value
    elif isinstance(value, str):
        if found := re.match(r"\W*(?:q|question)?\s*#?(\d+)\b", value, re.IGNORECASE):
            yield int(found[1])
    elif isinstance(value, Sequence):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, Mapping):
        named = next((value[key] for key in ("number", "id", "index", "n") if key in value), None)
        for item in value.values() if named is None else (named,):
            yield from _numbers(item)


def _numbers_of_lines(text: str) -> list[int]:
    """Return numbers of lines of numbers alone, else of an enumeration, else those that begin lines."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    alone = [line for line in lines if re.fullmatch(r"[\d\s,;.&#*\-\u2022()\[\]]*|(?:[\d\s,;]|and)+", line)]
    if numbers := [int(number) for line in alone for number in re.findall(r"\d+", line)]:
        return numbers
    runs = re.findall(r"(?:#?\d+\s*(?:[,;]|,?\s*(?:and|&))\s*)+#?\d+", text)
    if runs:
        return [int(number) for number in re.findall(r"\d+", max(runs, key=len))]
    starts = (re.match(r"[\W_]*(?:q|question|no)?[\s.#]*(\d+)\b", line, re.IGNORECASE) for line in lines)
    return [int(found[1]) for found in starts if found]
