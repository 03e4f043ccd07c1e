"""A writer of sound questions by rule, and an LLM that says what a test wants."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable
from itertools import product

PARTS = (
    "horns",
    "wings",
    "spots",
    "legs",
    "eyes",
    "ears",
    "stripes",
    "fins",
    "feathers",
    "scales",
    "teeth",
    "claws",
)
KINDS = (
    "long",
    "short",
    "red",
    "blue",
    "curved",
    "pointed",
    "large",
    "small",
    "many",
    "thick",
    "thin",
    "pale",
)
ALL = [f"Does it have {kind} {part}?" for part, kind in product(PARTS, KINDS)]


def new(prompt: str, number: int) -> list[str]:
    """Return so many questions that a prompt does not name yet."""
    return [text for text in ALL if f"- {text}\n" not in f"{prompt}\n"][:number]


def wanted(prompt: str) -> int:
    return int(re.search(r"(?:Write|Choose the) (\d+) ", prompt)[1])


def items(texts: Iterable[str], group: str = "part") -> list[dict[str, str]]:
    return [{"text": t, "group": group, "negation": t.replace("have", "lack")} for t in texts]


def obedient(prompt: str) -> str:
    """Reply to any prompt as told."""
    if "Choose the" in prompt:
        return json.dumps({"numbers": list(range(wanted(prompt), 0, -1))})
    if "Put each" in prompt:
        texts = re.findall(r"^\d+\. (.*)$", prompt, re.MULTILINE)
        return json.dumps({"questions": [{"text": t, "negation": t.replace("have", "lack")} for t in texts]})
    return json.dumps({"questions": items(new(prompt, wanted(prompt)))})


class Scripted:
    """Says what it is given in order, then what `then` makes of the prompt."""

    name = "scripted"

    def __init__(self, *replies: str | Callable[[str], str], then: Callable[[str], str] = obedient) -> None:
        self.replies, self.then = deque(replies), then
        self.prompts: list[str] = []

    def reply(self, prompt: str, schema: object) -> str:
        self.prompts.append(prompt)
        given = self.replies.popleft() if self.replies else self.then
        return given if isinstance(given, str) else given(prompt)
