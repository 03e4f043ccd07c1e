"""`--compile`: a student's forward and backward pass as one program for its device (torch.compile)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from makd.errors import MakdError

BACKEND = "inductor"
"""Who compiles. On the CPU it needs a C++ compiler, on GPUs Triton, which comes with torch."""


def compile_in_place(model: nn.Module) -> None:
    """Let `model` compile itself when it is first called.

    It stays the module that it was, so its state has the same names. Dropout draws the numbers that it draws
    without compiling: a compiled run differs from another by rounding alone.
    """
    model.compile(backend=BACKEND, options={"fallback_random": True} if BACKEND == "inductor" else None)


def uncompiled(model: nn.Module) -> nn.Module:
    """Return a copy that runs as it was written: the student's last judgement is that of the saved model."""
    return copy.deepcopy(model)


@contextmanager
def compiler_trouble_told() -> Iterator[None]:
    """Turn what a compiler cannot do into one sentence.

    Raises:
        MakdError: the student cannot be compiled here.
    """
    from torch._dynamo.exc import TorchDynamoException

    try:
        yield
    except TorchDynamoException as error:
        reason = str(error).strip().splitlines()[0]
        raise MakdError(
            f"--compile: the student cannot be compiled here ({reason}). {BACKEND} needs a C++ "
            "compiler (such as g++) on a CPU and Triton on a GPU; --no-compile trains without."
        ) from error
