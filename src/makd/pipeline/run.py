"""`makd run`: the whole road, each stage resumable; `makd demo`: the same on the embedded world."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from makd.config.settings import DemoCommand, RunCommand
from makd.data.samples import Catalog
from makd.pipeline import outputs
from makd.pipeline.catalog import open_catalog
from makd.pipeline.compare import compare_arms
from makd.pipeline.extract import ask
from makd.progress import Progress, Silent
from makd.questions.bank import QuestionBank
from makd.storage import write_json

DEMO: dict[str, Any] = {
    "data": "fieldguide",
    "teacher": "fieldguide",
    "questions": "fieldguide",
    "arms": ["base", "makd", "shuffled", "random"],
    "seeds": 3,
    "model": {"name": "resnet10t", "kwargs": {"channels": [24, 48, 96, 192], "stem_width": 16}},
    "epochs": 35,
    "image_size": 64,
}
QUICK: dict[str, Any] = {**DEMO, "seeds": 2, "epochs": 6}


def run(settings: RunCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Go the whole road into `settings.out`; stages that are finished are not done again.

    Returns:
        The comparison's results, as in `results.json`.
    """
    from makd.answers.store import AnswerStore

    progress = progress or Silent()
    bank = QuestionBank.load(settings.questions)
    outputs.claim(settings.out, "run", settings, overwrite=settings.overwrite)
    catalog = open_catalog(settings.data, progress, settings.out / "split.csv")
    bank.save(settings.out / "questions.yaml")
    store = settings.out / "answers"
    labelling = _label(settings, catalog, bank, store, progress)
    return compare_arms(
        settings,
        settings.data,
        catalog,
        AnswerStore.open(store),
        bank,
        settings.out,
        labelling=labelling,
        progress=progress,
    )


def demo(settings: DemoCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Go the whole road on the embedded world: a real, small multimodal LLM and real training."""
    road = RunCommand.model_validate(
        {
            **(QUICK if settings.quick else DEMO),
            "out": settings.out,
            "jobs": settings.jobs,
            "overwrite": settings.overwrite,
        }
    )
    return run(road, progress)


def _label(
    settings: RunCommand, catalog: Catalog, bank: QuestionBank, store: Path, progress: Progress
) -> dict[str, Any]:
    """Ask about the training images; return the seconds and images of all starts together."""
    record = settings.out / "labelling.json"
    spent = json.loads(record.read_text()) if record.exists() else {"seconds": 0.0, "images": 0}
    progress.say(f"Asking {settings.teacher.name} {len(bank)} questions about each training image")
    summary = ask(
        catalog.of("train"), settings.teacher, bank, store, source=catalog.source, progress=progress
    )
    spent = {
        "seconds": spent["seconds"] + summary["seconds"],
        "images": spent["images"] + summary["answered"],
        "questions": len(bank),
    }
    write_json(record, spent)
    return spent
