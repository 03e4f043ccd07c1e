"""Several processes of one machine that train one student: this one, and others that it starts and ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from makd.errors import MakdError
from makd.training.children import end_with_parent, interrupts_held_back
from makd.training.hardware import pick_device
from makd.training.place import ALONE, Place

Prepare = Callable[..., Callable[[], object]]
"""Called with some arguments and a `Place`, returns what is to be done with the other processes."""

_PATIENCE = 20.0


@contextmanager
def together(prepare: Prepare, arguments: Sequence[Any], world: int, threads: int | None) -> Iterator[Place]:
    """Be the first of `world` processes while the context lasts.

    The others are started, prepare, and do what `prepare` has returned; they end with this one, however that
    ends. All meet on this machine's loopback (gloo), on GPUs by NCCL.

    Args:
        prepare: importable by name; called in each other process with `arguments` and its place.
        arguments: picklable.
        world: number of processes; 1 starts none.
        threads: of the CPU, for each; None shares this process's number among them.

    Raises:
        MakdError: another process has failed.
    """
    if world == 1:
        yield ALONE
        return
    before = torch.get_num_threads()
    threads = threads or max(1, before // world)
    with tempfile.TemporaryDirectory(prefix="makd-") as folder, _environment(threads):
        meeting = Path(folder) / "meeting"
        others = [_Other(prepare, arguments, Place(rank, world), meeting) for rank in range(1, world)]
        try:
            torch.set_num_threads(threads)
            for other in others:
                other.wait_until_ready()
            with _met(Place(0, world), meeting):
                try:
                    with _told_of(others):
                        yield Place(0, world)
                except BaseException:
                    for other in others:  # they wait for this one, which says goodbye to nobody
                        other.end()
                    raise
            for other in others:
                other.join()
        finally:
            torch.set_num_threads(before)
            for other in others:
                other.end()


class _Other:
    """A process that trains beside this one."""

    def __init__(self, prepare: Prepare, arguments: Sequence[Any], place: Place, meeting: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self.name = f"Process {place.rank + 1} of {place.world}"
        self._hears, tells = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_join, args=(prepare, arguments, place, meeting, tells), daemon=True
        )
        with interrupts_held_back():
            self._process.start()
        tells.close()

    def wait_until_ready(self) -> None:
        """Wait until it has prepared.

        Raises:
            MakdError: it has failed before.
        """
        if fault := self._heard(None):
            raise MakdError(f"{self.name}: {fault}")

    def fault(self) -> str:
        """Return why it has ended or is about to, empty while it works."""
        return self._heard(_PATIENCE / 10)

    def join(self) -> None:
        """Wait for its orderly end."""
        self._process.join(_PATIENCE)

    def end(self) -> None:
        """End it now: it has nothing to save."""
        self._process.kill()
        self._process.join()
        self._hears.close()

    def _heard(self, seconds: float | None) -> str:
        """Return what it says next: nothing when it is ready or silent, else why it has failed."""
        if self._hears not in wait([self._hears, self._process.sentinel], seconds):
            self._process.join(0)
            return "" if self._process.exitcode is None else _ending(self._process.exitcode)
        try:
            return str(self._hears.recv())
        except EOFError:
            self._process.join(_PATIENCE)
            return _ending(self._process.exitcode)


def _ending(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return f"it was killed by signal {-exitcode} (out of memory?)"
    return f"it ended with code {exitcode}" if exitcode else ""


@contextmanager
def _told_of(others: Sequence[_Other]) -> Iterator[None]:
    """Say which process has failed, where this one fails because it no longer hears from another."""
    try:
        yield
    except (MakdError, KeyboardInterrupt):
        raise
    except RuntimeError as error:
        faults = [f"{other.name}: {fault}" for other in others if (fault := other.fault())]
        if not faults:
            raise
        raise MakdError(
            f"A process that shares the batches has failed. {'; '.join(faults)}. "
            "Go on from the last epoch by --resume."
        ) from error


@contextmanager
def _met(place: Place, meeting: Path) -> Iterator[None]:
    """Be one of the processes that meet by the file `meeting`, until the context is left."""
    backend = "nccl" if pick_device().type == "cuda" else "gloo"
    dist.init_process_group(backend, init_method=f"file://{meeting}", rank=place.rank, world_size=place.world)
    try:
        yield
    finally:
        dist.destroy_process_group()


def _join(prepare: Prepare, arguments: Sequence[Any], place: Place, meeting: Path, tells: Connection) -> None:
    """Live the life of another process; Ctrl-C is for the first one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    try:
        if torch.accelerator.is_available():
            torch.accelerator.set_device_index(place.rank)
        work = prepare(*arguments, place)
        tells.send("")
        with _met(place, meeting):
            work()
    except BaseException as error:
        tells.send(str(error) or type(error).__name__ if isinstance(error, MakdError) else _last_line(error))
        sys.exit(1)


def _last_line(error: BaseException) -> str:
    return traceback.format_exception_only(error)[-1].strip()


@contextmanager
def _environment(threads: int) -> Iterator[None]:
    """Let processes that are started now take so many threads, and meet on this machine alone."""
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    with _set({"OMP_NUM_THREADS": str(threads), "GLOO_SOCKET_IFNAME": loopback}):
        yield


@contextmanager
def _set(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
