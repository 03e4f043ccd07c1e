"""`makd answers`: a teacher's answers about pictures."""

from __future__ import annotations

from functools import partial
from typing import Any

from rich.console import Console

from makd.cli.answer_tables import show_audit, show_preview
from makd.cli.command import Command, in_pipeline
from makd.config.commands import (
    AuditCommand,
    CompactCommand,
    ExportCommand,
    ExtractCommand,
    ImportCommand,
    MergeCommand,
    PreviewCommand,
)


def _show(result: dict[str, Any], _: ExtractCommand | ImportCommand, console: Console) -> None:
    console.print(
        f"{result['store']}: {result['answered']:,} images answered in {result['seconds']:.1f} s "
        f"({result['images_per_second']:.1f} images/s), {result['skipped']:,} were answered before, "
        f"{result['failed'] + result['quarantined']:,} could not be."
    )
    for reason, count in result["reasons"].items():
        console.print(f"  {count:,} x {reason}")


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
    "answers preview": Command(PreviewCommand, partial(in_pipeline, "preview"), show_preview),
    "answers extract": Command(ExtractCommand, partial(in_pipeline, "extract"), _show),
    "answers import": Command(ImportCommand, partial(in_pipeline, "import_"), _show),
    "answers export": Command(ExportCommand, partial(in_pipeline, "export"), _show_export),
    "answers merge": Command(MergeCommand, partial(in_pipeline, "merge"), _show_merge),
    "answers compact": Command(CompactCommand, partial(in_pipeline, "compact"), _show_compaction),
    "answers audit": Command(AuditCommand, partial(in_pipeline, "audit"), show_audit),
}
