"""Questions in a text without JSON: numbered lines, bullets, tables, under headings, with notes beside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from makd.questions.generation.wording import begins_as_question, fault, group_of


class Line(NamedTuple):
    """A question in lines; the fields of `parsing.Draft`."""

    text: str
    group: str | None
    negation: str | None


_MARK = re.compile(
    r"^\s*(?:[-*+\u2022\u2023\u25e6\u2043\u2013\u2014>]+\s+|\(?\d+\s*[.):\]\u3001-]\s*|"
    r"\(?[A-Za-z]\s*[.)]\s+|(?:q|question)\s*#?\d*\s*[.:)]\s*)+",
    re.IGNORECASE,
)
_DECORATION = re.compile(r"\*\*|__|`|^#+\s*|\"|\u201c|\u201d|\\")
_NEGATION = re.compile(
    r"^\W*(?:negation|negated(?: question)?|negative|opposite|inverse)\b\s*[:=-]?[\s*_]*", re.I
)
_GROUP = re.compile(r"^\W*(?:group|category|type|aspect)\b\s*[:=-]\s*", re.I)
_END = re.compile(r"[?\uff1f\u061f\u037e](?=\W|$|\w)")


def read_lines(text: str) -> list[Line]:
    """Return the questions that stand in lines, each with the group and negation given near it."""
    found: list[Line] = []
    heading: str | None = None
    for raw in _pieces(text):
        cell, others = _cells(_DECORATION.sub("", raw))
        line = _MARK.sub("", cell).strip().strip("'").strip()
        if found and (label := _NEGATION.match(line)):
            found[-1] = found[-1]._replace(negation=line[label.end() :] or None)
        elif label := _GROUP.match(line):
            group = group_of(line[label.end() :])
            found[-1:] = [last._replace(group=group) for last in found[-1:]]
        elif question := _question(line):
            behind = line[line.index(question) + len(question) :]
            found.append(_noted(question, [behind, *others], heading))
        elif len(line.split()) <= 4 and (group := group_of(line)):
            heading = group
    marked = [line for line in found if _END.search(line.text)]
    return marked if 2 * len(marked) > len(found) else found  # else a cut line would pass for a question


def bare(text: str) -> str:
    """Return a question without number, bullet or emphasis before it and without notes behind it."""
    text = _MARK.sub("", _DECORATION.sub("", text)).strip()
    end = _END.search(text)
    return text[: end.end()] if end else text


def _pieces(text: str) -> Iterator[str]:
    """Yield lines, those that hold several sentences with question marks in as many pieces."""
    for line in text.splitlines():
        yield from re.split(r"(?<=[?\uff1f])[\"'\u201d*_]*,? +(?=[\"'\u201c*_]*[A-Z])", line)


def _cells(line: str) -> tuple[str, list[str]]:
    """Return a line, or of a table's row the cell with the question; and the cells beside it."""
    cells = [cell.strip() for cell in re.split(r"\||\t", line)]
    first = next((place for place, cell in enumerate(cells) if _question(_MARK.sub("", cell))), None)
    if len(cells) == 1 or first is None:
        return line.strip(), []
    return cells[first], cells[:first] + cells[first + 1 :]


def _question(line: str) -> str | None:
    """Return the question in a line, without what leads to it.

    It ends with its mark; without one, only a line that begins as questions do is taken for one.
    """
    if end := _END.search(line):
        whole = line[: end.end()]
        tail = re.split(r"(?<=[.!:])\s+", whole)[-1]
        return tail if begins_as_question(tail) else whole
    sound = begins_as_question(line) and fault(line) is None and not line.endswith(":")
    return re.split(r"\s[(\[\u2013\u2014-]", line)[0] if sound else None


def _noted(question: str, notes: list[str], heading: str | None) -> Line:
    """Return a question with what the notes beside it say: its group, its negation."""
    group, negation = None, None
    for note in notes:
        text = note
        if negation is None and (asked := re.search(r"[A-Z][^?\uff1f:()\[\]|]*[?\uff1f]", note)):
            negation = asked[0]
            text = note.replace(negation, " ")
        group = group or group_of(text)
    return Line(question, group or heading, negation)
