"""A few pictures asked about and timed: what a full run would take."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from makd.data.samples import Sample
from makd.questions.bank import Question
from makd.teachers.base import Answer, Failure, Teacher


class Used(Protocol):
    """What teachers that are paid or counted tell as `usage`: everything since they were opened."""

    @property
    def requests(self) -> int:
        """Sent."""

    @property
    def input_tokens(self) -> int:
        """As the server counts them."""

    @property
    def output_tokens(self) -> int:
        """Of replies."""

    @property
    def cost(self) -> float | None:
        """At the given prices; None without prices."""


@dataclass(frozen=True, slots=True)
class Timed:
    """What came back, and when.

    Attributes:
        answers: by key.
        failures: reasons by key.
        start: seconds before the first reply beyond those of a usual one: warming up, checking.
        each: seconds a picture after that.
        used: (requests, input tokens, output tokens, cost or None) of these pictures; None where the teacher
            counts none.
    """

    answers: dict[str, Answer]
    failures: dict[str, str]
    start: float
    each: float
    used: tuple[int, int, int, float | None] | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a full run would take, at the rate of a few pictures.

    Attributes:
        images: to be asked about.
        seconds: start and asking, without loading the teacher.
        each: seconds a picture.
        requests: to a server; None where there is none (so the tokens).
        input_tokens: as the server counts them.
        output_tokens: of replies.
        cost: at the given prices; None without prices.
    """

    images: int
    seconds: float
    each: float
    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None


def forecast(timed: Timed, images: int) -> Forecast:
    """Scale what a few pictures took to `images` pictures."""
    seconds = timed.start + timed.each * images
    asked = len(timed.answers) + len(timed.failures)
    if timed.used is None or not asked:
        return Forecast(images, seconds, timed.each)
    cost = timed.used[3]
    requests, into, out = (round(count * images / asked) for count in timed.used[:3])
    whole = None if cost is None else cost * images / asked
    return Forecast(images, seconds, timed.each, requests, into, out, whole)


def ask_timed(teacher: Teacher, samples: Sequence[Sample], questions: Sequence[Question]) -> Timed:
    """Ask `questions` about `samples` and take the times at which replies come.

    A teacher that chooses its batches itself (`batch_size` None) takes one picture at a time here, and the
    usual time between two replies is their median, so that warming up and a check now and then do not count
    for the whole. A teacher that counts its usage (a server) works at many pictures at a time: there the
    whole time is shared among them.
    """
    answers: dict[str, Answer] = {}
    failures: dict[str, str] = {}
    before = usage(teacher)
    with _one_at_a_time(teacher):
        stamps = [time.perf_counter()]
        for reply in teacher.answer(samples, questions):
            stamps.append(time.perf_counter())
            if isinstance(reply, Failure):
                failures[reply.key] = reply.reason
            else:
                answers[reply.key] = reply
    after = usage(teacher)
    gaps = np.diff(stamps)
    if before is not None and after is not None:
        each, start = float(gaps.sum()) / max(len(gaps), 1), 0.0
    else:
        each = float(np.median(gaps[1:])) if len(gaps) > 1 else float(gaps.sum())
        start = max(float(gaps[0]) - each, 0.0) if len(gaps) else 0.0
    return Timed(answers, failures, start, each, _difference(before, after))


def usage(teacher: Teacher) -> Used | None:
    """Return what the teacher has used since it was opened, None where it does not count."""
    found: Used | None = getattr(teacher, "usage", None)
    return found


def _difference(before: Used | None, after: Used | None) -> tuple[int, int, int, float | None] | None:
    if before is None or after is None:
        return None
    cost = None if after.cost is None else after.cost - (before.cost or 0)
    return (
        after.requests - before.requests,
        after.input_tokens - before.input_tokens,
        after.output_tokens - before.output_tokens,
        cost,
    )


@contextmanager
def _one_at_a_time(teacher: Any) -> Iterator[None]:
    """Let a teacher that chooses its batches take single pictures meanwhile."""
    if getattr(teacher, "batch_size", 1) is not None:
        yield
        return
    teacher.batch_size = 1
    try:
        yield
    finally:
        teacher.batch_size = None
