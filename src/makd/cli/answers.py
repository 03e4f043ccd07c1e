"""`makd answers`: a teacher's answers about pictures."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from makd.cli.answer_tables import show_audit, show_preview
from makd.cli.command import Command
from makd.config.commands import (
    AuditCommand,
    CompactCommand,
    ExportCommand,
    ExtractCommand,
    ImportCommand,
    MergeCommand,
    PreviewCommand,
)
from makd.progress import Progress


def extract(settings: ExtractCommand, progress: Progress) -> dict[str, Any]:
    """Fill an answer store."""
    from makd import pipeline

    return pipeline.extract(settings, progress)


def import_(settings: ImportCommand, progress: Progress) -> dict[str, Any]:
    """Make a store of the paper's JSON."""
    from makd import pipeline

    return pipeline.import_(settings, progress)


def export(settings: ExportCommand, progress: Progress) -> dict[str, Any]:
    """Write the paper's JSON."""
    from makd import pipeline

    return pipeline.export(settings, progress)


def merge(settings: MergeCommand, progress: Progress) -> dict[str, Any]:
    """Join stores."""
    from makd import pipeline

    return pipeline.merge(settings, progress)


def compact(settings: CompactCommand, progress: Progress) -> dict[str, Any]:
    """Merge small parts."""
    from makd import pipeline

    return pipeline.compact(settings, progress)


def _show(result: dict[str, Any], _: ExtractCommand | ImportCommand, console: Console) -> None:
    console.print(
        f"{result['store']}: {result['answered']:,} images answered in {result['seconds']:.1f} s "
        f"({result['images_per_second']:.1f} images/s), {result['skipped']:,} were answered before, "
        f"{result['failed'] + result['quarantined']:,} could not be."
    )
    for reason, count in result["reasons"].items():
        console.print(f"  {count:,} x {reason}")


def preview(settings: PreviewCommand, progress: Progress) -> dict[str, Any]:
    """Hand the settings to the pipeline."""
    from makd import pipeline

    return pipeline.preview(settings, progress)


def audit(settings: AuditCommand, progress: Progress) -> dict[str, Any]:
    """Hand the settings to the pipeline."""
    from makd import pipeline

    return pipeline.audit(settings, progress)


def _show_export(result: dict[str, Any], _: ExportCommand, console: Console) -> None:
    console.print(
        f"{result['file']}: {len(result['questions'])} answers about each of {result['images']:,} images; "
        f"{result['left_out']:,} were left out because answers are missing."
    )


def _show_merge(result: dict[str, Any], _: MergeCommand, console: Console) -> None:
    console.print(
        f"{result['store']}: {result['rows']:,} images, {result['questions']:,} questions; "
        f"{result['shared']:,} answers stood in several stores, {result['differing']:,} of them differed."
    )


def _show_compaction(result: dict[str, Any], _: CompactCommand, console: Console) -> None:
    console.print(
        f"{result['store']}: {result['rows']:,} images in {result['parts_after']:,} parts, "
        f"{result['parts_before']:,} before; {result['superseded']:,} superseded rows are gone."
    )


COMMANDS: dict[str, Command[Any]] = {
    "answers preview": Command(PreviewCommand, preview, show_preview),
    "answers extract": Command(ExtractCommand, extract, _show),
    "answers import": Command(ImportCommand, import_, _show),
    "answers export": Command(ExportCommand, export, _show_export),
    "answers merge": Command(MergeCommand, merge, _show_merge),
    "answers compact": Command(CompactCommand, compact, _show_compaction),
    "answers audit": Command(AuditCommand, audit, show_audit),
}
