from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from makd.data.samples import Sample
from makd.questions.bank import QuestionBank
from makd.teachers import rate
from makd.teachers.base import Answer, Failure, TeacherCard
from makd.teachers.rate import Forecast, Timed, ask_timed, forecast

QUESTIONS = QuestionBank.from_texts(["Is it red?", "Is it round?"]).questions
SAMPLES = [Sample(f"{i}.png", None) for i in range(6)]


@dataclass
class Clock:
    now: float = 0.0

    def perf_counter(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(rate, "time", clock)
    return clock


@dataclass(frozen=True)
class Usage:
    requests: int
    input_tokens: int
    output_tokens: int
    cost: float | None


@dataclass
class Slow:
    """Takes the given seconds a picture; the third one cannot be read."""

    clock: Clock
    seconds: list[float]
    batch_size: int | None = None
    seen: list[int | None] = field(default_factory=list)
    card: TeacherCard = field(default_factory=lambda: TeacherCard("slow"))
    needs: str = "image"

    def answer(self, samples, questions):
        self.seen.append(self.batch_size)
        for sample, seconds in zip(samples, self.seconds, strict=True):
            self.clock.now += seconds
            if sample.key == "2.png":
                yield Failure(sample.key, "no picture")
            else:
                yield Answer(sample.key, np.zeros(2, np.float32), np.ones(2, np.float32))


@dataclass
class Paid(Slow):
    usage: Usage = field(default_factory=lambda: Usage(10, 100, 10, 1.0))

    def answer(self, samples, questions):
        yield from super().answer(samples, questions)
        self.usage = Usage(22, 1300, 22, 4.0)


def test_warming_up_and_a_check_do_not_count_for_the_whole(clock):
    teacher = Slow(clock, [60, 2, 2, 9, 2, 2])
    timed = ask_timed(teacher, SAMPLES, QUESTIONS)
    assert (timed.start, timed.each, timed.used) == (58, 2, None)
    assert timed.failures == {"2.png": "no picture"}
    assert list(timed.answers) == ["0.png", "1.png", "3.png", "4.png", "5.png"]


def test_batches_are_the_teacher_s_own_again_afterwards(clock):
    teacher = Slow(clock, [1] * 6)
    ask_timed(teacher, SAMPLES, QUESTIONS)
    assert (teacher.seen, teacher.batch_size) == ([1], None)
    asked_for = Slow(clock, [1] * 6, batch_size=4)
    ask_timed(asked_for, SAMPLES, QUESTIONS)
    assert asked_for.seen == [4]


def test_a_server_s_time_is_shared_and_its_usage_is_that_of_these_pictures(clock):
    timed = ask_timed(Paid(clock, [7, 0, 0, 0, 5, 0]), SAMPLES, QUESTIONS)
    assert (timed.start, timed.each) == (0, 2)
    assert timed.used == (12, 1200, 12, 3.0)


def test_one_picture_alone(clock):
    timed = ask_timed(Slow(clock, [5]), SAMPLES[:1], QUESTIONS)
    assert (timed.start, timed.each) == (0, 5)


def test_a_forecast_scales_what_a_few_took():
    few = dict.fromkeys("abcd")
    timed = Timed(few, {"e": "no picture"}, 30.0, 2.0, (10, 5000, 10, 0.25))
    assert forecast(timed, 1000) == Forecast(1000, 2030.0, 2.0, 2000, 1_000_000, 2000, 50.0)
    assert forecast(Timed(few, {}, 30.0, 2.0, None), 1000) == Forecast(1000, 2030.0, 2.0)
