from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from makd.report.examples import pick_examples, thumbnail
from makd.training.targets import Targets
from tests import fake_runs


@pytest.fixture
def catalog(tmp_path):
    return fake_runs.make_catalog(tmp_path, classes=12)


@pytest.fixture
def targets(catalog):
    answers = fake_runs.make_answers(catalog, questions=20)
    answers.p_yes[:3, 5] = np.nan
    return answers


def test_examples_are_training_images_of_different_classes_without_gaps(catalog, targets):
    examples = pick_examples(catalog, targets, n=8)
    assert len({example["class"] for example in examples}) == 8
    train = {sample.key: sample for sample in catalog.of("train")}
    for example in examples:
        assert train[example["key"]].class_name == example["class"]
        assert example["path"] == str(train[example["key"]].path)
        row = targets.p_yes[targets.keys.index(example["key"])]
        assert not np.isnan(row).any()
        for answer in example["answers"]:
            question = targets.question_ids.index(answer["id"])
            assert answer["p_yes"] == pytest.approx(row[question], abs=1e-4)
            assert answer["text"] == targets.question_texts[question]


def test_surest_and_least_sure_images_take_turns(catalog, targets):
    by_class = {}
    for sample in catalog.of("train"):
        by_class.setdefault(sample.class_name, []).append(targets.keys.index(sample.key))
    for place, example in enumerate(pick_examples(catalog, targets)):
        rows = targets.p_yes[by_class[example["class"]]]
        certainty = np.abs(rows - 0.5).mean(axis=1)
        own = np.abs(targets.p_yes[targets.keys.index(example["key"])] - 0.5).mean()
        assert own == pytest.approx(np.nanmin(certainty) if place % 2 else np.nanmax(certainty))


def test_answers_shown_are_the_telling_and_the_unsure(catalog, targets):
    usual = np.nanmean(targets.p_yes, axis=0)
    for example in pick_examples(catalog, targets, questions=8):
        row = targets.p_yes[targets.keys.index(example["key"])]
        shown = {targets.question_ids.index(answer["id"]) for answer in example["answers"]}
        assert len(shown) == 8
        assert set(np.argsort(np.abs(row - 0.5))[:2]) <= shown
        hidden = set(range(20)) - shown
        telling = sorted(abs(row[q] - usual[q]) for q in shown)
        assert sum(value < max(abs(row[q] - usual[q]) for q in hidden) for value in telling) <= 2
        p_yes = [answer["p_yes"] for answer in example["answers"]]
        assert p_yes == sorted(p_yes, reverse=True)


def test_the_draw_follows_the_seed(catalog, targets):
    assert pick_examples(catalog, targets, seed=1) == pick_examples(catalog, targets, seed=1)
    assert pick_examples(catalog, targets, seed=1) != pick_examples(catalog, targets, seed=2)


def test_without_answered_images_there_are_none(catalog):
    nothing = Targets(("q",), ("h",), ("elsewhere",), np.ones((1, 1), np.float32))
    assert pick_examples(catalog, nothing) == []


@pytest.mark.parametrize(
    ("size", "expected", "kind"), [((1000, 500), (240, 120), "jpeg"), ((64, 48), (64, 48), "png")]
)
def test_thumbnails_are_small_and_carry_themselves(tmp_path, size, expected, kind):
    Image.new("RGB", size, (10, 200, 30)).save(tmp_path / "a.png")
    address = thumbnail(tmp_path / "a.png")
    start = f"data:image/{kind};base64,"
    assert address.startswith(start)
    with Image.open(io.BytesIO(base64.b64decode(address.removeprefix(start)))) as image:
        assert image.size == expected
        assert image.getpixel((5, 5)) == pytest.approx((10, 200, 30), abs=3)


def test_a_picture_that_is_gone_has_no_thumbnail(tmp_path):
    assert thumbnail(tmp_path / "gone.png") is None
