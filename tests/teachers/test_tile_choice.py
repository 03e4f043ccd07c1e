from __future__ import annotations

import numpy as np
import pytest

from makd.errors import MakdError
from makd.teachers.base import Answer, Failure
from makd.teachers.checkpoint import load_checkpoint
from makd.teachers.tile_choice import choose_tiles
from makd.teachers.transformers_teacher import TransformersTeacher


class Agreeing(TransformersTeacher):
    """Answers as with all tiles from `enough` tiles up; below, two of a hundred answers change sides."""

    enough = 3
    broken = ()

    def answer(self, samples, questions):
        tiles = self.checkpoint.processor.image_processor.max_patches
        for number, sample in enumerate(samples):
            if sample.key in self.broken:
                yield Failure(sample.key, "truncated")
                continue
            odds = np.full(len(questions), 2.0, dtype=np.float32)
            if tiles < self.enough and number == 0:
                odds[0] = -0.01
            yield Answer(sample.key, odds, np.ones_like(odds))


@pytest.fixture
def teacher(internvl):
    return Agreeing(load_checkpoint(internvl, dtype="float32", device="cpu"))


def test_the_fewest_tiles_that_agree(teacher, make_samples, questions, heard):
    trials = choose_tiles(teacher, make_samples(6), questions, heard)
    assert [trial.tiles for trial in trials] == [6, 1, 2, 3]
    assert [trial.agrees for trial in trials] == [True, False, False, True]
    cells = 6 * len(questions)
    assert trials[1].same_side == pytest.approx(1 - 1 / cells)
    gap = 1 / (1 + np.exp(-2)) - 1 / (1 + np.exp(0.01))
    assert trials[1].difference == pytest.approx(gap / cells, rel=1e-4)
    assert trials[1].tokens < trials[3].tokens <= trials[0].tokens
    chosen = [line for line in heard.lines if line.endswith("chosen")]
    assert len(chosen) == 1
    assert chosen[0].split()[0] == "3"
    assert len(heard.lines) == 2 + 4


def test_all_tiles_where_nothing_less_agrees(teacher, make_samples, questions, heard):
    teacher.enough = 6
    trials = choose_tiles(teacher, make_samples(6), questions, heard)
    assert [trial.tiles for trial in trials] == [6, 1, 2, 3, 4, 5, 6]
    assert trials[-1] is trials[0]


def test_pictures_that_cannot_be_answered(teacher, make_samples, questions, heard):
    samples = make_samples(3)
    teacher.broken = {samples[1].key}
    assert choose_tiles(teacher, samples, questions, heard)[-1].tiles == 3
    teacher.broken = {sample.key for sample in samples}
    with pytest.raises(MakdError, match=r"none of 3 images can be answered \(truncated\)"):
        choose_tiles(teacher, samples, questions, heard)
