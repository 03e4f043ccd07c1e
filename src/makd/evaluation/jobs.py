"""Training runs side by side, each in a process of its own, none of which can take the others down."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from makd.errors import MakdError
from makd.evaluation.pool import cores, devices, pool, write_output_to
from makd.progress import Meter, Progress
from makd.training.children import interrupts_held_back
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory

Fit: TypeAlias = Callable[..., RunDirectory]
"""Has the signature of `makd.training.fit.fit`; must be importable by name, as other processes call it."""

_POLL = 0.5


@dataclass(frozen=True, slots=True)
class Work:
    """What runs side by side took.

    Attributes:
        runs: their number.
        jobs: how many went at once.
        threads: of the CPU, of each.
        wall_seconds: from the first run's beginning to the last one's end, starting processes included.
        run_seconds: of all runs together.
        processor_seconds: of all their threads together.
    """

    runs: int
    jobs: int
    threads: int
    wall_seconds: float
    run_seconds: float
    processor_seconds: float

    def plain(self) -> dict[str, float]:
        """Return it as `results.json` has it.

        `occupied` is the share of the time in which the places had a run, `processor` the share in which the
        cores given to them computed; the latter falls short where others use the machine.
        """
        wall = max(self.wall_seconds, 1e-9)
        return {
            "runs": self.runs,
            "jobs": self.jobs,
            "threads": self.threads,
            "wall_seconds": round(self.wall_seconds, 2),
            "occupied": round(self.run_seconds / (wall * self.jobs), 4),
            "processor": round(self.processor_seconds / (wall * self.jobs * self.threads), 4),
        }


@dataclass(frozen=True, slots=True)
class _Outcome:
    seconds: float
    processor_seconds: float = 0.0
    fault: str = ""


def carry_out(
    plans: Sequence[TrainingPlan],
    *,
    jobs: int | None,
    logs: Path,
    fit: Fit,
    told: Callable[[TrainingPlan, float], None],
    progress: Progress,
) -> Work | None:
    """Train all plans, beginning in the order given; a run that was cut off goes on.

    Args:
        plans: the runs, named by the last part of their directories.
        jobs: runs at once; None for one a GPU, or without GPU one a core.
        logs: where a run's output goes (NAME.log); it stays only when the run fails.
        fit: trains one plan.
        told: called with each finished run and the seconds it took.
        progress: told of the epochs of all runs.

    Returns:
        What it took; None where there was nothing to do.

    Raises:
        MakdError: runs failed, after the others have finished; it says which, why and where their logs are.
        KeyboardInterrupt: passed on when the processes have saved their state and ended.
    """
    if not plans:
        return None
    start = time.perf_counter()
    jobs = min(jobs or devices(), len(plans))
    threads = max(1, cores() // jobs)
    logs.mkdir(parents=True, exist_ok=True)
    faults: dict[str, str] = {}
    seconds = processor = 0.0
    total = sum(plan.settings.epochs for plan in plans)
    with (
        progress.meter(f"{len(plans)} runs, {jobs} at once", total, "epochs") as meter,
        pool(jobs) as processes,
    ):
        shown = _Shown(plans, meter)
        with interrupts_held_back():
            futures = {
                processes.submit(_train, plan, threads, logs / f"{plan.out.name}.log", fit): plan
                for plan in plans
            }
        for future in _as_they_end(futures, shown):
            outcome = _outcome(future)
            seconds, processor = seconds + outcome.seconds, processor + outcome.processor_seconds
            if outcome.fault:
                faults[futures[future].out.name] = outcome.fault
            else:
                told(futures[future], outcome.seconds)
    if faults:
        raise MakdError(_summary(faults, len(plans), logs))
    return Work(len(plans), jobs, threads, time.perf_counter() - start, seconds, processor)


def _train(plan: TrainingPlan, threads: int, log: Path, fit: Fit) -> _Outcome:
    """Carry out one plan in this process; what goes wrong is returned, as not every error can be sent."""
    start, processor = time.perf_counter(), time.process_time()
    write_output_to(log)
    fault = ""
    try:
        fit(plan, resume=True, threads=threads)
    except KeyboardInterrupt:
        os._exit(130)
    except MakdError as error:
        fault = str(error)
        traceback.print_exc()
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"
        traceback.print_exc()
    write_output_to(Path(os.devnull))
    if not fault:
        log.unlink()
    return _Outcome(time.perf_counter() - start, time.process_time() - processor, fault)


def _outcome(future: Future[_Outcome]) -> _Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        return _Outcome(
            0.0, fault="its process was ended from outside (perhaps out of memory: try fewer --jobs)"
        )


def _as_they_end(futures: dict[Future[_Outcome], TrainingPlan], shown: _Shown) -> Iterator[Future[_Outcome]]:
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=_POLL, return_when=FIRST_COMPLETED)
        shown.update(futures[future] for future in pending)
        yield from done
    shown.update(())


class _Shown:
    """What the meter shows: epochs done in all runs, and how far the runs under way are."""

    def __init__(self, plans: Sequence[TrainingPlan], meter: Meter) -> None:
        self._meter = meter
        self._plans = plans
        self._done = {plan.out: 0 for plan in plans}

    def update(self, pending: Iterable[TrainingPlan]) -> None:
        before = sum(self._done.values())
        for plan in self._plans:
            file = RunDirectory(plan.out).metrics_file
            lines = file.read_bytes().count(b"\n") if file.is_file() else 0
            self._done[plan.out] = min(plan.settings.epochs, max(self._done[plan.out], lines))
        under_way = sorted(
            f"{plan.out.name} {self._done[plan.out]}/{plan.settings.epochs}"
            for plan in pending
            if self._done[plan.out]
        )
        self._meter.advance(sum(self._done.values()) - before, ", ".join(under_way))


def _summary(faults: dict[str, str], runs: int, logs: Path) -> str:
    """Say which runs failed and why, each reason once."""
    by_reason: dict[str, list[str]] = {}
    for name, fault in faults.items():
        by_reason.setdefault(fault, []).append(name)
    reasons = "".join(f"\n  {', '.join(names)}: {fault}" for fault, names in by_reason.items())
    return (
        f"{len(faults)} of {runs} runs failed (logs in {logs}); the finished ones are kept, the same command "
        f"goes on with what is missing.{reasons}"
    )
