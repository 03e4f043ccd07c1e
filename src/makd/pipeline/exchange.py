"""`makd answers import`, `export`, `merge`, `compact`: stores from elsewhere, to elsewhere, and as one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from makd.config.commands import (
    CompactCommand,
    ExportCommand,
    ImportCommand,
    MergeCommand,
)
from makd.errors import UsageError
from makd.pipeline.catalog import open_catalog
from makd.progress import Progress, Silent
from makd.questions.bank import QuestionBank
from makd.storage import disk_trouble_told, write_text


def compact(settings: CompactCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Compact and index the store; return its rows, and the parts before and after."""
    from makd.answers.compact import compact as compact_store

    return {"store": str(settings.store), **asdict(compact_store(settings.store, progress or Silent()))}


def import_(settings: ImportCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Put the answers of a JSON file into the store at `settings.out`; return what became of them."""
    from makd.answers.official import import_official, read_official

    progress = progress or Silent()
    bank = QuestionBank.load(settings.questions)
    teacher = read_official(settings.file, bank, settings.teacher)
    catalog = open_catalog(settings.data, progress)
    summary = import_official(
        teacher, catalog.samples, settings.out, source=catalog.source, progress=progress
    )
    return {"store": str(settings.out), **asdict(summary)}


def export(settings: ExportCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Write a store's answers as JSON to `settings.out`; return how many pictures are in it."""
    import json

    from makd.answers.official import export_official
    from makd.answers.store import AnswerStore

    store = AnswerStore.open(settings.store)
    if settings.out.exists() and not settings.overwrite:
        raise UsageError(f"{settings.out} exists. Choose another --out, or --overwrite to replace it.")
    bank = QuestionBank.load(settings.questions) if settings.questions else store.manifest.bank()
    content, incomplete = export_official(store.answers(hashes=bank.hashes, source=settings.source))
    if incomplete:
        (progress or Silent()).say(f"{incomplete} images lack answers and are left out.")
    with disk_trouble_told(settings.out, "Make room and start again."):
        write_text(settings.out, json.dumps(content, ensure_ascii=False) + "\n")
    questions = [question.text for question in bank.questions]
    return {"file": str(settings.out), "images": len(content), "left_out": incomplete, "questions": questions}


def merge(settings: MergeCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Join stores into a new one at `settings.out`; return its size and where the stores disagreed."""
    from makd.answers.merge import merge as merge_stores

    return {
        "store": str(settings.out),
        **asdict(merge_stores(settings.stores, settings.out, progress or Silent())),
    }
