from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from makd.errors import MakdError
from makd.questions.bank import QuestionBank
from makd.teachers.base import KINDS
from makd.training import bounds as bounds_module
from makd.training.bounds import find_bounds
from makd.training.probabilities import Reading
from makd.training.targets import Targets

BANK = QuestionBank.from_texts(["Is it red?", "Is it round?"])
SOFT, HARD, BOUNDED = (KINDS.index(kind) for kind in ("soft", "hard", "bounded"))
LOG_ODDS = np.array([[2.0, -3.0, 1.0], [-4.0, np.nan, 5.0], [0.5, 1.0, -1.0]], dtype=np.float32)
KIND = np.array([[BOUNDED, BOUNDED, SOFT], [BOUNDED, BOUNDED, HARD], [SOFT, HARD, BOUNDED]], dtype=np.uint8)


@dataclass
class Answers:
    keys: tuple[str, ...]
    hashes: tuple[str, ...]
    log_odds: np.ndarray
    kind: np.ndarray
    yes_no_mass: np.ndarray | None = None


def answers() -> Answers:
    """Answers about a, b, c; the columns are another question, then those of the bank the other way round."""
    return Answers(("a", "b", "c"), (BANK.hashes[1], BANK.hashes[0], "another"), LOG_ODDS, KIND)


def test_the_sign_of_a_bounded_answer_is_its_direction() -> None:
    targets = Targets.from_answers(answers(), BANK)
    assert np.asarray(targets.bounds).tolist() == [[-1, 1], [0, -1], [0, 0]]
    assert targets.take_bounds(np.array([1, -1, 0])).tolist() == [[0, -1], [0, 0], [-1, 1]]


def test_a_calibrated_answer_keeps_the_direction_of_its_bound() -> None:
    offset = np.array([0.0, 9.0], dtype=np.float32)
    targets = Targets.from_answers(answers(), BANK, Reading(offset=offset))
    assert targets.p_yes[0, 1] < 0.5
    assert targets.bounds[0, 1] == 1


def test_without_bounds_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = np.where(KIND == BOUNDED, SOFT, KIND).astype(np.uint8)
    assert find_bounds(LOG_ODDS, kind, [0, 1]) is None
    monkeypatch.setattr(bounds_module, "_ROWS_AT_ONCE", 1)
    kind[2, 2] = BOUNDED
    assert find_bounds(LOG_ODDS, kind, [0, 2])[:].tolist() == [[0, 0], [0, 0], [0, -1]]


def test_mapped_answers_have_the_same_bounds_and_fingerprint(tmp_path: Path) -> None:
    np.save(tmp_path / "log_odds.npy", LOG_ODDS)
    held = Targets.from_answers(answers(), BANK)
    given = answers()
    given.log_odds = np.load(tmp_path / "log_odds.npy", mmap_mode="r")
    mapped = Targets.from_answers(given, BANK)
    assert not isinstance(mapped.bounds, np.ndarray)
    assert mapped.take_bounds(np.array([2, 0, 1])).tolist() == np.asarray(held.bounds)[[2, 0, 1]].tolist()
    assert mapped.fingerprint == held.fingerprint
    assert replace(held, bounds=None).fingerprint != held.fingerprint


def test_shapes_that_do_not_fit_are_refused() -> None:
    targets = Targets.from_answers(answers(), BANK)
    with pytest.raises(MakdError, match=r"bounds \[2, 2\].*\[3, 2\]"):
        replace(targets, bounds=np.zeros((2, 2), dtype=np.int8))
