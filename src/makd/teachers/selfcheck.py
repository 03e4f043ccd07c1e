"""Never silently wrong: the fast path is held against the plain one, and given up when it differs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from makd.errors import MakdError
from makd.progress import Progress
from makd.teachers.paths import PATHS, Plan
from makd.teachers.pictures import Picture

if TYPE_CHECKING:
    from torch import Tensor

FLOORS = {"float32": 1e-3, "float16": 0.03, "bfloat16": 0.25}
"""Differences in log-odds that the rounding of a type explains: allowed however quiet the plain path is."""

NOISE_MULTIPLE = 4.0
_CEILING = 10.0
_QUESTIONS = 8
_RARELY = 1000
_SMALLER = "takes too much memory at once"
_SIGNS = ("out of memory", "can't allocate memory", "not enough memory", "ALLOC_FAILED")


class MemoryExceededError(MakdError):
    """The device's memory does not suffice for so many pictures at once."""


class CheckedEngine:
    """Answers batches by the fastest path that agrees with the plain one.

    A batch is checked when it is the first, when its prefix is longer than any before, and after 4, 16, 64, …
    pictures, later every thousand. The first check compares all questions of one picture, later ones eight.
    The limit is four times the plain path's own noise (the same question alone and in a batch), at least the
    floor of the weights' type and at most ten times it, so that a plain path that fails in batches loosens
    nothing.

    Attributes:
        model: a transformers model.
        processor: its processor.
        plan: what is asked.
        path: name of the path in use.
        seconds: what the last batch took on it, checks not counted.
    """

    def __init__(self, model: Any, processor: Any, plan: Plan, progress: Progress) -> None:
        self.model, self.processor, self.plan, self.progress = model, processor, plan, progress
        self.floor = FLOORS[str(model.dtype).removeprefix("torch.")]
        self.path = next(iter(PATHS))
        self.seconds = 0.0
        self._limit = self.floor
        self._longest = -1
        self._answered = 0
        self._next_check = 0
        self._checks = 0

    def answer(self, pictures: Sequence[Picture]) -> tuple[Tensor, Tensor]:
        """Return log-odds and yes-no mass, both `[B, Q]`, of pictures with equal prefix length.

        Raises:
            MemoryExceededError: fewer pictures at once may do; one of them does not even in small passes.
            MakdError: even the plain path fails.
        """
        while True:
            try:
                began = time.perf_counter()
                log_odds, mass = self.run(self.path, pictures, self.plan)
                self.seconds = time.perf_counter() - began
                fault = None if self.path == "plain" else self._fault(pictures, log_odds)
            except Exception as error:  # a model may refuse masks, positions or caches in any way
                fault = self._explain(error, pictures)
            if fault == _SMALLER:
                continue
            if fault is None:
                self._answered += len(pictures)
                return log_odds, mass
            self._step_down(fault)

    def run(self, path: str, pictures: Sequence[Picture], plan: Plan) -> tuple[Tensor, Tensor]:
        """Return log-odds and yes-no mass by the path of that name, unchecked."""
        import torch

        logits = PATHS[path](self.model, self.processor, pictures, plan)
        batch, _, vocabulary = logits.shape
        of_rows = logits.view(batch, -1, len(plan.forms.starts), vocabulary)
        scores = [
            plan.forms.score(own) for own in of_rows
        ]  # one by one: the exponentials of a vocabulary are large
        log_odds, mass = (torch.stack(values).cpu() for values in zip(*scores, strict=True))
        return log_odds, mass

    def noise(self, picture: Picture, questions: Sequence[int], together: Tensor) -> float:
        """Return how far the plain path's log-odds `[len(questions)]` are from those of each asked alone."""
        alone = [
            self.run("plain", [picture], self.plan.asking([question]))[0][0, 0] for question in questions
        ]
        return max(abs(float(one - other)) for one, other in zip(alone, together, strict=True))

    def _fault(self, pictures: Sequence[Picture], log_odds: Tensor) -> str | None:
        """Compare one picture of the batch with the plain path where a check is due."""
        longer = pictures[0].length > self._longest
        if not longer and self._answered < self._next_check:
            return None
        number = len(self.plan.prompts.texts)
        few = [(self._checks + i * number // _QUESTIONS) % number for i in range(min(number, _QUESTIONS))]
        asked = few if self._checks else list(range(number))
        place = self._checks % len(pictures)
        reference, _ = self.run("plain", [pictures[place]], self.plan.asking(asked))
        if longer:
            noise = self.noise(pictures[place], few, reference[0, [asked.index(q) for q in few]])
            self._limit = min(max(self.floor, NOISE_MULTIPLE * noise), _CEILING * self.floor)
        self._checks += 1
        self._longest = max(self._longest, pictures[0].length)
        self._next_check = min(4 * (self._answered + 1), self._answered + _RARELY)
        difference = (log_odds[place, asked] - reference[0]).abs().max().item()
        if difference <= self._limit:
            return None
        return f"differs from the plain one by {difference:.2g} in log-odds (limit {self._limit:.2g})"

    def _explain(self, error: Exception, pictures: Sequence[Picture]) -> str:
        if is_lack_of_memory(error):
            if len(pictures) == 1 and self.plan.tokens > max(pictures[0].length, 1):
                self.plan = replace(
                    self.plan, tokens=self.plan.tokens // 2
                )  # the plain path in smaller passes
                return _SMALLER
            raise MemoryExceededError(
                f"The teacher ran out of memory on {len(pictures)} picture(s) at once. Set a smaller "
                "--teacher.batch-size, fewer --teacher.tiles, or --teacher.dtype bfloat16."
            ) from error
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        if self.path == "plain":
            raise MakdError(f"The teacher cannot answer ({reason}).") from error
        return f"fails on this model ({reason})"

    def _step_down(self, fault: str) -> None:
        names = list(PATHS)
        below = names[names.index(self.path) + 1]
        self.progress.say(
            f"The teacher's {self.path} path {fault}. Going on with the {below} path, which is slower."
        )
        self.path = below
        self._longest, self._next_check, self._checks = -1, 0, 0


def is_lack_of_memory(error: Exception) -> bool:
    """Whether an allocator, of a device or of the CPU, found no room."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)
