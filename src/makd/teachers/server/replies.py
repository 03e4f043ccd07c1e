"""From a server's reply to an answer: by the first token's probabilities if told, else by the words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from makd.teachers.base import Kind

FORMS = 8
"""Tokens that read "no" (or "yes") in a vocabulary, at most: three cases, with and without space, and two."""

_ROUNDING = 1e-6
_NEVER = -1000.0
_SPACES = " \t\r\n\u2581\u0120\u010a"
_WORD = re.compile(r"\b(yes|no)\b", re.IGNORECASE)
_LINE = re.compile(r"^\W*(?:q(?:uestion)?\s*)?(\d+)\b(.*)$", re.IGNORECASE)


class MalformedReplyError(ValueError):
    """A reply is not what the protocol says."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said to one request.

    Attributes:
        text: of the answer.
        first: the first token and its natural log-probability; None when the server tells none.
        top: likewise the most probable first tokens; empty when the server tells none.
        thinks: whether the model reasoned before it answered.
        model: what answered, as the server calls it.
        input_tokens: as the server counts them; None when it does not.
        output_tokens: likewise.
        refusal: what stands in the answer's place when the model refuses to give one in the form asked for.
    """

    text: str
    first: tuple[str, float] | None = None
    top: tuple[tuple[str, float], ...] = ()
    thinks: bool = False
    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reply as the answer to one question: `Answer.log_odds`, `.yes_no_mass`, `.kind` of one place."""

    log_odds: float
    mass: float
    kind: Kind


def parse(body: str) -> Reply:
    """Read the JSON of a chat completion.

    Raises:
        MalformedReplyError: it is no JSON, or holds no answer.
    """
    try:
        content = json.loads(body)
        choice = content["choices"][0]
        message, usage = choice["message"], content.get("usage") or {}
        tokens = (choice.get("logprobs") or {}).get("content") or []
        text = message.get("content") or ""
        return Reply(
            text=text,
            first=_pair(tokens[0]) if tokens else None,
            top=tuple(_pair(token) for token in tokens[0].get("top_logprobs") or ()) if tokens else (),
            thinks=_thinks(message, text, usage),
            model=str(content.get("model") or ""),
            input_tokens=usage.get("prompt_tokens"),
            output_tokens=usage.get("completion_tokens"),
            refusal=str(message.get("refusal") or ""),
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise MalformedReplyError(f"no chat completion: {body[:80]!r}") from error


def read(reply: Reply, hard: float) -> Reading:
    """Return the answer to the one question that a reply is about.

    With the probabilities of the k most probable tokens, the forms of yes and of no among them (whatever
    their case and the space around) add up to P(yes) and P(no). When one side is not among them, its
    probability is bounded twice over: each of its tokens is at most as probable as the least of the k, so
    together at most `FORMS` times that; and all that is not among the k is 1 - (sum of the k), to which
    the rounding of the numbers is added. The lesser bound takes the place of the missing side, and
    log_odds is a lower bound when no is missing, an upper one when yes is: `bounded`. There is no answer
    (NaN) when both are missing, or when the seen side does not exceed the bound, so that not even the sign
    is known. `yes_no_mass` is what was seen.

    Without probabilities the reply's first yes or no decides: log_odds is plus or minus `hard`, and
    yes_no_mass tells only whether there was one.
    """
    shown = reply.top or ((reply.first,) if reply.first else ())
    likely = [(token, value) for token, value in shown if value > _NEVER]
    if not likely:
        return read_word(reply.text, hard)
    yes, no = (sum(math.exp(v) for t, v in likely if _is(t, word)) for word in ("yes", "no"))
    unseen = max(0.0, 1 - sum(math.exp(value) for _, value in likely)) + _ROUNDING
    least = min(value for _, value in likely)
    bound = min(unseen, FORMS * math.exp(least)) if reply.top else unseen
    mass = min(yes + no, 1.0)
    if yes and no:
        return Reading(math.log(yes) - math.log(no), mass, "soft")
    if yes + no <= bound:
        return Reading(math.nan, mass, "bounded")
    return Reading(math.log(yes or bound) - math.log(no or bound), mass, "bounded")


def read_word(text: str, hard: float) -> Reading:
    """Return a hard answer from words: the first yes or no in them."""
    word = _WORD.search(text)
    if word is None:
        return Reading(math.nan, 0.0, "hard")
    return Reading(hard if word[1].lower() == "yes" else -hard, 1.0, "hard")


def read_list(text: str, number: int, hard: float) -> list[Reading]:
    """Return the answers to questions 1 to `number` from one reply; NaN for those that it lacks.

    It may be JSON (a list in order, or an object by number; also in a code block), numbered lines, or, when
    nothing is numbered, exactly one line a question.
    """
    words = _from_json(text) or _from_lines(text)
    if not words:
        lines = [line for line in text.splitlines() if _WORD.search(line)]
        words = dict(enumerate(lines, 1)) if len(lines) == number else {}
    return [read_word(words.get(place, ""), hard) for place in range(1, number + 1)]


def _from_json(text: str) -> dict[int, str]:
    found = re.search(r"[\[{].*[\]}]", text, re.DOTALL)
    try:
        content = json.loads(found[0]) if found else None
    except ValueError:
        return {}
    if (
        isinstance(content, Mapping)
        and len(content) == 1
        and isinstance(inner := next(iter(content.values())), list)
    ):
        content = inner
    if isinstance(content, list):
        return {place: _as_word(item) for place, item in enumerate(content, 1)}
    if not isinstance(content, Mapping):
        return {}
    numbered = ((re.search(r"\d+", str(key)), value) for key, value in content.items())
    return {int(place[0]): _as_word(value) for place, value in numbered if place}


def _as_word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value.get("answer", "")) if isinstance(value, Mapping) else str(value)


def _from_lines(text: str) -> dict[int, str]:
    found = (_LINE.match(line) for line in text.splitlines())
    return {int(line[1]): line[2] for line in found if line}


def _pair(token: Mapping[str, Any]) -> tuple[str, float]:
    return str(token["token"]), float(token["logprob"])


def _is(token: str, word: str) -> bool:
    return token.strip(_SPACES).lower() == word


def _thinks(message: Mapping[str, Any], text: str, usage: Mapping[str, Any]) -> bool:
    details = usage.get("completion_tokens_details") or {}
    said = message.get("reasoning_content") or message.get("reasoning")
    return bool(said or details.get("reasoning_tokens") or text.lstrip().startswith("<think"))
