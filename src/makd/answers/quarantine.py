"""Pictures that could not be asked about: JSON lines, one file a writer."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A sample that could not be answered; asked again when its file changes."""

    source: str
    key: str
    instance: str | None
    size: int
    mtime: int
    sha256: str
    reason: str


def list_quarantined(store: Path) -> Iterator[Quarantined]:
    """Yield what is in quarantine; a line cut off by a kill is passed over, its sample is asked again."""
    for file in sorted(store.glob("quarantine-*.jsonl")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                yield Quarantined(**json.loads(line))
            except (ValueError, TypeError):
                continue


def append(file: Path, entry: Quarantined) -> None:
    """Add a line to a writer's file, on disk at once and whole, or not at all.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
    with file.open("ab", buffering=0) as lines:
        before = lines.seek(0, os.SEEK_END)
        try:
            if lines.write(encoded := line.encode()) < len(encoded):
                raise OSError(28, os.strerror(28), str(file))
            os.fsync(lines.fileno())
        except OSError:
            lines.truncate(before)
            raise
