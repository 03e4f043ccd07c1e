"""The shipped teacher, examined on a draw of species of its own; the benchmark prints all figures."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from makd.data.samples import Catalog
from makd.fieldguide import teacher_path
from makd.fieldguide.attributes import ATTRIBUTES
from makd.fieldguide.source import materialize, truth
from makd.fieldguide.wordings import WORDINGS
from makd.questions.bank import Question, QuestionBank
from makd.teachers.base import Answer, Teacher
from makd.teachers.registry import open_teacher

BANK = QuestionBank.load("fieldguide").questions


@pytest.fixture(scope="module")
def teacher() -> Teacher:
    return open_teacher("fieldguide", dtype="float32", device="cpu")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    root = tmp_path_factory.mktemp("worlds")
    return materialize(11, images_per_class={"train": 0, "val": 0, "test": 4}, root=root)


def said(teacher: Teacher, world: Catalog, questions: Sequence[Question]) -> npt.NDArray[np.float64]:
    """Return log-odds `[N, Q]` in the order of the catalog."""
    found = {}
    for answer in teacher.answer([sample.without_label() for sample in world.samples], questions):
        assert isinstance(answer, Answer)
        found[answer.key] = answer.log_odds.astype(float)
    return np.stack([found[sample.key] for sample in world.samples])


@pytest.fixture(scope="module")
def log_odds(teacher: Teacher, world: Catalog) -> npt.NDArray[np.float64]:
    return said(teacher, world, BANK)


@pytest.fixture(scope="module")
def known(world: Catalog) -> npt.NDArray[np.bool_]:
    facts = truth(world.root)
    return np.stack([facts[sample.key] for sample in world.samples])


def test_small_and_without_code() -> None:
    folder = teacher_path()
    assert (folder / "model.safetensors").stat().st_size <= 8_000_000
    assert not list(folder.glob("*.py"))
    assert "auto_map" not in json.loads((folder / "config.json").read_text())
    assert (folder / "README.md").is_file()


def test_good_but_no_oracle(log_odds: npt.NDArray[np.float64], known: npt.NDArray[np.bool_]) -> None:
    right = (log_odds > 0) == known
    assert 0.92 <= right.mean() <= 0.98
    sure = np.abs(np.tanh(log_odds / 2))
    assert sure[right].mean() > sure[~right].mean() + 0.2
    # on average it claims as much certainty as it has
    assert (0.5 + sure / 2).mean() == pytest.approx(right.mean(), abs=0.03)


def test_it_looks_at_the_picture(log_odds: npt.NDArray[np.float64], known: npt.NDArray[np.bool_]) -> None:
    mismatched = (np.roll(log_odds, len(log_odds) // 2, axis=0) > 0) == known
    assert ((log_odds > 0) == known).mean() > mismatched.mean() + 0.15


def test_it_reads_the_question(
    teacher: Teacher, world: Catalog, log_odds: npt.NDArray[np.float64], known: npt.NDArray[np.bool_]
) -> None:
    order = np.random.default_rng(0).permutation(len(BANK))
    permuted = said(teacher, world, [BANK[i] for i in order])
    np.testing.assert_allclose(permuted, log_odds[:, order], atol=1e-3)
    unseen = [Question(id=name, text=words.unseen[0]) for name, words in WORDINGS.items()]
    assert ((said(teacher, world, unseen) > 0) == known).mean() >= 0.88


def test_habitats_exclude_each_other(log_odds: npt.NDArray[np.float64]) -> None:
    places = [i for i, question in enumerate(BANK) if question.id in ATTRIBUTES["habitat"]]
    p_yes = 1.0 / (1.0 + np.exp(-log_odds[:, places]))
    assert p_yes.sum(axis=1).mean() < 1.1
