from __future__ import annotations

import numpy as np
import pytest

from makd.config.answers import AnswersSettings
from makd.config.asking import AskingSettings
from makd.errors import UsageError
from makd.pipeline.answered import Answered
from makd.pipeline.references import QUESTION, check_references, class_questions, judge_references
from makd.pipeline.worlds import World
from makd.teachers.base import Answer, TeacherCard
from makd.training.targets import Targets
from tests.conftest import COLOURS

CARD = TeacherCard("some/mllm")


class Namer:
    """Knows all colours but yellow, which it takes for red; sees no label."""

    card, needs = CARD, "image"

    def answer(self, samples, questions):
        for sample in samples:
            assert sample.label is None
            colour = sample.key.split("/")[0].replace("yellow", "red")
            yes = [QUESTION.format(colour) == question.text for question in questions]
            log_odds = np.where(yes, -0.5, -3).astype(np.float32)
            yield Answer(sample.key, log_odds, np.ones(len(yes), dtype=np.float32))


@pytest.fixture
def world(squares, tmp_path):
    """Answers about all splits that tell red, green and blue."""
    has = np.array([COLOURS[sample.class_name] for sample in squares.samples])
    targets = Targets(
        ("r", "g", "b"),
        ("r" * 16, "g" * 16, "b" * 16),
        tuple(sample.key for sample in squares.samples),
        np.where(has == 1, 0.9, 0.1).astype(np.float32),
    )
    return World(squares, Answered(targets, CARD, AnswersSettings(name=tmp_path), None))


def judge(asked, world, out, heard, **changes):
    options = {"teacher": Namer(), "asking": AskingSettings(min_mass=0)} | changes
    return judge_references(asked, [world, world], out, progress=heard, **options)


def test_the_teacher_names_the_class_of_the_test_images(world, tmp_path, heard):
    named = judge(["naming"], world, tmp_path, heard)["naming"]
    assert named["top1"]["values"] == pytest.approx([5 / 6])
    assert named["mean_per_class"]["mean"] == pytest.approx(5 / 6)
    assert (named["images"], named["questions"]) == (18, 6)
    assert named["question"] == "Is this a photo of a {class}?"
    again = judge(["naming"], world, tmp_path, heard)["naming"]
    assert again["images"] == 18
    assert again["top1"] == named["top1"]


def test_a_linear_model_stands_beside_it_with_its_cost(world, tmp_path, heard):
    row = judge(["linear"], world, tmp_path, heard, labelling={"seconds": 72.0, "images": 36})["linear"]
    assert row["top1"]["mean"] == 1
    assert row["labelling_seconds"] == pytest.approx(2 * 66)
    assert row["images"] == 66
    assert judge(["linear"], world, tmp_path, heard)["linear"]["labelling_seconds"] is None


def test_what_cannot_be_had_is_refused(world, squares, tmp_path):
    check_references(["naming", "linear"], [world], Namer())
    with pytest.raises(UsageError, match="by --teacher"):
        check_references(["naming"], [world], None)
    table = Namer()
    table.needs = "label"
    with pytest.raises(UsageError, match="handed the class"):
        check_references(["naming"], [world], table)
    other = Namer()
    other.card = TeacherCard("other/mllm")
    with pytest.raises(UsageError, match=r"'some/mllm', --teacher is 'other/mllm'"):
        check_references(["naming"], [world], other)
    targets = world.answered.targets
    train = [n for n, sample in enumerate(squares.samples) if sample.split == "train"]
    less = Targets(
        targets.question_ids,
        targets.question_hashes,
        tuple(targets.keys[n] for n in train),
        targets.p_yes[train],
    )
    with pytest.raises(UsageError, match=r"lacks answers about 12 of 12 val images.*train,val,test"):
        check_references(["linear"], [World(squares, world.answered._replace(targets=less))], None)
    with pytest.raises(UsageError, match="needs --answers"):
        check_references(["linear"], [World(squares, None)], None)


def test_class_names_are_asked_as_words():
    bank = class_questions(["002.Laysan_Albatross", "003.Sooty_Albatross"])
    assert bank.questions[0].text == "Is this a photo of a Laysan Albatross?"
    with pytest.raises(UsageError, match="same question"):
        class_questions(["cat", "001.cat"])
