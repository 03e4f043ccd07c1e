"""Words of the command line: split by cyclopts into names and values, judged by nobody here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cyclopts import App, CoercionError, CycloptsError, MissingArgumentError, Token

from makd.errors import UsageError

NESTED = "__"
"""What stands for the dots of a setting's name in the name of a parameter."""


def split(app: App, tokens: Sequence[str], rest: str | None = None) -> dict[str, list[str]]:
    """Return what was typed after a verb: values by flag (`--lr`) or by the name of their place (`data`).

    A switch has the value `true` or `false`, a flag that lacks its value has none, so that the one who judges
    sees all there is. Words too many stand under the empty name.

    Args:
        app: the verb's app.
        tokens: the words after the verb.
        rest: the place that takes every word left over (also those behind `--`).

    Raises:
        UsageError: the words cannot be split.
    """
    left = list(tokens)
    values: dict[str, list[str]] = {}
    while True:
        try:
            _, bound, unused, _ = app.parse_known_args(left)
            break
        except (MissingArgumentError, CoercionError) as error:
            flag, given = _take(left, error)
            values.setdefault(flag, []).extend(given)
        except CycloptsError as error:
            raise UsageError(_sentence(error)) from error
    for slot, value in bound.arguments.items():
        for name, text in _pairs(slot.replace(NESTED, "."), value):
            values.setdefault(name, []).append(text)
    if unused:
        values.setdefault(rest or "", []).extend(unused)
    return values


def as_typed(_: type, tokens: Any) -> Any:
    """Convert nothing: the converter by which cyclopts hands over its tokens, each with the flag as typed."""
    return list(tokens) if isinstance(tokens, tuple) else tokens


def _take(left: list[str], error: MissingArgumentError | CoercionError) -> tuple[str, list[str]]:
    """Take the flag that cannot be split out of the words; return it and its value, if any."""
    flag = error.keyword if isinstance(error, MissingArgumentError) else error.token and error.token.keyword
    for position, word in enumerate(left):
        name, equals, value = word.partition("=")
        if name == flag:
            del left[position]
            return name, [value] if equals else []
    raise UsageError(_sentence(error)) from error


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, bool):
        yield f"--{name}", str(value).lower()
    elif isinstance(value, Token):
        yield value.keyword or name, value.value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _pairs(name, inner)


def _sentence(error: CycloptsError) -> str:
    return str(error).splitlines()[-1]
