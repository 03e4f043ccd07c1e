"""The student that a finished run has left, built again with its weights."""

from __future__ import annotations

from typing import Any

from safetensors.torch import load_file
from torch import nn

from makd.errors import MakdError
from makd.students.build import build_student
from makd.training.run_dir import RunDirectory


def load_saved(run: RunDirectory) -> tuple[nn.Module, dict[str, Any]]:
    """Return a run's best student with all C + Q outputs, in evaluation mode, and its `model.json`.

    Raises:
        UsageError: there is no finished run.
        MakdError: its files do not belong together.
    """
    card = run.model()
    model = build_student(
        card["model"], classes=len(card["classes"]), questions=len(card["questions"]), kwargs=card["kwargs"]
    )
    try:
        model.load_state_dict(load_file(run.weights_file))
    except (OSError, RuntimeError) as error:
        raise MakdError(f"{run.weights_file} does not fit {run.model_file}: {error}") from error
    return model.eval().requires_grad_(False), card
