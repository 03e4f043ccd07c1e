from __future__ import annotations

import numpy as np
import pytest

from makd.answers import row_ids
from makd.answers.row_ids import RowIds
from makd.errors import MakdError

NAMES = ["b/ü.jpg", "a/1.jpg", "", "b/ü.jpg#7", "日本/図.png"]


def test_names_are_found_by_text_wherever_they_stand():
    ids = RowIds.of(NAMES)
    assert ids.find([*NAMES[::-1], "nowhere", "b/ü.jp"]).tolist() == [4, 3, 2, 1, 0, -1, -1]
    assert ids.find([]).tolist() == []
    assert RowIds.of([]).find(["a"]).tolist() == [-1]


def test_they_are_a_sequence_of_texts(tmp_path):
    RowIds.of(NAMES).save(tmp_path)
    ids = RowIds.load(tmp_path)
    assert isinstance(ids.text, np.memmap)
    assert list(ids) == NAMES
    assert ids == tuple(NAMES)
    assert ids != tuple(NAMES[::-1])
    assert (ids[-1], ids[1:3], len(ids)) == (NAMES[-1], tuple(NAMES[1:3]), 5)
    assert ids.find(NAMES).tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(IndexError):
        ids[5]


def test_names_that_collide_are_told_apart(monkeypatch):
    real = row_ids._hashes

    def colliding(encoded, salt):
        hashes = real(encoded, salt).copy()
        hashes[:, 0] &= np.uint64(15 if salt < 30 else 2**64 - 1)
        return hashes

    monkeypatch.setattr(row_ids, "_hashes", colliding)
    names = [f"{i}.jpg" for i in range(100)]
    ids = RowIds.of(names)
    assert ids.salt == 30
    assert ids.find(names).tolist() == list(range(100))


def test_a_first_half_in_common_is_not_enough(monkeypatch):
    real = row_ids._hashes
    ids = RowIds.of(["a", "b"])

    def alike(encoded, salt):
        hashes = real(encoded, salt).copy()
        hashes[:, 0] = ids.first[0]
        return hashes

    monkeypatch.setattr(row_ids, "_hashes", alike)
    assert ids.find(["another"]).tolist() == [-1]


def test_a_name_that_stands_twice_is_refused():
    with pytest.raises(MakdError, match="distinct"):
        RowIds.of(["a", "b", "a"])
