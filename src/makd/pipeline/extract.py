"""`makd answers extract`: ask a teacher about the pictures of the chosen splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.answers.checks import blank_sample, with_negations
from makd.config.settings import ExtractCommand, TeacherSettings
from makd.data.samples import Sample
from makd.errors import UsageError
from makd.pipeline import outputs
from makd.pipeline.catalog import open_catalog
from makd.pipeline.tiles import with_chosen_tiles
from makd.progress import Progress, Silent
from makd.questions.bank import QuestionBank

if TYPE_CHECKING:
    from makd.teachers.base import Teacher


def extract(settings: ExtractCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Fill the store at `settings.out`; return what was asked, answered and skipped, and why."""
    progress = progress or Silent()
    bank = QuestionBank.load(settings.questions)
    catalog = open_catalog(settings.data, progress)
    samples = catalog.of(*settings.splits)
    if not samples:
        raise UsageError(f"{settings.data.name} has no images in {', '.join(settings.splits)}.")
    if settings.negations:
        bank = with_negations(bank)
    begun = None if settings.overwrite else settings.out
    chosen = with_chosen_tiles(settings.teacher, catalog, bank, progress, begun)
    teacher = open_asked(chosen, progress)
    if settings.blank:
        if teacher.needs == "label":
            raise UsageError(f"--blank: {teacher.card.name} sees no pictures, so no blank one either.")
        samples = (*samples, blank_sample(samples))
    if settings.overwrite:
        outputs.clear(settings.out)
    return ask(
        samples,
        teacher,
        bank,
        settings.out,
        source=catalog.source,
        verify=settings.verify,
        max_failures=settings.max_failures,
        progress=progress,
    )


def open_asked(settings: TeacherSettings, progress: Progress) -> Teacher:
    """Open the teacher that the settings name."""
    from makd.teachers.registry import open_teacher

    return open_teacher(progress=progress, **settings.model_dump())


def ask(
    samples: Sequence[Sample],
    teacher: Teacher,
    bank: QuestionBank,
    store: Path,
    *,
    source: str,
    verify: bool = False,
    max_failures: int | None = None,
    progress: Progress,
) -> dict[str, Any]:
    """Let the teacher answer what the store lacks; return the summary as plain values."""
    from makd.answers.extract import extract_answers

    summary = extract_answers(
        samples,
        teacher,
        bank,
        store,
        source=source,
        verify=verify,
        max_failures=max_failures,
        progress=progress,
    )
    return {"store": str(store), **asdict(summary)}
