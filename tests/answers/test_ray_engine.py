from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from makd.answers.ray_engine import extract_with_ray
from makd.answers.store import AnswerStore
from makd.errors import MakdError, UsageError
from makd.teachers.base import TeacherCard
from tests.answers.conftest import HashTeacher, log_odds

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _ray(monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    )
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Patient(HashTeacher):
    """Takes its time, and leaves the id of its process for whoever wants to end it."""

    def _reply(self, waiting, questions):
        (Path(os.environ["PIDS"]) / str(os.getpid())).touch()
        time.sleep(0.05)
        yield from super()._reply(waiting, questions)


def test_two_workers_fill_a_store_though_one_is_killed(make_samples, bank, tmp_path, monkeypatch):
    samples = make_samples(120)
    (pids := tmp_path / "pids").mkdir()
    monkeypatch.setenv("PIDS", str(pids))
    killed: list[int] = []

    def kill_one() -> None:
        deadline = time.monotonic() + 300
        while len(list(pids.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        killed.append(int(sorted(pids.iterdir())[0].name))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    summary = extract_with_ray(samples, Patient, bank, tmp_path / "store", source="data", workers=2)
    killer.join()
    assert killed
    assert len(list(pids.iterdir())) >= 2  # the dead one's block goes to a new process, or to the other one
    assert summary.answered + summary.skipped == 120
    expected = np.stack([log_odds(sample.path.read_bytes(), bank.questions) for sample in samples])
    np.testing.assert_array_equal(AnswerStore.open(tmp_path / "store").answers().log_odds, expected)


def test_a_refusal_in_a_worker_is_told_as_it_is(make_samples, bank, tmp_path):
    samples = make_samples(4)
    extract_with_ray(samples, HashTeacher, bank, tmp_path / "store", source="data", workers=2)

    def another() -> HashTeacher:
        return HashTeacher(card=TeacherCard("another"))

    with pytest.raises(UsageError, match="holds answers of another teacher"):
        extract_with_ray(samples, another, bank, tmp_path / "store", source="data", workers=2)

    def failing() -> HashTeacher:
        return HashTeacher(fails_on=frozenset(sample.key for sample in samples))

    with pytest.raises(MakdError, match="Stopped after 1 images"):
        extract_with_ray(samples, failing, bank, tmp_path / "other", source="data", workers=1, max_failures=1)
