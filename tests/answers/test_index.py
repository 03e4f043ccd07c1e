from __future__ import annotations

import shutil

import numpy as np
import pytest

from makd.answers import index as indexes
from makd.answers.extract import extract_answers
from makd.answers.index import open_index
from makd.answers.store import AnswerStore
from makd.data.samples import Sample
from makd.errors import MakdError, UsageError
from makd.questions.bank import QuestionBank
from tests.answers.conftest import HashTeacher


@pytest.fixture
def built(monkeypatch) -> list[int]:
    """Grows by one with each index that is written."""
    count: list[int] = []
    write = indexes.Cells.create

    def counted(*arguments):
        count.append(1)
        return write(*arguments)

    monkeypatch.setattr(indexes.Cells, "create", counted)
    return count


def folders(store):
    return list(store.path.glob(".index-*"))


def test_an_index_holds_what_the_store_says_mapped_from_files(store, built):
    answers, index = store.answers(), open_index(store)
    assert index.keys == answers.keys
    assert index.hashes == answers.hashes
    for name in ("log_odds", "yes_no_mass", "kind"):
        assert isinstance(getattr(index, name), np.memmap)
        np.testing.assert_array_equal(getattr(index, name), getattr(answers, name))
    open_index(store)
    assert len(built) == len(folders(store)) == 1


def test_it_is_built_anew_when_parts_or_questions_come(store, built, tmp_path, bank):
    open_index(store)
    (path := tmp_path / "data" / "new.jpg").write_bytes(b"new")
    more = QuestionBank.from_texts(["Is it new?"])
    extract_answers([Sample("new.jpg", path)], HashTeacher(), bank, store.path, source="data")
    assert "new.jpg" in open_index(store).keys
    extract_answers([Sample("new.jpg", path)], HashTeacher(), more, store.path, source="data")
    index = open_index(AnswerStore.open(store.path))
    assert np.isfinite(index.log_odds).sum(axis=0).tolist() == [5, 5, 5, 1]
    assert len(built) == 3
    assert len(folders(store)) == 1


@pytest.mark.parametrize("file", ["index.json", "0/log_odds.npy", "0/ids-first.npy"])
@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b""])
def test_a_damaged_index_is_built_anew(store, built, file, damage):
    answers = store.answers()
    open_index(store)
    path = folders(store)[0] / file
    path.write_bytes(damage(path.read_bytes()))
    np.testing.assert_array_equal(open_index(store).log_odds, answers.log_odds)
    assert len(built) == 2


def test_an_index_with_a_file_lost_is_built_anew(store, built):
    open_index(store)
    (folders(store)[0] / "0" / "kind.npy").unlink()
    assert open_index(store).kind.shape == (4, 3)
    assert len(built) == 2


def test_one_that_was_being_written_at_a_kill_is_not_seen(store, built, monkeypatch):
    def killed(*arguments):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(indexes, "write_json", killed)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(SystemExit):
            open_index(store)
    assert all(folder.name.endswith(".tmp") for folder in store.path.glob(".*index*") if folder.is_dir())
    assert open_index(store).keys == store.answers().keys
    assert len(built) == 2


def test_a_store_that_cannot_be_written_is_indexed_in_the_cache(store, built, monkeypatch, tmp_path):
    monkeypatch.setenv("MAKD_CACHE", str(tmp_path / "cache"))

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(indexes, "locked", refused)
    assert open_index(store).keys == store.answers().keys
    assert open_index(store).keys == store.answers().keys
    assert len(built) == 1
    assert not folders(store)


def test_a_truncated_part_is_found_also_behind_an_index(store):
    open_index(store)
    (file,) = store.path.glob("part-*")
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(MakdError, match=f"{file.name} is damaged"):
        open_index(store)


def test_other_data_sets_are_refused(store):
    with pytest.raises(UsageError, match="no answers about 'other', only about 'data'"):
        open_index(store, "other")
