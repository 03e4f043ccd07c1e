"""Pictures that stand inside tables become files, once, in makd's cache."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from makd.data.hub.columns import Columns, namer
from makd.data.samples import Split
from makd.data.sources import IMAGE_SUFFIXES, Found
from makd.progress import Progress
from makd.storage import cache_dir, creating_folder, disk_trouble_told

FORMAT = 1
MANIFEST = "manifest.csv"
Parts = Mapping[Split | None, Any]
"""A table of `datasets` by split."""


def files_in_place(parts: Parts, columns: Columns, root: Path) -> list[Found] | None:
    """Return the pictures, when all of them are files below `root` already, else None."""
    found: list[Found] = []
    for split, part in parts.items():
        for picture, name in _rows(part, columns):
            path = picture["path"]
            if picture["bytes"] is not None or path is None or not Path(path).is_relative_to(root):
                return None
            if name:
                found.append(Found(Path(path).relative_to(root).as_posix(), name, split))
    return found


def unpack(name: str, parts: Parts, columns: Columns, progress: Progress) -> Path:
    """Write every labelled picture as a file as it is, its bytes unchanged, and a manifest of them.

    Returns:
        The manifest; its folder appears whole or not at all, and is found again by the content's fingerprint.

    Raises:
        MakdError: the cache cannot be written.
    """
    marks = [(split, part._fingerprint) for split, part in parts.items()]
    digest = hashlib.sha256(repr((FORMAT, marks, columns)).encode()).hexdigest()[:16]
    folder = cache_dir() / "hub" / f"{name.replace('/', '--')}-{digest}"
    if folder.is_dir():
        return folder / MANIFEST
    total = sum(map(len, parts.values()))
    size = sum(part.data.nbytes * len(part) / max(1, part.data.num_rows) for part in parts.values()) / 1e6
    progress.say(f"hf:{name}: {total:,} pictures are unpacked into {folder} (about {size:,.0f} MB).")
    with (
        disk_trouble_told(folder, "Make room, or set MAKD_CACHE to a place that has it."),
        creating_folder(folder) as building,
        progress.meter("unpacking", total) as meter,
        (building / MANIFEST).open("w", encoding="utf-8", newline="") as file,
    ):
        table = csv.writer(file)
        table.writerow(["image", "label", *(["split"] if None not in parts else [])])
        for split, part in parts.items():
            (building / (split or "all")).mkdir()
            for number, (picture, label) in enumerate(_rows(part, columns)):
                meter.advance()
                if label:
                    key = _write(building, split or "all", number, picture)
                    table.writerow([key, label, *([split] if split else [])])
    return folder / MANIFEST


def _rows(part: Any, columns: Columns) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield (bytes and path of the picture as stored, class name or an empty string)."""
    from datasets import Image

    name = namer(part.features[columns.label])
    table = part.select_columns(list(columns)).cast_column(columns.image, Image(decode=False))
    for row in table:
        picture = row[columns.image]
        yield picture or {"bytes": None, "path": None}, name(row[columns.label]) if picture else ""


def _write(folder: Path, split: str, number: int, picture: Mapping[str, Any]) -> str:
    content = picture["bytes"]
    if content is None:
        content = Path(picture["path"]).read_bytes()
    key = f"{split}/{number:07d}{_suffix(content, picture['path'])}"
    (folder / key).write_bytes(content)
    return key


def _suffix(content: bytes, path: str | None) -> str:
    suffix = PurePath(path or "").suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        return suffix
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as image:
            return f".{str(image.format).lower()}"
    except (UnidentifiedImageError, OSError):
        return ".unknown"  # told and left out where pictures are decoded
