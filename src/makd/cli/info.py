"""`makd info`: versions, devices and folders, and what some data hold."""

from __future__ import annotations

from functools import partial
from typing import Any

from rich.console import Console

from makd.cli.command import Command, in_pipeline
from makd.cli.tables import table
from makd.config.commands import InfoCommand


def _show(result: dict[str, Any], _: InfoCommand, console: Console) -> None:
    rows = table("", "", numbers=False)
    facts = {**result, **result["packages"], "devices": ", ".join(result["devices"])}
    del facts["packages"]
    facts |= {f"cache/{part}": _in_megabytes(size) for part, size in facts.pop("cache_bytes").items()}
    if pruned := facts.pop("pruned", None):
        facts["pruned"] = f"{pruned['caches']:,} sets of decoded pictures, {_in_megabytes(pruned['bytes'])}"
    if data := facts.pop("data", None):
        facts |= _in_words(data)
    for name, value in facts.items():
        rows.add_row(name, str(value))
    console.print(rows)


def _in_megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _in_words(data: dict[str, Any]) -> dict[str, str]:
    """Return what some data hold, a fact a row; duplicates were told when they were found."""
    splits = {
        f"{split} images": f"{part['images']:,} ({part['least']:,} to {part['most']:,} a class)"
        for split, part in data["splits"].items()
    }
    return {"data": data["source"], "root": data["root"], "classes": f"{data['classes']:,}", **splits}


COMMANDS: dict[str, Command[Any]] = {"info": Command(InfoCommand, partial(in_pipeline, "info"), _show)}
