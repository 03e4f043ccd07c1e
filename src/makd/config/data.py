"""Which pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from makd.config.group import Group, setting

DATA = "class folders, a CSV/Parquet manifest, a known data set, `hf:NAME`, or `fieldguide`"
"""The help line of whatever names data."""


class DataSettings(Group):
    """Which pictures."""

    name: str = setting(..., DATA, min_length=1)
    source: str | None = setting(
        None, "name that answers about these pictures are kept under (default: the folder's)", min_length=1
    )
    root: Path | None = setting(None, "folder that a known data set was unpacked into (`cub200`, `dtd`, …)")
    config: str | None = setting(None, "configuration of a data set of the hub (`hf:`)", min_length=1)
    revision: str | None = setting(None, "commit or branch of a data set of the hub (`hf:`)", min_length=1)
    image_column: str | None = setting(None, "column of the pictures (`hf:`, where several may be)")
    label_column: str | None = setting(None, "column of the classes (`hf:`, where several may be)")
    check_duplicates: Literal["off", "exact", "near"] = setting(
        "exact", "pictures that stand in two splits: same bytes (exact), or same looks too (near)"
    )
    draw: int = setting(0, "which draw of species (fieldguide only)", ge=0)
    train_per_class: int | None = setting(None, "training images a class (undivided data)", ge=1)
    val_per_class: int | None = setting(None, "validation images a class, besides the training ones", ge=1)
    split_seed: int = setting(0, "seed of the split", ge=0)
