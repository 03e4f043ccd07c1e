"""Who is told of a run's metrics besides `metrics.jsonl`: Lightning's loggers, by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec

from lightning.pytorch import loggers
from lightning.pytorch.loggers import Logger

from makd.errors import UsageError
from makd.training.run_dir import RunDirectory

_PACKAGES = {"mlflow": "mlflow", "wandb": "wandb", "comet": "comet_ml"}
"""What has to be installed besides makd, by the name of the logger."""


def check_loggers(names: Sequence[str]) -> None:
    """Look whether the packages of these loggers are there.

    Raises:
        UsageError: some are not installed.
    """
    missing = [name for name in names if name in _PACKAGES and find_spec(_PACKAGES[name]) is None]
    if missing:
        packages = " ".join(_PACKAGES[name].replace("_", "-") for name in missing)
        raise UsageError(f"--logger {','.join(missing)}: not installed. Try: pip install {packages}")


def open_loggers(names: Sequence[str], run: RunDirectory) -> list[Logger]:
    """Return the loggers of a run, named after its directory; none for `none`.

    TensorBoard, CSV and (unless MLFLOW_TRACKING_URI names a server) MLflow write into the run directory.
    Those that send over the network take keys, projects and addresses from the environment, as their own
    documentation says, and from nowhere else.
    """
    makers: dict[str, Callable[[RunDirectory], Logger]] = {
        "tensorboard": lambda run: loggers.TensorBoardLogger(run.tensorboard, name="", version=""),
        "csv": lambda run: loggers.CSVLogger(run.path, name="csv", version=""),
        "mlflow": _mlflow,
        "wandb": lambda run: loggers.WandbLogger(name=run.path.name, save_dir=run.path),
        "comet": lambda run: loggers.CometLogger(name=run.path.name),
    }
    return [makers[name](run) for name in names if name != "none"]


def close_loggers(opened: Sequence[Logger]) -> None:
    """End the runs of those that would go on until this process ends, and take the next run for the same."""
    for logger in opened:
        if isinstance(logger, loggers.WandbLogger):
            logger.experiment.finish()
        elif isinstance(logger, loggers.CometLogger):
            logger.experiment.end()


def _mlflow(run: RunDirectory) -> Logger:
    server = os.environ.get("MLFLOW_TRACKING_URI")
    folder = run.path.resolve() / "mlflow"
    if not server:
        folder.mkdir(parents=True, exist_ok=True)  # SQLite makes none
    return loggers.MLFlowLogger(
        experiment_name=os.environ.get("MLFLOW_EXPERIMENT_NAME", "makd"),
        run_name=run.path.name,
        tracking_uri=server or f"sqlite:///{folder / 'mlflow.db'}",
        artifact_location=None if server else str(folder / "artifacts"),
    )
