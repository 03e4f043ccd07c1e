"""Pictures, a bank, and a teacher whose answers can be computed by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from makd.answers.extract import extract_answers
from makd.answers.store import AnswerStore
from makd.data.samples import Sample
from makd.questions.bank import Question, QuestionBank
from makd.teachers.base import Answer, Failure, Need, TeacherCard


def log_odds(content: bytes, questions: Sequence[Question]) -> np.ndarray:
    """What `HashTeacher` answers: a number that depends on the content and each question alone."""
    digests = [hashlib.md5(content + question.text.encode()).digest() for question in questions]
    return np.array([int.from_bytes(d[:2], "big") / 6553.6 - 5 for d in digests], dtype=np.float32)


@dataclass
class HashTeacher:
    """Answers from a hash of what it is shown; two samples in flight, yielded in reverse order."""

    needs: Need = "image"
    card: TeacherCard = field(default_factory=lambda: TeacherCard("hash", image_settings={"size": (8, 8)}))
    fails_on: frozenset[str] = frozenset()
    stops_after: int | None = None
    error: type[BaseException] = RuntimeError
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    shown: list[Sample] = field(default_factory=list)
    ahead: int = 2

    def answer(self, samples: Iterable[Sample], questions: Sequence[Question]) -> Iterator[Answer | Failure]:
        waiting: list[Sample] = []
        for sample in samples:
            if self.stops_after is not None and len(self.asked) >= self.stops_after:
                raise self.error("stopped")
            self.asked.append((sample.key, tuple(question.id for question in questions)))
            self.shown.append(sample)
            waiting.append(sample)
            if len(waiting) == self.ahead:
                yield from self._reply(waiting, questions)
        yield from self._reply(waiting, questions)

    def _reply(self, waiting: list[Sample], questions: Sequence[Question]) -> Iterator[Answer | Failure]:
        while waiting:
            sample = waiting.pop()
            if sample.key in self.fails_on:
                yield Failure(sample.key, "cannot be decoded", sample.instance)
                continue
            content = sample.path.read_bytes() if sample.path else str(sample.class_name).encode()
            values = log_odds(content, questions)
            mass = np.full(len(questions), 0.9, dtype=np.float32)
            yield Answer(sample.key, values, mass, path="plain", instance=sample.instance)


@pytest.fixture
def bank() -> QuestionBank:
    return QuestionBank.from_texts(["Is it red?", "Is it round?", "Has it wings?"])


@pytest.fixture
def make_samples(tmp_path: Path) -> Callable[[int], list[Sample]]:
    def make(n: int) -> list[Sample]:
        folder = tmp_path / "data"
        folder.mkdir()
        samples = []
        for i in range(n):
            path = folder / f"{i:04d}.jpg"
            path.write_bytes(f"picture {i}".encode())
            samples.append(Sample(path.name, path, i % 2, "ab"[i % 2], "train"))
        return samples

    return make


@pytest.fixture
def store(make_samples, bank, tmp_path) -> AnswerStore:
    extract_answers(make_samples(4), HashTeacher(), bank, tmp_path / "store", source="data")
    return AnswerStore.open(tmp_path / "store")
