"""The run directory: everything that a training run leaves behind, and the one place of its file names."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from numpy.typing import NDArray

from makd.errors import UsageError
from makd.storage import replacing, write_json, write_text

PACKAGES = ("makd", "torch", "torchvision", "timm", "lightning", "torchmetrics", "numpy")


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """A directory with one run in it, finished or not."""

    path: Path

    config_file = property(lambda self: self.path / "config.yaml")
    environment_file = property(lambda self: self.path / "environment.json")
    split_file = property(lambda self: self.path / "split.csv")
    metrics_file = property(lambda self: self.path / "metrics.jsonl")
    best_file = property(lambda self: self.path / "checkpoints" / "best.ckpt")
    last_file = property(lambda self: self.path / "checkpoints" / "last.ckpt")
    weights_file = property(lambda self: self.path / "model.safetensors")
    model_file = property(lambda self: self.path / "model.json")
    evaluation_file = property(lambda self: self.path / "evaluation.json")
    predictions_file = property(lambda self: self.path / "predictions.parquet")
    aspects_file = property(lambda self: self.path / "aspects.npz")
    tensorboard = property(lambda self: self.path / "tensorboard")
    faulty_batch_file = property(lambda self: self.path / "faulty-batch.safetensors")

    @property
    def first(self) -> RunDirectory:
        """The run of the first student, which has given pseudo-labels; there only where one was wanted."""
        return RunDirectory(self.path / "first")

    @property
    def finished(self) -> bool:
        """Whether the run has come to its end: it has been judged."""
        return bool(self.evaluation_file.is_file())

    def config(self) -> dict[str, Any]:
        """Return the resolved settings (`TrainingPlan.config`) that the run was made with."""
        self._check(self.config_file)
        config: dict[str, Any] = yaml.safe_load(self.config_file.read_text(encoding="utf-8"))
        return config

    def environment(self) -> dict[str, Any]:
        """Return `environment.json`: versions, and how it was last carried out; empty before that."""
        return self._json(self.environment_file) if self.environment_file.is_file() else {}

    def metrics(self) -> list[dict[str, Any]]:
        """Return what was measured, one dictionary an epoch."""
        if not self.metrics_file.is_file():
            return []
        lines = self.metrics_file.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def evaluation(self) -> dict[str, Any]:
        """Return `evaluation.json`: split, n, every metric, seconds, images_per_second, …."""
        return self._json(self.evaluation_file)

    def model(self) -> dict[str, Any]:
        """Return `model.json`: what is needed to build the model and feed it."""
        return self._json(self.model_file)

    def predictions(self) -> dict[str, NDArray[Any]]:
        """Return arrays `key`, `label`, `prediction` and `confidence`, one entry a judged image."""
        self._check(self.predictions_file)
        table = pq.read_table(self.predictions_file)
        return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}

    def write_start(
        self,
        config: dict[str, Any],
        execution: Mapping[str, Any] = MappingProxyType({}),
        arithmetic: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Write what is known before training: `config.yaml`, `environment.json`.

        Args:
            config: what the run is known by (`TrainingPlan.config`).
            execution: how it is carried out (this time: a resumed run may be carried out otherwise).
            arithmetic: on which kind of device and in which precision (`hardware.arithmetic`).
        """
        self.path.mkdir(parents=True, exist_ok=True)
        write_text(self.config_file, yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
        versions = {package: metadata.version(package) for package in PACKAGES}
        write_json(
            self.environment_file,
            {
                "python": platform.python_version(),
                "platform": platform.platform(),
                **arithmetic,
                "packages": versions,
                "execution": dict(execution),
            },
        )

    def write_metrics(self, lines: list[dict[str, Any]]) -> None:
        """Replace `metrics.jsonl`."""
        write_text(self.metrics_file, "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines))

    def append_metrics(self, line: dict[str, Any]) -> None:
        """Add one epoch's line to `metrics.jsonl`."""
        with self.metrics_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, allow_nan=False) + "\n")

    def write_predictions(
        self, keys: tuple[str, ...], labels: Any, predictions: Any, confidence: Any
    ) -> None:
        """Write `predictions.parquet`: a row an image."""
        columns = {
            "key": list(keys),
            "label": np.asarray(labels, dtype=np.int64),
            "prediction": np.asarray(predictions, dtype=np.int64),
            "confidence": np.asarray(confidence, dtype=np.float32),
        }
        with replacing(self.predictions_file) as temporary:
            pq.write_table(pa.table(columns), temporary)

    def _json(self, file: Path) -> dict[str, Any]:
        self._check(file)
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return content

    def _check(self, file: Path) -> None:
        if not file.is_file():
            raise UsageError(
                f"{self.path} is not a finished run: there is no {file.name} in it. "
                "Name the directory that `makd train --out` wrote, or go on with it by --resume."
            )
