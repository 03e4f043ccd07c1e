"""`makd info`: versions, devices and folders, as a bug report needs them."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from typing import Any

from rich.console import Console

from makd.cli.command import Command
from makd.cli.tables import table
from makd.config.commands import InfoCommand
from makd.progress import Progress
from makd.storage import cache_dir

PACKAGES = (
    "makd",
    "torch",
    "torchvision",
    "timm",
    "transformers",
    "lightning",
    "numpy",
    "pyarrow",
    "pydantic",
)


def info(_: InfoCommand, __: Progress) -> dict[str, Any]:
    """Return versions, devices and folders."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "devices": _devices(),
        "cache": str(cache_dir()),
    }


def _devices() -> list[str]:
    import torch

    gpus = [f"cuda:{i} {torch.cuda.get_device_name(i)}" for i in range(torch.cuda.device_count())]
    return ["cpu", *gpus, *(["mps"] if torch.backends.mps.is_available() else [])]


def _show(result: dict[str, Any], _: InfoCommand, console: Console) -> None:
    rows = table("", "", numbers=False)
    facts = {**result, **result["packages"], "devices": ", ".join(result["devices"])}
    del facts["packages"]
    for name, value in facts.items():
        rows.add_row(name, str(value))
    console.print(rows)


COMMANDS: dict[str, Command[Any]] = {"info": Command(InfoCommand, info, _show)}
