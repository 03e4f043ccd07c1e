from __future__ import annotations

import csv
import sqlite3
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest
from lightning.pytorch import loggers as lightning
from pydantic import ValidationError

from makd.config.execution import ExecutionSettings
from makd.errors import UsageError
from makd.training import loggers
from makd.training.loggers import check_loggers, close_loggers, open_loggers
from makd.training.run_dir import RunDirectory


def test_loggers_of_makd_itself_write_into_the_run_directory(tmp_path: Path) -> None:
    check_loggers(("tensorboard", "csv", "none"))
    found = open_loggers(("tensorboard", "csv"), RunDirectory(tmp_path / "run"))
    for logger in found:
        logger.log_metrics({"train_loss": 1.5}, step=1)
        logger.log_metrics({"train_loss": 0.5}, step=2)
        logger.finalize("success")
    assert list((tmp_path / "run" / "tensorboard").glob("events.*"))
    rows = list(csv.DictReader((tmp_path / "run" / "csv" / "metrics.csv").read_text().splitlines()))
    assert [(row["step"], row["train_loss"]) for row in rows] == [("1", "1.5"), ("2", "0.5")]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_none_tells_nobody(tmp_path: Path) -> None:
    assert open_loggers(("none",), RunDirectory(tmp_path)) == []
    with pytest.raises(ValidationError, match="'none' alone"):
        ExecutionSettings.model_validate({"logger": ["none", "csv"]})


def test_what_is_not_installed_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loggers, "find_spec", lambda package: None)
    with pytest.raises(UsageError, match=r"--logger wandb,comet: .* pip install wandb comet-ml"):
        check_loggers(("csv", "wandb", "comet"))
    monkeypatch.setattr(loggers, "find_spec", lambda package: ModuleSpec(package, None))
    check_loggers(("csv", "wandb", "comet", "mlflow"))


def test_others_are_given_a_name_a_place_and_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, dict[str, Any]] = {}
    for name in ("WandbLogger", "MLFlowLogger", "CometLogger"):
        monkeypatch.setattr(lightning, name, lambda __kind=name, **kwargs: given.setdefault(__kind, kwargs))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracking.example")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
    run = RunDirectory(tmp_path / "student")
    assert len(open_loggers(("wandb", "mlflow", "comet"), run)) == 3
    assert given == {
        "WandbLogger": {"name": "student", "save_dir": run.path},
        "MLFlowLogger": {
            "experiment_name": "makd",
            "run_name": "student",
            "tracking_uri": "http://tracking.example",
            "artifact_location": None,
        },
        "CometLogger": {"name": "student"},
    }


def test_without_a_server_mlflow_keeps_its_book_in_the_run_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(lightning, "MLFlowLogger", lambda **kwargs: given.update(kwargs))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    open_loggers(("mlflow",), RunDirectory(tmp_path / "student"))
    book = Path(given["tracking_uri"].removeprefix("sqlite:///"))
    sqlite3.connect(book).close()
    assert book.is_relative_to(tmp_path / "student")


class Remote:
    """Stands for a logger that sends metrics away, and for its experiment."""

    def __init__(self, **given: Any) -> None:
        self.experiment, self.ended = self, 0

    def finish(self) -> None:
        self.ended += 1


def test_what_sends_metrics_away_ends_with_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lightning, "WandbLogger", Remote)
    opened: Any = open_loggers(("wandb", "csv"), RunDirectory(tmp_path))
    close_loggers(opened)
    assert opened[0].ended == 1
