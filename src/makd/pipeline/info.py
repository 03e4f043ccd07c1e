"""`makd info`: versions, devices and folders, as a bug report needs them; and what some data hold."""

from __future__ import annotations

import os
import platform
from collections import Counter
from importlib import metadata
from typing import TYPE_CHECKING, Any

from makd.config.commands import InfoCommand
from makd.config.data import DataSettings
from makd.data.prune import cache_sizes, prune_images
from makd.pipeline.catalog import open_catalog
from makd.pipeline.duplicates import find_duplicates
from makd.progress import Progress, Silent
from makd.storage import cache_dir

if TYPE_CHECKING:
    from makd.data.samples import Catalog

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


def info(settings: InfoCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Return versions, devices, folders and their sizes; what the data hold as `data`, if any are named.

    Decoded pictures that were not opened for `settings.prune` days are removed first and told as `pruned`.

    Raises:
        UsageError: the data cannot be read.
    """
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "devices": _devices(),
        "cache": str(cache_dir()),
    }
    if settings.prune is not None:
        number, size = prune_images(settings.prune)
        found["pruned"] = {"caches": number, "bytes": size}
    found["cache_bytes"] = cache_sizes()
    if settings.data is not None:
        found["data"] = describe(settings.data, progress or Silent())
    return found


def describe(settings: DataSettings, progress: Progress) -> dict[str, Any]:
    """Return source, root, number of classes, splits with their images by class, and duplicates.

    Raises:
        UsageError: the data cannot be read.
    """
    catalog = open_catalog(settings, progress)
    return {
        "source": catalog.source,
        "root": str(catalog.root),
        "classes": len(catalog.classes),
        "splits": {split: _part(catalog, split) for split in sorted(catalog.sizes())},
        "duplicates": find_duplicates(catalog, settings.check_duplicates, progress),
    }


def _part(catalog: Catalog, split: str) -> dict[str, int]:
    """Return the images of a split and those of its smallest and largest class."""
    of_class = Counter(sample.label for sample in catalog.samples if sample.split == split)
    counts = [of_class[label] for label in range(len(catalog.classes))]
    return {"images": sum(counts), "least": min(counts), "most": max(counts)}


def _devices() -> list[str]:
    import torch

    gpus = [f"cuda:{i} {torch.cuda.get_device_name(i)}" for i in range(torch.cuda.device_count())]
    return ["cpu", *gpus, *(["mps"] if torch.backends.mps.is_available() else [])]
