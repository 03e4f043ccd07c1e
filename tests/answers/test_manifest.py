from __future__ import annotations

import json

import pytest

from makd.answers.manifest import SCHEMA_VERSION, Manifest, extend
from makd.answers.store import AnswerStore
from makd.errors import UsageError
from makd.questions.bank import QuestionBank
from makd.teachers.base import TeacherCard


def test_the_manifest_says_who_was_asked_what(store, bank):
    content = json.loads((store.path / "manifest.json").read_text())
    assert content["schema_version"] == SCHEMA_VERSION
    assert content["teacher"]["name"] == "hash"
    assert [question["text"] for question in content["questions"]] == [q.text for q in bank.questions]
    assert [column["question"] for column in content["columns"]] == list(bank.hashes)
    assert store.manifest.bank().hashes == bank.hashes


def test_a_store_of_a_newer_makd_is_refused(store, bank):
    path = store.path / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema_version": 99, "makd_version": "9.1"}))
    with pytest.raises(UsageError, match=r"written by makd 9\.1 with schema 99.*Upgrade"):
        AnswerStore.open(store.path)


def test_a_store_is_created_once(store, bank):
    before = (store.path / "manifest.json").read_bytes()
    with pytest.raises(FileExistsError):
        AnswerStore.create(store.path, Manifest.of(TeacherCard("other"), bank))
    assert (store.path / "manifest.json").read_bytes() == before
    assert not list(store.path.glob(".manifest*"))


def test_questions_of_another_bank_keep_distinct_ids(store, bank):
    extended = extend(store.path, QuestionBank.from_texts(["Is it wet?", bank.questions[0].text]))
    assert [question.id for question in extended.questions[:3]] == ["q01", "q02", "q03"]
    assert extended.questions[3].id.startswith("q01-")
    assert AnswerStore.open(store.path).manifest == extended
