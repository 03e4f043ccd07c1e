from __future__ import annotations

import pickle
from dataclasses import dataclass, replace

import numpy as np
import pytest

from makd.answers.row_ids import RowIds
from makd.errors import MakdError, UsageError
from makd.questions.bank import QuestionBank
from makd.training import targets as targets_module
from makd.training.probabilities import Reading
from makd.training.targets import Targets, check_answers
from tests.recorder import Recorder

BANK = QuestionBank.from_texts(["Is it red?", "Is it round?", "Is it small?"])


@dataclass
class Answers:
    keys: tuple[str, ...]
    hashes: tuple[str, ...]
    log_odds: np.ndarray
    yes_no_mass: np.ndarray | None = None
    kind: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.kind is None:
            self.kind = np.zeros(self.log_odds.shape, dtype=np.uint8)


def answers() -> Answers:
    log_odds = np.array([[0.0, np.log(3), np.nan, 9.0], [np.log(9), -np.log(3), 0.0, 9.0]], dtype=np.float32)
    return Answers(("a.png", "b.png"), (*BANK.hashes[::-1], "another"), log_odds)


def test_columns_are_found_by_hash_and_answers_become_probabilities() -> None:
    targets = Targets.from_answers(answers(), BANK)
    assert targets.question_ids == ("q01", "q02", "q03")
    assert targets.question_texts == ("Is it red?", "Is it round?", "Is it small?")
    np.testing.assert_allclose(targets.p_yes, [[np.nan, 0.75, 0.5], [0.5, 0.25, 0.9]], rtol=1e-6)
    assert targets.p_yes.dtype == np.float32


def test_temperature_divides_log_odds() -> None:
    targets = Targets.from_answers(answers(), BANK, Reading(2.0))
    assert targets.p_yes[1, 2] == pytest.approx(3 / 4)


def test_a_store_without_a_question_is_refused() -> None:
    bank = QuestionBank.from_texts(["Is it red?", "Is it soft?"])
    with pytest.raises(UsageError, match=r"no answers to 1 of the 2 questions of bank 'questions' \(q02\)"):
        Targets.from_answers(answers(), bank)


def test_rows_follow_the_keys_asked_for() -> None:
    rows = Targets.from_answers(answers(), BANK).rows(["b.png", "missing.png", "a.png"])
    np.testing.assert_allclose(rows, [[0.5, 0.25, 0.9], [np.nan] * 3, [np.nan, 0.75, 0.5]], rtol=1e-6)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(MakdError, match=r"\[2, 3\].*2 questions"):
        Targets(("q1", "q2"), ("h1", "h2"), ("a", "b"), np.zeros((2, 3), dtype=np.float32))


def test_missing_answers_are_said_and_too_many_refused(heard: Recorder) -> None:
    p_yes = np.random.default_rng(0).random((3, 2), dtype=np.float32)
    targets = Targets(("q1", "q2"), ("h1", "h2"), ("a", "b", "c"), p_yes)
    check_answers(targets, ["a", "b", "c"], heard)
    assert heard.lines == []
    check_answers(targets, ["a", "b", "c", "missing"], heard)
    assert len(heard.lines) == 1
    assert heard.lines[0].startswith("1 of 4 training images lack answers, 25.0% of all answers are missing;")
    p_yes[1:] = float("nan")
    with pytest.raises(UsageError, match="3 of 4 training images lack answers"):
        check_answers(targets, ["a", "b", "c", "missing"], heard)


@pytest.fixture
def mapped(tmp_path) -> Targets:
    """The targets of `answers()`, read from files."""
    whole = answers()
    np.save(tmp_path / "log_odds.npy", whole.log_odds)
    RowIds.of(whole.keys).save(tmp_path)
    log_odds = np.load(tmp_path / "log_odds.npy", mmap_mode="r")
    return Targets.from_answers(Answers(RowIds.load(tmp_path), whole.hashes, log_odds), BANK, Reading(2.0))


def test_answers_mapped_from_files_are_computed_row_by_row(mapped) -> None:
    held = Targets.from_answers(answers(), BANK, Reading(2.0))
    assert not isinstance(mapped.p_yes, np.ndarray)
    keys = ["b.png", "missing.png", "a.png"]
    np.testing.assert_array_equal(mapped.rows(keys), held.rows(keys))
    np.testing.assert_array_equal(np.asarray(mapped.p_yes), held.p_yes)
    np.testing.assert_array_equal(mapped.p_yes[1], held.p_yes[1])
    assert mapped.rows(keys).dtype == np.float32
    assert mapped.find(keys).tolist() == [1, -1, 0]


def test_fingerprints_tell_answers_apart_not_how_they_are_held(mapped, monkeypatch) -> None:
    held = Targets.from_answers(answers(), BANK, Reading(2.0))
    assert mapped.fingerprint == held.fingerprint
    assert Targets.from_answers(answers(), BANK).fingerprint != held.fingerprint
    monkeypatch.setattr(targets_module, "_ROWS_AT_ONCE", 1)
    assert replace(mapped).fingerprint == held.fingerprint
    assert mapped.gaps(np.array([1, 0, -1])) == (2, 4)


def test_a_fingerprint_is_made_once_and_goes_to_other_processes(mapped, monkeypatch) -> None:
    first = mapped.fingerprint
    travelled = pickle.loads(pickle.dumps(mapped))
    monkeypatch.setattr(targets_module.hashlib, "sha256", lambda *_: pytest.fail("read again"))
    assert mapped.fingerprint == travelled.fingerprint == first


def test_an_offset_is_taken_from_the_log_odds_before_the_temperature() -> None:
    offset = np.log([2.0, 3.0, 9.0]).astype(np.float32)
    targets = Targets.from_answers(answers(), BANK, Reading(2.0, offset))
    np.testing.assert_allclose(targets.p_yes[1], [1 / (1 + 2**0.5), 0.25, 0.5], rtol=1e-6)


def test_answers_of_too_little_mass_are_missing_unknown_mass_is_not() -> None:
    given = answers()
    given.yes_no_mass = np.array([[0.9, 0.3, np.nan, 1], [np.nan, 0.5, 0.1, 1]], dtype=np.float32)
    targets = Targets.from_answers(given, BANK, Reading(min_mass=0.5))
    np.testing.assert_allclose(targets.p_yes, [[np.nan, np.nan, 0.5], [np.nan, 0.25, 0.9]], rtol=1e-6)
    kept = Targets.from_answers(given, BANK).p_yes
    assert np.isnan(kept).sum() == 1


def test_shrunken_answers_lie_between_their_own_and_their_class_mean(mapped) -> None:
    held = Targets.from_answers(answers(), BANK, Reading(2.0))
    classes = np.array([1, -1])
    means = np.array([[0.0, 0.0, 0.0], [0.2, 0.4, 0.5]], dtype=np.float32)
    kept = np.array([0.5, 0.5, 1.0], dtype=np.float32)
    drawn = held.shrunken(classes, means, kept)
    np.testing.assert_allclose(drawn.p_yes[0], [np.nan, (held.p_yes[0, 1] + 0.4) / 2, held.p_yes[0, 2]])
    np.testing.assert_array_equal(drawn.p_yes[1], held.p_yes[1])
    lazily = mapped.shrunken(classes, means, kept)
    assert not isinstance(lazily.p_yes, np.ndarray)
    np.testing.assert_array_equal(lazily.p_yes[1], drawn.p_yes[1])
    np.testing.assert_array_equal(np.asarray(lazily.p_yes), drawn.p_yes)
    assert lazily.fingerprint == drawn.fingerprint != held.fingerprint


def test_weights_are_part_of_the_fingerprint() -> None:
    targets = Targets.from_answers(answers(), BANK)
    weighed = replace(targets, weights=np.array([1, 0.5, 1], dtype=np.float32))
    assert weighed.fingerprint != targets.fingerprint
