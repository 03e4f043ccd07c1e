from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from makd.answers.checks import BLANK, blank_sample, with_negations, without_negations
from makd.data.samples import Sample
from makd.errors import UsageError
from makd.questions.bank import Question, QuestionBank

RED = Question(id="red", text="Is it red?", negation="Is it anything but red?")
ROUND = Question(id="round", text="Is it round?")


def test_negations_come_behind_and_go_again():
    bank = QuestionBank(name="b", questions=(RED, ROUND))
    asked = with_negations(bank)
    assert [(q.id, q.text) for q in asked.questions] == [
        ("red", "Is it red?"),
        ("round", "Is it round?"),
        ("not-red", "Is it anything but red?"),
    ]
    assert without_negations(asked.questions) == bank.questions
    assert with_negations(asked) == asked


def test_questions_that_negate_each_other_both_stay():
    pair = (
        Question(id="open", text="Is it open?", negation="Is it shut?"),
        Question(id="shut", text="Is it shut?", negation="Is it open?"),
    )
    assert without_negations(pair) == pair
    assert with_negations(QuestionBank(name="b", questions=pair)).questions == pair


def test_a_bank_without_negations_is_refused():
    with pytest.raises(UsageError, match="No question of bank 'b' has a negation"):
        with_negations(QuestionBank(name="b", questions=(ROUND,)))


def test_the_blank_picture_is_even_and_as_large_as_the_others(tmp_path, monkeypatch):
    monkeypatch.setenv("MAKD_CACHE", str(tmp_path / "cache"))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    Image.new("RGB", (30, 20), "red").save(tmp_path / "a.png")
    like = [Sample(name, tmp_path / name) for name in ("gone.png", "broken.png", "a.png")]
    sample = blank_sample(like)
    assert (sample.key, sample.label, sample.split) == (BLANK, None, None)
    with Image.open(sample.path) as image:
        assert image.size == (30, 20)
        assert np.unique(np.asarray(image)).size == 1
    written = sample.path.stat().st_mtime_ns
    assert blank_sample(like).path.stat().st_mtime_ns == written
    with Image.open(blank_sample([]).path) as image:
        assert image.size == (448, 448)
