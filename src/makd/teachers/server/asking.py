"""All questions about one picture, put to a server one by one or several to a request."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Sequence

import numpy as np

from makd.data.samples import Sample
from makd.progress import Progress
from makd.questions.bank import Question
from makd.teachers.base import Answer
from makd.teachers.server.client import Client
from makd.teachers.server.errors import RefusedError
from makd.teachers.server.messages import (
    TOKENS_A_LINE,
    Message,
    many_questions,
    message,
    one_question,
)
from makd.teachers.server.replies import Reading, read, read_list


async def ask_singly(
    client: Client, picture: Message, questions: Sequence[Question], hard: float
) -> list[Reading]:
    """Ask each question by itself; the first one ahead, so that the server has seen the picture."""

    async def ask(question: Question) -> Reading:
        return read(await client.ask(message(one_question(question.text), picture)), hard)

    first = await ask(questions[0])
    return [first, *await asyncio.gather(*map(ask, questions[1:]))]


async def ask_jointly(
    client: Client, picture: Message, questions: Sequence[Question], hard: float, *, number: int, seed: str
) -> list[Reading]:
    """Ask `number` questions a request, in an order drawn from `seed`, so that neighbours change.

    Raises:
        RefusedError: not one answer can be read in a reply.
    """
    order = list(range(len(questions)))
    random.Random(seed).shuffle(order)

    async def ask(places: Sequence[int]) -> list[Reading]:
        text = many_questions([questions[place].text for place in places])
        reply = await client.ask(message(text, picture), TOKENS_A_LINE * len(places))
        readings = read_list(reply.text, len(places), hard)
        if all(math.isnan(reading.log_odds) for reading in readings):
            raise RefusedError(f"no answer can be read in the reply {reply.text[:60]!r}")
        return readings

    groups = [order[start : start + number] for start in range(0, len(order), number)]
    replies = [await ask(groups[0]), *await asyncio.gather(*map(ask, groups[1:]))]
    found = {
        place: reading
        for places, readings in zip(groups, replies, strict=True)
        for place, reading in zip(places, readings, strict=True)
    }
    return [found[place] for place in range(len(questions))]


class Comparison:
    """How often joint questions are answered otherwise than single ones, on the first pictures.

    Args:
        pictures: on how many; 0: on none.
        progress: where the share is said when they are all answered.
    """

    def __init__(self, pictures: int, progress: Progress) -> None:
        self.pictures, self.progress = pictures, progress
        self._begun = self._ended = self._both = self._differ = self._lacking = self._asked = 0

    def begin(self) -> bool:
        """Return whether the next picture is among them."""
        self._begun += 1
        return self._begun <= self.pictures

    def add(self, joint: Sequence[Reading], single: Sequence[Reading]) -> None:
        """Count one picture's answers, and say what came out when it is the last."""
        signs = [
            (math.copysign(1, a.log_odds), math.copysign(1, b.log_odds)) for a, b in _both(joint, single)
        ]
        self._both += len(signs)
        self._differ += sum(a != b for a, b in signs)
        self._lacking += sum(math.isnan(reading.log_odds) for reading in joint)
        self._asked += len(joint)
        self._ended += 1
        if self._ended == self.pictures:
            self.progress.say(str(self))

    def end(self) -> None:
        """Say what came out when there were fewer pictures."""
        if 0 < self._ended < self.pictures:
            self.progress.say(str(self))

    def __str__(self) -> str:
        if not self._both:
            return f"On {self._ended} pictures no question was answered both jointly and singly."
        share = self._differ / self._both
        return (
            f"On {self._ended} pictures {share:.1%} of {self._both:,} joint answers differ from "
            f"those to single questions, and {self._lacking / self._asked:.1%} are lacking."
        )


def _both(joint: Sequence[Reading], single: Sequence[Reading]) -> list[tuple[Reading, Reading]]:
    pairs = zip(joint, single, strict=True)
    return [pair for pair in pairs if not any(math.isnan(reading.log_odds) for reading in pair)]


def as_answer(sample: Sample, readings: Sequence[Reading], path: str) -> Answer:
    """Return the answers to all questions about one picture."""
    return Answer(
        sample.key,
        np.array([reading.log_odds for reading in readings], dtype=np.float32),
        np.array([reading.mass for reading in readings], dtype=np.float32),
        kind=tuple(reading.kind for reading in readings),
        path=path,
        instance=sample.instance,
    )
