"""All that one training run is made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from makd.config.settings import TrainingSettings, VisionTeacherSettings
from makd.data.samples import Catalog
from makd.storage import file_hash
from makd.task import Task
from makd.training.run_dir import RunDirectory
from makd.training.targets import Targets


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
    """

    task: Task
    catalog: Catalog
    targets: Targets | None
    settings: TrainingSettings
    out: Path
    arm: str = ""

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
                "fingerprint": self.targets.fingerprint(),
            },
            "weights": _of_file(self.settings.model.weights),
            "vision_teacher_weights": _of_weights(self.settings.vision_teacher),
            **self.settings.model_dump(mode="json", include=set(TrainingSettings.model_fields)),
        }


def _of_weights(teacher: VisionTeacherSettings | None) -> str | None:
    """Hash a vision teacher's weights; None where there is none, or where the hub keeps them by name."""
    if teacher is None:
        return None
    return _of_file(teacher.weights or RunDirectory(Path(teacher.name)).weights_file)


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
