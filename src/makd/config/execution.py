"""How a run is carried out: settings that shape no student, and so are no part of what a run is known by."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from makd.config.group import Group, setting

Logger = Literal["tensorboard", "csv", "mlflow", "wandb", "comet", "none"]


class RunsExecution(Group):
    """How fast runs go, and who is told of them: of one run or of many side by side.

    Runs that differ in nothing else are the same run: one may begin with a logger and go on without.
    """

    compile: bool = setting(False, "compile the student (torch.compile): a slow beginning, then faster steps")
    logger: tuple[Logger, ...] = setting(
        ("tensorboard",),
        "who is told the metrics, by commas: tensorboard, csv, mlflow, wandb, comet; none",
    )

    @field_validator("logger")
    @classmethod
    def _none_is_alone(cls, loggers: tuple[Logger, ...]) -> tuple[Logger, ...]:
        if "none" in loggers and len(loggers) > 1:
            raise ValueError("should be 'none' alone, or names of loggers")
        return loggers


class ExecutionSettings(RunsExecution):
    """How one run is carried out."""

    devices: int = setting(
        1, "processes that share each batch: one a GPU, or without GPUs so many on the CPU", ge=1
    )


USUAL = ExecutionSettings()
"""One process, nothing compiled, TensorBoard."""
