"""Processes that train side by side: each has its place, none outlives the first or takes it down."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from makd.training.children import end_with_parent

_PATIENCE = 20.0


def cores() -> int:
    """Return the number of CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def devices() -> int:
    """Return how many runs go side by side: one a GPU, or without one, one a core."""
    return len(_gpus()) or (1 if _accelerated() else cores())


def _gpus() -> list[str]:
    """Return the names of the CUDA devices that this process may use, as CUDA_VISIBLE_DEVICES writes them."""
    import torch

    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    count = torch.cuda.device_count()
    return visible.split(",")[:count] if visible else [str(i) for i in range(count)]


def _accelerated() -> bool:
    import torch

    return torch.accelerator.is_available()


@contextmanager
def pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of fresh processes; whatever ends the context ends them, and they save what they have."""
    context = multiprocessing.get_context("spawn")
    places = context.SimpleQueue()
    gpus = _gpus()
    for job in range(jobs):
        places.put(gpus[job % len(gpus)] if gpus else None)
    before = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=_settle, initargs=(places,))
    try:
        yield executor
        executor.shutdown()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        children = set(multiprocessing.active_children()) - before
        for child in children:
            child.terminate()
        deadline = time.monotonic() + _PATIENCE
        for child in children:
            child.join(max(0.0, deadline - time.monotonic()))
            child.kill()
            child.join()


def _settle(places: Any) -> None:
    """Prepare a process of the pool: its GPU, its silence, and how it ends.

    Ctrl-C reaches every process of a terminal; only the first one decides what it means. SIGTERM, once, is
    how it says stop. And no process outlives it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    if (gpu := places.get()) is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    write_output_to(Path(os.devnull))
    end_with_parent()


def _stop(signum: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def write_output_to(file: Path) -> None:
    """Let standard output and error, of Python and of libraries below it, go to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    os.close(descriptor)
