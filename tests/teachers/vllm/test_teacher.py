"""vLLM itself lives in another environment: here its place is taken by the checkpoint's own logits."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from makd.data.samples import Sample
from makd.errors import UsageError
from makd.questions.bank import Question
from makd.teachers.base import Answer, Failure
from makd.teachers.checkpoint import Checkpoint
from makd.teachers.registry import open_teacher
from makd.teachers.transformers_teacher import TransformersTeacher
from makd.teachers.vllm.engine import Engine
from makd.teachers.vllm.teacher import VllmTeacher


class FakeVllm:
    """Answers prompts of token ids as vLLM does, by plain passes of the model."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint, self.batches = checkpoint, []

    def log_probabilities(
        self, _: Engine, prompts: Sequence[dict[str, Any]], tokens: Sequence[int]
    ) -> list[list[float]]:
        self.batches.append(len(prompts))
        found = []
        for prompt in prompts:
            processor, model = self.checkpoint.processor, self.checkpoint.model
            text = processor.tokenizer.decode(prompt["prompt_token_ids"])
            inputs = processor(images=[prompt["multi_modal_data"]["image"]], text=[text], return_tensors="pt")
            with torch.no_grad():
                logits = model(**inputs).logits[0, -1]
            found.append(logits.double().log_softmax(-1)[list(tokens)].tolist())
        return found


@pytest.fixture
def vllm(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> FakeVllm:
    fake = FakeVllm(checkpoint)
    monkeypatch.setattr("makd.teachers.vllm.teacher.log_probabilities", fake.log_probabilities)
    return fake


def teacher_of(checkpoint: Checkpoint, **options: Any) -> VllmTeacher:
    return VllmTeacher(Engine(None, checkpoint.processor, "tiny", "", "float32", 32), **options)


def test_answers_are_those_of_the_checkpoint(
    checkpoint: Checkpoint,
    vllm: FakeVllm,
    make_samples: Callable[[int], list[Sample]],
    questions: Sequence[Question],
    tmp_path: Path,
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    samples, questions = [*make_samples(2), Sample("broken.png", broken)], questions[:3]
    expected = {a.key: a for a in TransformersTeacher(checkpoint).answer(samples, questions)}
    found = {a.key: a for a in teacher_of(checkpoint, batch_size=2).answer(samples, questions)}
    assert found.keys() == expected.keys()
    for key, answer in found.items():
        if isinstance(answer, Failure):
            assert answer == expected[key]
            continue
        reference = expected[key]
        assert isinstance(reference, Answer)
        np.testing.assert_allclose(answer.log_odds, reference.log_odds, atol=1e-3)
        np.testing.assert_allclose(answer.yes_no_mass, reference.yes_no_mass, atol=1e-4)
    rows = 3 * len(teacher_of(checkpoint).forms.starts)
    assert vllm.batches == [2, 2 * (rows - 1)]  # each picture's first prompt ahead of the others


def test_card(checkpoint: Checkpoint) -> None:
    card, reference = teacher_of(checkpoint).card, TransformersTeacher(checkpoint).card
    assert card.name == "vllm:tiny"
    assert (card.prompt, card.image_settings) == (reference.prompt, reference.image_settings)


def test_without_vllm_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(UsageError, match=r"environment lacks.*`make vllm-env`"):
        open_teacher("vllm:some/model")
