"""Mini-ImageNet: 100 classes of ImageNet, told by their WordNet numbers, in one of two layouts.

Its published split (Ravi and Larochelle, 2017) divides *classes*, for few-shot learning: 64, 16 and 20. A
classifier of all 100 classes needs pictures of each, so here the parts are put together again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from makd.data.known.spec import Listing
from makd.data.sources import Found
from makd.errors import UsageError
from makd.progress import Progress

TABLES = ("train.csv", "val.csv", "test.csv")
FIRST = "n01532829"
"""WordNet number of the first class; its folder tells the layout."""
_WORDNET = "n" + 8 * "[0-9]"


def mini_imagenet(base: Path, _: Progress) -> Listing:
    """Read `images/` with `{train,val,test}.csv` (`filename,label`), or one folder a class.

    Raises:
        UsageError: a class lies in two folders, or is none of ImageNet's.
    """
    tables = all((base / table).is_file() for table in TABLES)
    rows = list(_of_tables(base) if tables else _of_folders(base))
    numbers = list(dict.fromkeys(number for _, number in rows))
    names = _names(numbers)
    return Listing(
        base,
        tuple(names[number] for number in numbers),
        [Found(key, names[number], None) for key, number in rows],
    )


def _of_tables(base: Path) -> Iterator[tuple[str, str]]:
    """Yield (key, WordNet number) in the order of the tables."""
    for table in TABLES:
        with (base / table).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield f"images/{row['filename'].strip()}", row["label"].strip()


def _of_folders(base: Path) -> Iterator[tuple[str, str]]:
    """Yield (key, WordNet number) of `nXXXXXXXX/` and of `{train,val,test}/nXXXXXXXX/`."""
    places = [
        *base.glob(_WORDNET),
        *(p for table in TABLES for p in (base / Path(table).stem).glob(_WORDNET)),
    ]
    by_number: dict[str, Path] = {}
    for folder in sorted(places, key=lambda place: place.name):
        if folder.name in by_number:
            raise UsageError(
                f"{base} has pictures of {folder.name} in both {by_number[folder.name]} and {folder}: it is "
                "divided for classification already. Give the folder itself as the data."
            )
        by_number[folder.name] = folder
        for picture in sorted(folder.iterdir()):
            if picture.suffix.lower() in (".jpg", ".jpeg", ".png"):
                yield picture.relative_to(base).as_posix(), folder.name


def _names(numbers: list[str]) -> dict[str, str]:
    """Return each class's first name in ImageNet, by WordNet number."""
    from timm.data import ImageNetInfo

    info = ImageNetInfo("imagenet-1k")
    unknown = sorted(set(numbers) - set(info.label_names()))
    if unknown:
        raise UsageError(f"{unknown[0]!r} is no class of ImageNet; expected WordNet numbers like {FIRST}.")
    return {
        number: info.label_name_to_description(number, detailed=False).split(",")[0] for number in numbers
    }
