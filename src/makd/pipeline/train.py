"""`makd train`: one student, with or without a teacher's answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.config.settings import TrainCommand, TrainingSettings
from makd.errors import UsageError
from makd.pipeline import outputs
from makd.pipeline.catalog import open_catalog, pick_task
from makd.progress import Progress, Silent
from makd.questions.bank import QuestionBank

if TYPE_CHECKING:
    from makd.answers.store import AnswerStore
    from makd.training.targets import Targets


def train(settings: TrainCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Train a student into `settings.out`; return the run directory and its evaluation on the test images."""
    progress = progress or Silent()
    if settings.overwrite:
        outputs.clear(settings.out)
    if not outputs.is_new(settings.out) and not settings.resume:
        raise UsageError(
            f"{settings.out} exists. Go on with it by --resume, replace it by --overwrite, "
            "or choose another --out."
        )
    catalog = open_catalog(settings.data, progress)

    from makd.training.fit import fit
    from makd.training.plan import TrainingPlan

    targets = open_targets(settings.answers, settings.questions, catalog.source) if settings.answers else None
    plan = TrainingPlan(
        task=pick_task(settings.data),
        catalog=catalog,
        targets=targets,
        settings=training_settings(settings),
        out=settings.out,
    )
    run = fit(plan, resume=settings.resume, progress=progress)
    return {"run": str(run.path), **run.evaluation()}


def open_targets(store: Path, questions: str | None, source: str) -> Targets:
    """Read a store's answers as targets, for the questions of a bank or all that the store has."""
    from makd.answers.store import AnswerStore
    from makd.training.targets import Targets

    opened = AnswerStore.open(store)
    bank = asked_bank(opened, questions)
    return Targets.from_answers(opened.answers(hashes=bank.hashes, source=source), bank)


def asked_bank(store: AnswerStore, questions: str | None) -> QuestionBank:
    """Return the bank that narrows and orders a store's questions: the named one, or the store's own."""
    return QuestionBank.load(questions) if questions else store.manifest.bank()


def training_settings(settings: TrainingSettings) -> TrainingSettings:
    """Return the part of a command's settings that shapes a trained student."""
    return TrainingSettings.model_validate(settings.model_dump(include=set(TrainingSettings.model_fields)))
