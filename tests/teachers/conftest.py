from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from makd.data.samples import Sample
from makd.questions.bank import Question, QuestionBank
from makd.teachers.checkpoint import Checkpoint, load_checkpoint
from tests.teachers import random_checkpoints

SIZES = ((64, 64), (90, 40), (64, 64), (40, 90), (120, 80), (30, 30))


@pytest.fixture(scope="session")
def internvl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_checkpoints.internvl(tmp_path_factory.mktemp("internvl"))


@pytest.fixture(scope="session")
def fastvlm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_checkpoints.fastvlm(tmp_path_factory.mktemp("fastvlm"))


@pytest.fixture(scope="session")
def split_words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose tokenizer knows neither Yes nor No as one token."""
    return random_checkpoints.internvl(tmp_path_factory.mktemp("split"), words=())


@pytest.fixture(scope="session", params=["internvl", "fastvlm", "split_words"])
def checkpoint(request: pytest.FixtureRequest) -> Checkpoint:
    return load_checkpoint(request.getfixturevalue(request.param), dtype="float32", device="cpu")


@pytest.fixture
def questions() -> Sequence[Question]:
    return QuestionBank.from_texts(random_checkpoints.QUESTIONS).questions


@pytest.fixture
def make_samples(tmp_path: Path) -> Callable[[int], list[Sample]]:
    """Write pictures of noise in several sizes."""

    def make(number: int) -> list[Sample]:
        rng = np.random.default_rng(0)
        samples = []
        for index in range(number):
            width, height = SIZES[index % len(SIZES)]
            path = tmp_path / f"{index}.png"
            Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(path)
            samples.append(Sample(f"{index}.png", path))
        return samples

    return make
