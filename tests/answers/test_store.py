from __future__ import annotations

import numpy as np
import pytest

from makd.answers.extract import extract_answers
from makd.answers.store import Answers, AnswerStore
from makd.data.samples import Sample
from makd.errors import MakdError, UsageError
from tests.answers.conftest import HashTeacher


def test_samples_without_answers_are_nan_and_counted(store):
    answers = store.answers(["0001.jpg", "unknown.jpg", "0000.jpg", "more.jpg"])
    assert np.isnan(answers.log_odds).all(axis=1).tolist() == [False, True, False, True]
    assert np.isnan(answers.yes_no_mass).all(axis=1).tolist() == [False, True, False, True]
    assert answers.missing() == ("unknown.jpg", "more.jpg")
    assert answers.coverage() == 0.5
    assert Answers((), (), *(np.zeros((0, 0), kind) for kind in ("f4", "f4", "u1"))).coverage() == 0.0


def test_unknown_questions_are_named(store, bank):
    with pytest.raises(UsageError, match="no answers to 1 of 2 questions: 0123456789abcdef"):
        store.answers(hashes=[bank.hashes[0], "0123456789abcdef"])


def test_data_sets_with_equal_keys_are_told_apart(store, bank, make_samples, tmp_path):
    (tmp_path / "data").rename(tmp_path / "first")
    others = make_samples(2)
    for sample in others:
        sample.path.write_bytes(b"another data set " + sample.key.encode())
    summary = extract_answers(others, HashTeacher(), bank, store.path, source="others")
    assert summary.answered == 2
    with pytest.raises(UsageError, match="several data sets \\('data', 'others'\\)"):
        store.answers()
    assert len(store.answers(source="data").keys) == 4
    assert store.answers(source="others").keys == ("0000.jpg", "0001.jpg")
    with pytest.raises(UsageError, match="no answers about 'third'"):
        store.answers(source="third")


def test_of_answers_to_the_same_question_the_newest_counts(store, bank, tmp_path):
    before = store.answers()

    class Later(HashTeacher):
        def _reply(self, waiting, questions):
            for reply in super()._reply(waiting, questions):
                reply.log_odds[:] = [7, np.nan, 9]
                yield reply

    (elsewhere := tmp_path / "elsewhere").mkdir()
    for file in store.path.glob("part-*"):
        file.rename(elsewhere / file.name)
    samples = [Sample(p.name, p) for p in sorted((tmp_path / "data").iterdir())]
    extract_answers(samples[:2], Later(), bank, store.path, source="data")
    for file in elsewhere.iterdir():
        file.rename(store.path / file.name)
    answers = store.answers()
    np.testing.assert_array_equal(answers.log_odds[2:], before.log_odds[2:])
    np.testing.assert_array_equal(answers.log_odds[:2, [0, 2]], [[7, 9], [7, 9]])
    np.testing.assert_array_equal(answers.log_odds[:2, 1], before.log_odds[:2, 1])  # NaN is no answer


def test_what_is_no_store_is_refused(store, bank, tmp_path):
    with pytest.raises(UsageError, match=r"no answer store at .*stor\. Did you mean 'store'"):
        AnswerStore.open(tmp_path / "stor")
    with pytest.raises(UsageError, match=r"data is not an answer store: it has no manifest\.json"):
        AnswerStore.open(tmp_path / "data")
    for path in (tmp_path / "data", tmp_path / "data" / "0000.jpg"):
        with pytest.raises(UsageError, match="exists and is not an answer store"):
            extract_answers([], HashTeacher(), bank, path, source="data")
    (store.path / "manifest.json").write_text("{")
    with pytest.raises(UsageError, match=r"manifest\.json is damaged"):
        AnswerStore.open(store.path)


def test_answers_of_unequal_shapes_are_refused():
    with pytest.raises(MakdError, match=r"\(1, 2\).*\(1, 1\).*\(1, 3\).*\(1, 2\)"):
        Answers(
            ("a",), ("b", "c"), *(np.zeros((1, n), np.float32) for n in (2, 1)), np.zeros((1, 3), np.uint8)
        )
