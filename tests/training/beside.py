"""What other processes do in the tests of `makd.training.processes`: importable by name, and light."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from makd.errors import MakdError
from makd.training.place import Place


def without_model(place: Place) -> Callable[[], object]:
    raise MakdError("no such model")


def broken(place: Place) -> Callable[[], object]:
    def work() -> None:
        raise ValueError("it broke")

    return work


def killed(place: Place) -> Callable[[], object]:
    return lambda: os.kill(os.getpid(), signal.SIGKILL)
