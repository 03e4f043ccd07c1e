"""`makd answers extract`: ask a teacher about the pictures of the chosen splits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.answers.checks import blank_sample, with_negations
from makd.answers.distributed import Rank, block, rank_of
from makd.config.asking import AskingSettings, TeacherSettings
from makd.config.commands import ExtractCommand
from makd.data.samples import Sample
from makd.errors import UsageError
from makd.pipeline import outputs
from makd.pipeline.catalog import add_unlabelled, open_catalog
from makd.pipeline.opening import open_asked
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
    everything = add_unlabelled(catalog, settings.unlabeled, progress, teacher=settings.teacher.name)
    samples: Sequence[Sample] = (
        *catalog.of(*settings.splits),
        *everything.samples[len(catalog.samples) :],
    )
    if not samples:
        raise UsageError(f"{settings.data.name} has no images in {', '.join(settings.splits)}.")
    if settings.negations:
        bank = with_negations(bank)
    if settings.blank:
        samples = (*samples, blank_sample(samples))
    rank = rank_of(os.environ)
    if settings.teacher.tiles == "auto" and (settings.engine == "ray" or rank.world > 1):
        raise UsageError(
            "--teacher.tiles auto: each worker would try for itself; let one process find the number "
            "(makd answers preview) and name it."
        )
    if settings.engine == "ray":
        return _ask_on_ray(settings, samples, bank, catalog.source, progress)
    if rank.world > 1:
        samples = block(samples, rank.number, rank.world)
        progress.say(f"Rank {rank.number} of {rank.world} takes {len(samples)} images.")
    if rank.world > 1 and settings.overwrite:
        raise UsageError(f"--overwrite: {rank.world} processes write to {settings.out}; remove it before.")
    begun = None if settings.overwrite else settings.out
    chosen = with_chosen_tiles(settings.teacher, catalog, bank, progress, begun)
    teacher = open_asked(_on_own_device(chosen, rank), progress)
    if settings.blank and teacher.needs == "label":
        raise UsageError(f"--blank: {teacher.card.name} sees no pictures, so no blank one either.")
    if settings.overwrite:
        outputs.clear(settings.out)
    return ask(
        samples,
        teacher,
        bank,
        settings.out,
        source=catalog.source,
        asking=settings,
        progress=progress,
    )


def _on_own_device(settings: TeacherSettings, rank: Rank) -> TeacherSettings:
    """Give each rank of a machine a GPU of its own, where there are any and none is named."""
    if rank.world == 1 or settings.device not in (None, "auto"):
        return settings
    import torch

    count = torch.cuda.device_count()
    return settings.model_copy(update={"device": f"cuda:{rank.local % count}"}) if count else settings


def _ask_on_ray(
    settings: ExtractCommand, samples: Sequence[Sample], bank: QuestionBank, source: str, progress: Progress
) -> dict[str, Any]:
    from makd.answers.ray_engine import extract_with_ray

    if settings.overwrite:
        outputs.clear(settings.out)
    summary = extract_with_ray(
        samples,
        partial(open_asked, settings.teacher, Silent()),
        bank,
        settings.out,
        source=source,
        workers=settings.workers,
        **settings.limits,
        progress=progress,
    )
    return {"store": str(settings.out), **asdict(summary)}


def ask(
    samples: Sequence[Sample],
    teacher: Teacher,
    bank: QuestionBank,
    store: Path,
    *,
    source: str,
    asking: AskingSettings,
    progress: Progress,
) -> dict[str, Any]:
    """Let the teacher answer what the store lacks; return the summary as plain values."""
    from makd.answers.extract import extract_answers

    summary = extract_answers(
        samples, teacher, bank, store, source=source, **asking.limits, progress=progress
    )
    return {"store": str(store), **asdict(summary)}
