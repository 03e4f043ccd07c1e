from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from makd.errors import MakdError
from makd.evaluation import jobs, pool
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory
from tests import fake_runs
from tests.recorder import Recorder


@pytest.fixture
def plans(tmp_path):
    catalog = fake_runs.make_catalog(tmp_path)
    return [
        TrainingPlan(
            fake_runs.FakeTask(), catalog, None, fake_runs.SETTINGS, tmp_path / "runs" / f"{arm}-0", arm
        )
        for arm in ("base", "makd", "shuffled", "random")
    ]


def carry_out(plans, tmp_path, fit, progress=None, n=2):
    told = []
    progress = progress or Recorder()
    try:
        work = jobs.carry_out(
            plans,
            jobs=n,
            logs=tmp_path / "logs",
            fit=fit,
            told=lambda plan, seconds: told.append((plan.arm, seconds)),
            progress=progress,
        )
        assert (work is None) == (not plans)
        if work is not None:
            assert (work.runs, work.jobs, work.threads) == (len(plans), n, max(1, pool.cores() // n))
            assert work.run_seconds == pytest.approx(sum(seconds for _, seconds in told))
            assert work.processor_seconds > 0
            assert work.run_seconds <= n * work.wall_seconds
    finally:
        assert not multiprocessing.active_children()
    return told


def test_all_runs_are_carried_out_and_told(plans, tmp_path, heard):
    told = carry_out(plans, tmp_path, fake_runs.fit, heard)
    assert sorted(arm for arm, _ in told) == ["base", "makd", "random", "shuffled"]
    assert all(seconds >= 0 for _, seconds in told)
    assert all(RunDirectory(plan.out).finished for plan in plans)
    assert heard.total == heard.counted == 4 * 3
    assert RunDirectory(plans[0].out).evaluation()["threads"] == max(1, pool.cores() // 2)
    assert not list((tmp_path / "logs").iterdir())


def test_a_failed_run_lets_the_others_finish_and_says_why(plans, tmp_path, capfd):
    with pytest.raises(
        MakdError, match=r"1 of 4 runs failed .*\n  shuffled-0: the loss is no longer"
    ) as caught:
        carry_out(plans, tmp_path, fake_runs.fit_but_not_shuffled)
    assert [RunDirectory(plan.out).finished for plan in plans] == [True, True, False, True]
    assert str(tmp_path / "logs") in str(caught.value)
    log = (tmp_path / "logs" / "shuffled-0.log").read_text()
    assert log.startswith("begun")
    assert "Traceback" in log
    assert capfd.readouterr() == ("", "")


def test_a_process_that_dies_is_a_failed_run(plans, tmp_path):
    with pytest.raises(MakdError, match=r"random-0.*: its process was ended from outside"):
        carry_out(plans, tmp_path, fake_runs.fit_but_die, n=1)
    assert [RunDirectory(plan.out).finished for plan in plans] == [True, True, True, False]


def test_nothing_to_do_starts_nothing(tmp_path):
    assert carry_out([], tmp_path, fake_runs.fit) == []
    assert not (tmp_path / "logs").exists()


def test_one_gpu_a_job(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert pool._gpus() == ["0", "1", "2"]
    assert pool.devices() == 3
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7")
    assert pool._gpus() == ["5", "7"]


def test_without_accelerator_one_core_a_job(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    assert pool.devices() == pool.cores()
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    assert pool.devices() == 1


INTERRUPTED = """
    import os, signal, sys
    from pathlib import Path
    from makd.evaluation import jobs
    from makd.progress import Silent
    from makd.training.plan import TrainingPlan
    from tests import fake_runs

    if __name__ == "__main__":
        root = Path(sys.argv[1])
        catalog = fake_runs.make_catalog(root)
        plans = [
            TrainingPlan(fake_runs.FakeTask(), catalog, None, fake_runs.SETTINGS, root / f"{arm}-0", arm)
            for arm in ("base", "makd", "shuffled", "random")
        ]
        try:
            logs = root / "logs"
            stub = fake_runs.fit_until_stopped
            jobs.carry_out(plans, jobs=2, logs=logs, fit=stub, told=print, progress=Silent())
        except KeyboardInterrupt:
            print("interrupted")
"""


@pytest.mark.parametrize("whole_terminal", [True, False])
def test_an_interrupt_ends_the_processes_once_they_have_saved(tmp_path, whole_terminal):
    script = tmp_path / "main.py"
    script.write_text(textwrap.dedent(INTERRUPTED))
    parent = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    pipes = [tmp_path / "base-0.fifo", tmp_path / "makd-0.fifo"]
    for pipe in pipes:
        os.mkfifo(pipe)
    running = [int(pipe.read_text()) for pipe in pipes]  # waits until both runs are under way
    (os.killpg if whole_terminal else os.kill)(parent.pid, signal.SIGINT)
    output, errors = parent.communicate(timeout=60)
    assert (output, errors) == ("interrupted\n", "")
    assert (tmp_path / "base-0" / "saved").exists()
    assert (tmp_path / "makd-0" / "saved").exists()
    assert not (tmp_path / "shuffled-0").exists()
    for pid in running:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_shares_of_the_time_are_those_of_places_and_of_cores():
    plain = jobs.Work(4, 2, 3, wall_seconds=10.0, run_seconds=19.0, processor_seconds=48.0).plain()
    assert (plain["occupied"], plain["processor"]) == (0.95, 0.8)
