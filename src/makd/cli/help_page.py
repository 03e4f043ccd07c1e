"""How help pages look: the flags in a column that 80 characters can hold."""

from __future__ import annotations

from typing import Any

from cyclopts.help import ColumnSpec, DefaultFormatter, DescriptionRenderer, HelpEntry


def _labels(entry: HelpEntry) -> str:
    if entry.positional_label:
        return entry.positional_label
    names = ", ".join([*entry.positive_shorts, *sorted(entry.positive_names, key=len)])
    return f"{names} {entry.metavar}" if entry.metavar else names


def _columns(console: Any, options: Any, entries: list[HelpEntry]) -> tuple[ColumnSpec, ...]:
    widest = max((len(_labels(entry)) for entry in entries), default=0)
    width = min(widest, options.max_width * 2 // 5)
    flags = ColumnSpec(renderer=_labels, style="cyclopts.name", width=width, overflow="fold")
    return flags, ColumnSpec(renderer=DescriptionRenderer())


PAGE: dict[str, Any] = {
    "help_format": "plaintext",
    "help_formatter": DefaultFormatter(column_specs=_columns),
    "help_flags": [],
    "version_flags": [],
}
"""How every app of the command line shows its help."""
