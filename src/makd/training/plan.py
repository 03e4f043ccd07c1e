"""All that one training run is made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from makd.config.execution import USUAL, ExecutionSettings
from makd.config.training import ModelSettings, TrainingSettings, VisionTeacherSettings
from makd.data.samples import Catalog
from makd.storage import file_hash
from makd.task import Task
from makd.training.run_dir import RunDirectory
from makd.training.targets import Targets

_LOCAL = "local-dir:"
"""Begins the name of a model whose weights timm reads from a folder."""
_OF_TIMM = (".json", ".safetensors", ".pth", ".bin")


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """One run: picklable, so that it can be carried out in another process.

    Attributes:
        task: what kind of problem it is.
        catalog: the pictures, with their splits.
        targets: the teacher's answers; None trains on labels alone.
        settings: everything else that shapes the student.
        out: the run directory.
        arm: name of the variant in a comparison.
        execution: how it is carried out; no part of what the run is known by.
    """

    task: Task
    catalog: Catalog
    targets: Targets | None
    settings: TrainingSettings
    out: Path
    arm: str = ""
    execution: ExecutionSettings = USUAL

    def on(self, catalog: Catalog) -> TrainingPlan:
        """Return the plan on fewer training pictures, in so many more epochs that it takes as many steps."""
        factor = len(self.catalog.of("train")) / max(1, len(catalog.of("train")))
        return replace(self, catalog=catalog, settings=_lengthened(self.settings, factor))

    def config(self) -> dict[str, Any]:
        """Return what `config.yaml` says: two runs with equal configs train the same student."""
        return {
            "task": self.task.name,
            "metric": self.task.metric,
            "arm": self.arm,
            "data": {"source": self.catalog.source, "fingerprint": _of_catalog(self.catalog)},
            "targets": self.targets
            and {
                "questions": len(self.targets.question_ids),
                "fingerprint": self.targets.fingerprint,
            },
            "weights": _of_weights(self.settings.model),
            "vision_teacher_weights": _of_teacher(self.settings.vision_teacher),
            **self.settings.model_dump(mode="json", include=set(TrainingSettings.model_fields)),
        }


def _lengthened(settings: TrainingSettings, factor: float) -> TrainingSettings:
    """Return settings with `factor` times the epochs, those of the schedules among them."""
    schedule = settings.schedule.model_copy(
        update={
            "warmup_epochs": round(settings.schedule.warmup_epochs * factor),
            "milestones": tuple(round(epoch * factor) for epoch in settings.schedule.milestones),
        }
    )
    ramp = settings.aspects.ramp_epochs
    aspects = settings.aspects.model_copy(update={"ramp_epochs": ramp and round(ramp * factor)})
    epochs = round(settings.epochs * factor)
    return settings.model_copy(update={"epochs": epochs, "schedule": schedule, "aspects": aspects})


def _of_teacher(teacher: VisionTeacherSettings | None) -> str | None:
    """Hash a vision teacher's weights, be it the student of a run or a model of timm."""
    if teacher is None:
        return None
    return _of_file(RunDirectory(Path(teacher.name)).weights_file) or _of_weights(teacher)


def _of_weights(model: ModelSettings | VisionTeacherSettings) -> str | None:
    """Hash the weights that timm is given; None where there are none, or the hub keeps them by name."""
    if model.weights is None and model.name.startswith(_LOCAL):
        return _of_folder(Path(model.name.removeprefix(_LOCAL)))
    return _of_file(model.weights)


def _of_folder(folder: Path) -> str:
    """Hash a folder that timm builds a model from: its weights, and the JSON that says what they are."""
    files = sorted(file for file in folder.glob("*") if file.suffix in _OF_TIMM)
    said = "\n".join(f"{file.name}\t{_of_file(file)}" for file in files)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _of_file(file: Path | None) -> str | None:
    """Hash a file of weights; None where there is none."""
    if file is None or not file.is_file():
        return None
    return _hash(file, file.stat().st_mtime_ns)


@lru_cache
def _hash(file: Path, changed: int) -> str:
    return file_hash(file)[:16]


def _of_catalog(catalog: Catalog) -> str:
    """Hash the classes and each sample's key, label and split (not the pixels)."""
    digest = hashlib.sha256("\n".join(catalog.classes).encode())
    for sample in catalog.samples:
        digest.update(f"\n{sample.key}\t{sample.label}\t{sample.split}".encode())
    return digest.hexdigest()[:16]
