"""The files in which data sets say what they hold, read as their authors and torchvision lay them out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from makd.data.known.spec import Listing
from makd.data.samples import Split
from makd.data.sources import Found
from makd.progress import Progress


def oxford_pets(base: Path, _: Progress) -> Listing:
    """Read `annotations/{trainval,test}.txt`: picture, class from 1, species, breed."""
    files: dict[str, Split] = {"trainval": "train", "test": "test"}
    names: dict[int, str] = {}
    found: list[Found] = []
    for file, split in files.items():
        for picture, number, *_more in map(str.split, _lines(base / "annotations" / f"{file}.txt")):
            breed = picture.rsplit("_", 1)[0]
            name = names.setdefault(int(number), " ".join(part.title() for part in breed.split("_")))
            found.append(Found(f"images/{picture}.jpg", name, split))
    return Listing(base, tuple(names[number] for number in sorted(names)), found)


def stanford_cars(base: Path, _: Progress) -> Listing:
    """Read the MATLAB tables: `fname` and `class` (from 1) of each picture, `class_names`."""
    names = _matlab(base / "devkit" / "cars_meta.mat", "class_names")
    classes = tuple(str(name) for name in names)
    tables: dict[Split, tuple[str, str]] = {
        "train": ("cars_train", "devkit/cars_train_annos.mat"),
        "test": ("cars_test", "cars_test_annos_withlabels.mat"),
    }
    found = [
        Found(f"{folder}/{row['fname']}", classes[int(row["class"]) - 1], split)
        for split, (folder, table) in tables.items()
        for row in _matlab(base / table, "annotations")
    ]
    return Listing(base, classes, found)


def dtd(base: Path, _: Progress) -> Listing:
    """Read `labels/{train,val,test}1.txt`, the first of ten partitions: class/picture."""
    found = [
        Found(f"images/{line}", line.split("/")[0], split)
        for split in _SPLITS
        for line in _lines(base / "labels" / f"{split}1.txt")
    ]
    return Listing(base, tuple(sorted({picture.class_name for picture in found})), found)


def flowers102(base: Path, _: Progress) -> Listing:
    """Read `setid.mat`, picture numbers by split, and `imagelabels.mat`; the names are torchvision's."""
    from torchvision.datasets import Flowers102

    classes = tuple(str(name) for name in Flowers102.classes)
    labels = _matlab(base / "imagelabels.mat", "labels")
    ids: dict[Split, str] = {"train": "trnid", "val": "valid", "test": "tstid"}
    found = [
        Found(f"jpg/image_{number:05d}.jpg", classes[int(labels[number - 1]) - 1], split)
        for split, column in ids.items()
        for number in map(int, _matlab(base / "setid.mat", column))
    ]
    return Listing(base, classes, found)


def fgvc_aircraft(base: Path, _: Progress) -> Listing:
    """Read `data/variants.txt` and `data/images_variant_{train,val,test}.txt`: picture, variant."""
    data = base / "data"
    found = [
        Found(f"data/images/{picture}.jpg", variant, split)
        for split in _SPLITS
        for picture, variant in (line.split(" ", 1) for line in _lines(data / f"images_variant_{split}.txt"))
    ]
    return Listing(base, tuple(_lines(data / "variants.txt")), found)


def cub200(base: Path, _: Progress) -> Listing:
    """Read the tables keyed by picture number: `images`, `image_class_labels`, `train_test_split`."""

    def table(name: str) -> dict[str, str]:
        return dict(line.split(" ", 1) for line in _lines(base / f"{name}.txt"))

    names = {number: name.split(".", 1)[1] for number, name in table("classes").items()}
    labels, trained = table("image_class_labels"), table("train_test_split")
    found = [
        Found(f"images/{path}", names[labels[picture]], "train" if trained[picture] == "1" else "test")
        for picture, path in table("images").items()
    ]
    return Listing(base, tuple(names[number] for number in sorted(names, key=int)), found)


def caltech101(base: Path, _: Progress) -> Listing:
    """List the class folders, without the clutter of `BACKGROUND_Google`."""
    folders = sorted(entry for entry in base.iterdir() if entry.is_dir() and entry.name[0] != ".")
    found = [
        Found(f"{folder.name}/{picture.name}", folder.name, None)
        for folder in folders
        if folder.name != "BACKGROUND_Google"
        for picture in sorted(folder.glob("*.jpg"))
    ]
    return Listing(base, tuple(sorted({picture.class_name for picture in found})), found)


_SPLITS: tuple[Split, ...] = ("train", "val", "test")


def _lines(path: Path) -> Iterator[str]:
    return (line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def _matlab(path: Path, variable: str) -> Any:
    """Return a variable of a MATLAB file as an array of one dimension."""
    import numpy as np
    from scipy.io import loadmat

    return np.atleast_1d(loadmat(path, squeeze_me=True)[variable])
