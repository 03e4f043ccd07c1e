"""CIFAR-100 has no file a picture: it is unpacked, once, into makd's cache."""

from __future__ import annotations

import warnings
from pathlib import Path

from makd.data.known.spec import Listing
from makd.data.sources import Found, read_folder
from makd.errors import UsageError
from makd.progress import Progress
from makd.storage import cache_dir, creating_folder, disk_trouble_told

_BYTES_A_PICTURE = 4096
"""On disk: one block of common file systems."""


def cifar100(base: Path, progress: Progress) -> Listing:
    """List the pictures as PNG files `train/CLASS/NUMBER.png` and `test/CLASS/NUMBER.png`.

    The data set comes as pickles, which can hold programs: they are opened only when their MD5 is the
    official one, as torchvision has it.

    Raises:
        UsageError: a file is not the official one.
        MakdError: the cache cannot be written.
    """
    from torchvision.datasets import CIFAR100

    checksums = [checksum for _, checksum in (*CIFAR100.train_list, *CIFAR100.test_list)]
    folder = cache_dir() / "known" / f"cifar100-{''.join(checksum[:6] for checksum in checksums)}"
    if not folder.is_dir():
        _unpack(base, folder, progress)
    catalog = read_folder(folder)
    found = [Found(sample.key, str(sample.class_name), sample.split) for sample in catalog.samples]
    return Listing(folder, catalog.classes, found)


def _unpack(base: Path, folder: Path, progress: Progress) -> None:
    from PIL import Image
    from torchvision.datasets import CIFAR100

    class Here(CIFAR100):  # type: ignore[misc]
        base_folder = ""

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy on pickles of its first versions
            parts = {split: Here(base, train=split == "train") for split in ("train", "test")}
    except RuntimeError as error:
        raise UsageError(
            f"{base}: train, test and meta are not the official files of CIFAR-100 (their MD5 differs), so "
            "these pickles are not opened. Get cifar-100-python.tar.gz from its page and unpack it again."
        ) from error
    total = sum(map(len, parts.values()))
    size = total * _BYTES_A_PICTURE / 1e6
    progress.say(f"cifar100: {total:,} pictures are unpacked into {folder} (about {size:,.0f} MB).")
    with (
        disk_trouble_told(folder, "Make room, or set MAKD_CACHE to a place that has it."),
        creating_folder(folder) as building,
        progress.meter("unpacking", total) as meter,
    ):
        for split, part in parts.items():
            for name in part.classes:
                (building / split / name).mkdir(parents=True)
            for number, (pixels, label) in enumerate(zip(part.data, part.targets, strict=True)):
                path = building / split / part.classes[label] / f"{number:05d}.png"
                Image.fromarray(pixels).save(path)
                meter.advance()
