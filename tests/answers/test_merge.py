from __future__ import annotations

import numpy as np
import pytest

from makd.answers.extract import extract_answers
from makd.answers.merge import merge
from makd.answers.store import AnswerStore
from makd.errors import UsageError
from makd.questions.bank import QuestionBank
from makd.teachers.base import TeacherCard
from tests.answers.conftest import HashTeacher, log_odds


class Later(HashTeacher):
    """Answers otherwise than before to the first question."""

    def _reply(self, waiting, questions):
        for reply in super()._reply(waiting, questions):
            reply.log_odds[0] = 7
            yield reply


def ask(samples, bank, store, teacher=None):
    return extract_answers(samples, teacher or HashTeacher(), bank, store, source="data")


def test_rows_and_columns_are_joined(make_samples, bank, tmp_path):
    samples = make_samples(6)
    more = QuestionBank.from_texts(["Is it old?", bank.questions[0].text])
    ask(samples[:4], bank, tmp_path / "a")
    ask(samples[2:], more, tmp_path / "b")
    done = merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    assert (done.rows, done.questions, done.shared, done.differing) == (6, 4, 2, 0)
    every = QuestionBank.from_texts([*(q.text for q in bank.questions), "Is it old?"])
    expected = np.stack([log_odds(sample.path.read_bytes(), every.questions) for sample in samples])
    expected[:2, 3] = expected[4:, 1:3] = np.nan
    store = AnswerStore.open(tmp_path / "out")
    np.testing.assert_array_equal(store.answers(hashes=every.hashes).log_odds, expected)
    teacher = HashTeacher()
    assert ask(samples, every, tmp_path / "out", teacher).skipped == 2
    assert dict(teacher.asked)["0000.jpg"] == ("q04",)


def test_of_answers_that_differ_the_newer_count(make_samples, bank, tmp_path):
    samples = make_samples(3)
    ask(samples, bank, tmp_path / "old")
    ask(samples[:2], bank, tmp_path / "new", Later())
    for order in (["old", "new"], ["new", "old"]):
        out = tmp_path / "-".join(order)
        done = merge([tmp_path / name for name in order], out)
        assert (done.shared, done.differing) == (6, 2)
        assert (AnswerStore.open(out).answers().log_odds[:, 0] == 7).tolist() == [True, True, False]


def test_what_failed_in_one_store_and_was_answered_in_the_other_is_answered(make_samples, bank, tmp_path):
    samples = make_samples(3)
    ask(samples, bank, tmp_path / "a", HashTeacher(fails_on=frozenset({"0001.jpg", "0002.jpg"})))
    ask(samples[:2], bank, tmp_path / "b")
    merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    again = ask(samples, bank, tmp_path / "out")
    assert (again.asked, again.skipped, again.quarantined) == (0, 2, 1)


def test_other_teachers_and_existing_places_are_refused(make_samples, bank, tmp_path):
    samples = make_samples(2)
    ask(samples, bank, tmp_path / "a")
    ask(samples, bank, tmp_path / "b", HashTeacher(card=TeacherCard("another")))
    with pytest.raises(UsageError, match=r"another teacher .*name: 'hash' in the store, 'another' now"):
        merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    with pytest.raises(UsageError, match="b exists"):
        merge([tmp_path / "a", tmp_path / "a"], tmp_path / "b")
    assert not (tmp_path / "out").exists()
