"""Every family answers as whole prompts do, on the path that the self-check grants it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from makd.data.samples import Sample
from makd.questions.bank import Question
from makd.teachers.base import Answer
from makd.teachers.checkpoint import Checkpoint, load_checkpoint
from makd.teachers.paths import PATHS
from makd.teachers.transformers_teacher import TransformersTeacher
from tests.recorder import Recorder
from tests.teachers.by_hand import log_odds_by_hand
from tests.teachers.families import FAMILIES
from tests.teachers.families.gemma import gemma3, paligemma2
from tests.teachers.planted_faults import FAULTS
from tests.teachers.test_paths import LIMIT, Bench

Make = Callable[[int], list[Sample]]
SLOWER = {"PaliGemma 2": "plain", "Qwen3.5": "shared-prefix"}
"""Families that the packed path fails: text attended both ways, and states that run through all tokens."""

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
"""PaliGemma's processor makes arrays of tensors in a way that numpy will not have for ever."""


@pytest.fixture(scope="session")
def families(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Checkpoint]:
    """Load a family's checkpoint, built when first asked for."""
    built: dict[str, Checkpoint] = {}

    def get(name: str) -> Checkpoint:
        if name not in built:
            folder = FAMILIES[name](tmp_path_factory.mktemp("family"))
            built[name] = load_checkpoint(folder, dtype="float32", device="cpu")
        return built[name]

    return get


def ask(
    checkpoint: Checkpoint, samples: Sequence[Sample], questions: Sequence[Question]
) -> tuple[list[Answer], list[str]]:
    heard = Recorder()
    outcomes = list(TransformersTeacher(checkpoint, progress=heard).answer(samples, questions))
    assert [outcome for outcome in outcomes if not isinstance(outcome, Answer)] == []
    return outcomes, heard.lines  # type: ignore[return-value]


def assert_right(
    checkpoint: Checkpoint,
    answers: Sequence[Answer],
    samples: Sequence[Sample],
    questions: Sequence[Question],
) -> None:
    given = {answer.key: answer.log_odds for answer in answers}
    assert given.keys() == {sample.key for sample in samples}
    forms = TransformersTeacher(checkpoint).forms
    for sample in samples:
        with Image.open(str(sample.path)) as image:
            expected = log_odds_by_hand(checkpoint, image, [question.text for question in questions], forms)
        assert np.std(expected) > 300 * LIMIT, "the outputs do not spread, the comparison says nothing"
        np.testing.assert_allclose(given[sample.key], expected, atol=LIMIT)


@pytest.mark.parametrize("name", FAMILIES)
def test_answers_are_those_of_whole_prompts(
    families: Callable[[str], Checkpoint], name: str, questions: Sequence[Question], make_samples: Make
) -> None:
    checkpoint = families(name)
    samples = make_samples(5)
    answers, lines = ask(checkpoint, samples, questions)
    assert {answer.path for answer in answers} == {SLOWER.get(name, "packed")}
    assert len(lines) == list(PATHS).index(SLOWER.get(name, "packed")), "each step down is said"
    assert_right(checkpoint, answers, samples, questions)
    first, other = answers[0].log_odds, answers[-1].log_odds
    assert np.abs(first - other).max() > 100 * LIMIT, "pictures do not matter"


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in SLOWER])
def test_shared_prefix_agrees_and_planted_faults_do_not(
    families: Callable[[str], Checkpoint], name: str, questions: Sequence[Question], make_samples: Make
) -> None:
    bench = Bench(families(name), questions, make_samples(3))
    expected = bench.log_odds("plain")
    np.testing.assert_allclose(bench.log_odds("shared-prefix"), expected, atol=LIMIT)
    for fault in FAULTS:
        wrong = bench.log_odds("packed", fault(bench.plan))
        assert np.abs(wrong - expected).max(1).min() > 100 * LIMIT, fault.__name__


def test_pictures_of_equal_length_with_different_positions_share_a_batch(
    families: Callable[[str], Checkpoint], questions: Sequence[Question], tmp_path: Path
) -> None:
    """3 x 4 and 2 x 6 image tokens: as many, but text goes on at position 4 and at position 6."""
    samples = []
    for name, size in (("a.png", (112, 84)), ("b.png", (168, 56))):
        noise = np.random.default_rng(len(samples)).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / name)
        samples.append(Sample(name, tmp_path / name))
    bench = Bench(families("Qwen2.5-VL"), questions, samples)
    assert {picture.sample.key for picture in bench.batch} == {"a.png", "b.png"}
    for path in PATHS:
        np.testing.assert_allclose(bench.log_odds(path), bench.log_odds("plain"), atol=LIMIT)
    answers, _ = ask(bench.checkpoint, samples, questions)
    assert_right(bench.checkpoint, answers, samples, questions)


def caught(
    build: Callable[..., Path],
    folder: Path,
    samples: Sequence[Sample],
    questions: Sequence[Question],
    **settings: Any,
) -> tuple[str, list[str]]:
    """Return the path in the end and what was said; the answers are right in any case."""
    checkpoint = load_checkpoint(build(folder, **settings), dtype="float32", device="cpu")
    answers, lines = ask(checkpoint, samples, questions)
    assert_right(checkpoint, answers, samples, questions)
    (path,) = {answer.path for answer in answers}
    return path, lines


def test_sliding_window_shorter_than_the_prefix_is_caught(
    tmp_path: Path, questions: Sequence[Question], make_samples: Make
) -> None:
    path, lines = caught(gemma3, tmp_path / "model", make_samples(2), questions, window=12)
    assert path == "shared-prefix"
    assert "The teacher's packed path" in lines[0]
    assert "shared-prefix path, which is slower" in lines[0]


def test_text_attended_both_ways_is_caught(
    tmp_path: Path, questions: Sequence[Question], make_samples: Make
) -> None:
    path, lines = caught(paligemma2, tmp_path / "model", make_samples(2), questions, own_processor=False)
    assert path == "plain"
    assert [line.split(" path ")[0] for line in lines] == [
        "The teacher's packed",
        "The teacher's shared-prefix",
    ]
