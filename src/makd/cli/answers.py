"""`makd answers`: a teacher's answers about pictures."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from makd.cli.answer_tables import show_audit, show_preview
from makd.cli.command import Command
from makd.config.settings import AuditCommand, ExtractCommand, PreviewCommand
from makd.progress import Progress


def extract(settings: ExtractCommand, progress: Progress) -> dict[str, Any]:
    """Fill an answer store."""
    from makd import pipeline

    return pipeline.extract(settings, progress)


def _show(result: dict[str, Any], _: ExtractCommand, console: Console) -> None:
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


COMMANDS: dict[str, Command[Any]] = {
    "answers preview": Command(PreviewCommand, preview, show_preview),
    "answers extract": Command(ExtractCommand, extract, _show),
    "answers audit": Command(AuditCommand, audit, show_audit),
}
