from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from makd.data.samples import Sample
from makd.errors import MakdError
from makd.questions.bank import Question, QuestionBank
from makd.teachers.base import Answer, Failure, Need, TeacherCard
from makd.teachers.checkpoint import Checkpoint
from makd.teachers.heeding import FIRST, REPLY_TOKENS, heeded
from makd.teachers.transformers_teacher import TransformersTeacher

BANK = QuestionBank.from_texts(["Is it red?", "Is it round?"]).questions
SAMPLES = [Sample(f"{i:02d}.png", None) for i in range(20)]


class Stubborn:
    """Answers with masses of one's choice; the third picture cannot be answered."""

    card, needs = TeacherCard("stubborn"), "image"
    needs: Need

    def __init__(self, mass: Callable[[int], tuple[float, float]]) -> None:
        self.mass, self.taken, self.asked = mass, 0, []
        self.closed = False

    def answer(self, samples: Iterable[Sample], questions: Sequence[Question]) -> Iterator[Any]:
        try:
            for sample in samples:
                self.taken += 1
                number = int(sample.key[:2])
                if number == 2:
                    yield Failure(sample.key, "broken")
                    continue
                mass = np.array(self.mass(number), np.float32)
                yield Answer(sample.key, np.zeros(2, np.float32), mass)
        finally:
            self.closed = True


class Talking(Stubborn):
    def reply(self, sample: Sample, question: Question) -> str:
        assert self.closed
        self.asked.append((sample.key, question.text))
        return f"I see {sample.key}"


def test_a_teacher_that_heeds_is_left_alone() -> None:
    teacher = Talking(lambda number: (0.9, 0.2) if number < 10 else (0.0, 0.0))
    assert len(list(heeded(teacher, SAMPLES, BANK, 0.5))) == 20
    assert teacher.asked == []


def test_one_that_does_not_is_stopped_and_quoted() -> None:
    teacher = Talking(lambda number: (0.5, 0.01 * (20 - number)))
    outcomes = heeded(teacher, SAMPLES, BANK, 0.5)
    seen = [next(outcomes) for _ in range(FIRST + 1)]
    assert sum(isinstance(outcome, Answer) for outcome in seen) == FIRST
    with pytest.raises(MakdError, match=r"only 32\.9 % .* \(--min-mass 0\.5\)") as stopped:
        next(outcomes)
    assert teacher.taken == FIRST + 1
    assert teacher.asked == [
        ("08.png", "Is it round?"),
        ("07.png", "Is it round?"),
        ("06.png", "Is it round?"),
    ]
    assert "\n  08.png, Is it round? 'I see 08.png'\n" in str(stopped.value)


def test_fewer_pictures_than_the_first_count_too_and_silence_is_no_fault() -> None:
    few = SAMPLES[:2]
    with pytest.raises(MakdError, match="instruction-tuned"):
        list(heeded(Stubborn(lambda _: (0.1, 0.1)), few, BANK, 0.5))
    assert len(list(heeded(Stubborn(lambda _: (0.1, 0.1)), few, BANK, 0.0))) == 2
    assert len(list(heeded(Stubborn(lambda _: (np.nan, 0.9)), few, BANK, 0.5))) == 2
    assert len(list(heeded(Stubborn(lambda _: (np.nan, np.nan)), few, BANK, 0.5))) == 2
    assert list(heeded(Stubborn(lambda _: (0.0, 0.0)), [], BANK, 0.5)) == []


def test_a_checkpoint_says_what_comes_after_the_prompt(
    checkpoint: Checkpoint, make_samples: Callable[[int], list[Sample]]
) -> None:
    import torch
    from PIL import Image

    from makd.teachers.prompts import render

    (sample,) = make_samples(1)
    teacher, processor = TransformersTeacher(checkpoint), checkpoint.processor
    image = Image.open(sample.path).convert("RGB")
    inputs = processor(images=[image], text=[render(processor, BANK[0].text)], return_tensors="pt")
    start = inputs["input_ids"].shape[1]
    for _ in range(4):
        with torch.no_grad():
            best = checkpoint.model(**inputs).logits[:, -1:].argmax(-1)
        inputs["input_ids"] = torch.cat([inputs["input_ids"], best], 1)
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    by_hand = processor.tokenizer.decode(inputs["input_ids"][0, start:], skip_special_tokens=True)
    assert teacher.reply(sample, BANK[0]).startswith(by_hand)
    assert REPLY_TOKENS > 4
