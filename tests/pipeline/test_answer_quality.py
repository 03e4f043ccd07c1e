from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from makd.answers.checks import blank_sample, with_negations
from makd.answers.extract import extract_answers
from makd.config.answers import AnswersSettings
from makd.config.commands import CompareCommand, TrainCommand
from makd.data.samples import Catalog
from makd.errors import UsageError
from makd.pipeline import compare, train
from makd.pipeline.answered import read_answers
from makd.progress import Silent
from makd.questions.bank import Question, QuestionBank
from makd.teachers.base import Answer, TeacherCard
from makd.training.targets import Targets
from tests.conftest import COLOURS
from tests.pipeline.conftest import TINY

NAMES = ("red", "green", "blue")
BANK = QuestionBank(
    name="colours",
    questions=tuple(Question(id=name, text=f"Is it {name}?", negation=f"No {name}?") for name in NAMES),
)
DATA = {"source": "squares", "train_per_class": 6, "val_per_class": 2}
BIAS = {"red": 2.0, "green": 0.0, "blue": -1.0}


@dataclass
class Painter:
    """Knows the class's colours and leans; what it sees within a class of `blue` is chance."""

    seed: int = 0
    follows: bool = True
    card: TeacherCard = field(default_factory=lambda: TeacherCard("painter"))
    needs: str = "image"

    def answer(self, samples: Any, questions: Any) -> Iterator[Answer]:
        rng = np.random.default_rng(self.seed)
        for place, sample in enumerate(samples):
            parts = dict(zip(NAMES, COLOURS.get(sample.key.split("/")[0], (0.5,) * 3), strict=True))
            own = 0.5 * np.sin(np.arange(3) + 2.5 * place)
            chance = rng.normal(0, 0.5, 3)
            varied = dict(zip(NAMES, (own[0], own[1], chance[2]), strict=True))
            odds, mass = [], []
            for question in questions:
                name = question.text.rstrip("?").split()[-1]
                seen = (
                    4 * parts[name] - 2 + varied[name] * (sample.label is not None or "@" not in sample.key)
                )
                denied = question.text.startswith("No ") and self.follows
                odds.append(-seen if denied else seen + BIAS[name])
                mass.append(0.2 if name == "green" and place % 3 == 0 else 0.9)
            yield Answer(sample.key, np.array(odds, np.float32), np.array(mass, np.float32))


@pytest.fixture
def fill(squares: Catalog, tmp_path: Path) -> Callable[..., Path]:
    def fill(
        name: str = "store", bank: QuestionBank = BANK, blank: bool = False, further: Any = (), **about: Any
    ) -> Path:
        samples = squares.of("train", *further)
        samples = (*samples, blank_sample(samples)) if blank else samples
        extract_answers(samples, Painter(**about), bank, tmp_path / name, source=squares.source)
        return tmp_path / name

    return fill


def read(store: Path, squares: Catalog, heard: Any = Silent(), **settings: Any) -> Targets:
    asked = AnswersSettings.model_validate({"name": store, **settings})
    return read_answers(asked, None, squares, heard).targets


def log_odds(targets: Targets) -> np.ndarray:
    p_yes = np.asarray(targets.p_yes, dtype=np.float64)
    return np.log(p_yes / (1 - p_yes))


def test_calibration_takes_away_each_questions_leaning(fill, squares):
    given = read(fill(), squares)
    level = np.asarray(given.p_yes, dtype=np.float64).mean(0)
    calibrated = read(fill(), squares, calibrate="prior")
    expected = log_odds(given) - np.log(level / (1 - level))
    np.testing.assert_allclose(log_odds(calibrated), expected, atol=1e-4)


def test_calibration_against_a_blank_picture(fill, squares):
    store = fill(blank=True)
    keys = [sample.key for sample in squares.of("train")]
    given, calibrated = read(store, squares), read(store, squares, calibrate="contextual")
    moved = log_odds(given)[given.find(keys)] - log_odds(calibrated)[calibrated.find(keys)]
    np.testing.assert_allclose(moved, np.broadcast_to(list(BIAS.values()), moved.shape), atol=1e-4)


def test_answers_of_little_mass_are_left_out(fill, squares):
    missing = np.isnan(np.asarray(read(fill(), squares, min_mass=0.5).p_yes))
    assert missing[:, 1].sum() == len(squares.of("train")) / 3
    assert not missing[:, [0, 2]].any()


def test_what_a_second_look_does_not_find_again_is_drawn_to_the_class(fill, squares, heard):
    store, view = fill(), fill("again", seed=1)
    given, drawn = read(store, squares), read(store, squares, heard, shrink=1.0, view=view)
    assert "the second look finds" in heard.lines[-1]
    labels = np.array([sample.label for sample in squares.of("train")])
    rows = given.find([sample.key for sample in squares.of("train")])

    def within(targets: Targets) -> np.ndarray:
        p_yes = targets.take(rows)
        return np.mean([p_yes[labels == label].var(0) for label in np.unique(labels)], axis=0)

    assert within(drawn)[:2] == pytest.approx(within(given)[:2], rel=1e-3)
    assert within(drawn)[2] < 0.3 * within(given)[2]
    half = read(store, squares, shrink=0.5, view=view)
    np.testing.assert_allclose(half.p_yes, (np.asarray(given.p_yes) + drawn.p_yes) / 2, atol=1e-6)


def test_weights_follow_reliability(fill, squares):
    targets = read(fill(), squares, weights="reliability", view=fill("again", seed=1))
    assert targets.weights is not None
    assert targets.weights[2] < targets.weights[0] == pytest.approx(1, abs=1e-3)
    assert read(fill(), squares).weights is None


def test_negations_serve_as_a_second_look_if_they_are_followed(fill, squares, heard):
    store = fill(bank=with_negations(BANK))
    assert read(store, squares, heard, shrink=1.0).question_ids == NAMES
    assert "the negations find" in heard.lines[-1]
    with pytest.raises(UsageError, match="does not follow negations"):
        read(fill("deaf", bank=with_negations(BANK), follows=False), squares, shrink=1.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"calibrate": "contextual"}, "no answers about a blank picture"),
        ({"shrink": 0.5}, "need a second look"),
        ({"weights": "reliability"}, "need a second look"),
    ],
)
def test_what_was_not_asked_is_said(fill, squares, settings, message):
    with pytest.raises(UsageError, match=message):
        read(fill(), squares, **settings)


@pytest.mark.parametrize("shrink", ["always", "-0.1", "1.5", None])
def test_a_strength_is_from_0_to_1(shrink):
    with pytest.raises(ValueError, match="0 to 1 or 'auto'"):
        AnswersSettings.model_validate({"name": "store", "shrink": shrink})


@pytest.mark.slow
def test_a_student_learns_with_the_strength_that_validation_chooses(fill, squares, folder, tmp_path, heard):
    others: Any = ("val", "test")
    answers = {
        "name": fill(further=others),
        "shrink": "auto",
        "view": fill("again", further=others, seed=1),
        "weights": "reliability",
    }
    training = {name: value for name, value in TINY.items() if name not in {"seeds", "jobs"}}
    asked = {**training, "data": {**DATA, "name": str(folder)}, "answers": answers, "out": tmp_path / "run"}
    train(TrainCommand.model_validate(asked), heard)
    values = {
        strength: json.loads((tmp_path / "run-shrinkage" / f"shrink-{strength}" / "model.json").read_text())[
            "val_top1"
        ]
        for strength in (0.0, 0.5, 1.0)
    }
    best = max(values, key=lambda strength: (values[strength], -strength))
    assert any(line.startswith(f"Shrinkage {best} is taken") for line in heard.lines)


@pytest.mark.slow
def test_arms_may_read_the_answers_in_their_own_way(fill, squares, folder, tmp_path):
    store = fill(further=("val", "test"))
    data = {**DATA, "name": str(folder)}
    asked = {**TINY, "data": data, "answers": str(store), "out": tmp_path / "compared"}
    arms = {"arms": ("makd",), "arm": ("prior: answers.calibrate=prior, alpha=2",)}
    results = compare(CompareCommand.model_validate({**asked, **arms}))
    assert results["variants"]["prior"]["overrides"] == {"answers": {"calibrate": "prior"}, "alpha": 2}
    assert set(results["arms"]) == {"makd", "prior"}
    wrong = {**asked, "arm": ("odd: answers.calibrate=often",), "out": tmp_path / "wrong"}
    with pytest.raises(UsageError, match=r"arm 'odd': calibrate"):
        compare(CompareCommand.model_validate(wrong))
    assert not (tmp_path / "wrong").exists()
