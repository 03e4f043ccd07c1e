"""The embedded world as a data set: pictures written once, found again, with the true answers beside them."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from makd.data.samples import Catalog, Sample, Split
from makd.errors import MakdError
from makd.fieldguide import WORLD_VERSION
from makd.fieldguide.attributes import ASPECTS, Creature, answers
from makd.fieldguide.species import Species, draw_species
from makd.storage import cache_dir

TRUTH_FILE = "attributes.csv"
IMAGES_PER_CLASS: Mapping[Split, int] = MappingProxyType({"train": 30, "val": 10, "test": 50})
_STREAM: Mapping[Split, int] = {"train": 1, "val": 2, "test": 3}


def materialize(
    draw: int = 0,
    *,
    species: int = 24,
    images_per_class: Mapping[Split, int] = IMAGES_PER_CLASS,
    root: Path | None = None,
) -> Catalog:
    """Return the pictures of one draw of species; what is not there yet is drawn and written.

    The folder appears whole or not at all, so two processes may ask for it at once.

    Args:
        draw: which of the independent draws of species.
        species: how many species.
        images_per_class: number of pictures of each species by split.
        root: where the worlds are kept; by default in makd's cache.
    """
    counts = {split: images_per_class.get(split, 0) for split in _STREAM}
    sizes = "-".join(str(count) for count in counts.values())
    home = root if root is not None else cache_dir() / "fieldguide"
    folder = home / f"v{WORLD_VERSION}" / f"draw{draw}-species{species}-{sizes}"
    if not (folder / TRUTH_FILE).is_file():
        _build(folder, draw, draw_species(draw, species), counts)
    return _read(folder, f"fieldguide-draw{draw}")


def truth(root: Path) -> dict[str, npt.NDArray[np.bool_]]:
    """Return the true answers `[Q]` (in the order of `ASPECTS`) by key, of a folder that `materialize` made.

    Raises:
        MakdError: the folder has no such file, or one of another world.
    """
    path = root / TRUTH_FILE
    if not path.is_file():
        raise MakdError(f"{root} has no {TRUTH_FILE}: it is no fieldguide world.")
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        missing = [aspect.id for aspect in ASPECTS if aspect.id not in (rows.fieldnames or ())]
        if missing:
            raise MakdError(
                f"{path} lacks the columns {', '.join(missing)}; delete {root} to have it drawn anew."
            )
        return {row["key"]: np.array([row[aspect.id] == "1" for aspect in ASPECTS]) for row in rows}


def _build(folder: Path, draw: int, kinds: tuple[Species, ...], counts: Mapping[Split, int]) -> None:
    from makd.fieldguide.world import picture

    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        with (building / TRUTH_FILE).open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["key", "split", "species", *(aspect.id for aspect in ASPECTS)])
            for key, split, kind, creature, rng in _individuals(draw, kinds, counts):
                path = building / key
                path.parent.mkdir(parents=True, exist_ok=True)
                picture(creature, rng).save(path)
                table.writerow([key, split, kind.name, *answers(creature).astype(int)])
        building.chmod(0o755)
        _move(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _individuals(
    draw: int, kinds: Iterable[Species], counts: Mapping[Split, int]
) -> Iterator[tuple[str, Split, Species, Creature, np.random.Generator]]:
    """Yield every creature with its key and the generator that goes on to draw its picture."""
    for split, stream in _STREAM.items():
        for index, kind in enumerate(kinds):
            for number in range(counts[split]):
                rng = np.random.default_rng((WORLD_VERSION, draw, stream, index, number))
                yield f"{split}/{kind.name}/{number:04d}.png", split, kind, kind.individual(rng), rng


def _move(building: Path, folder: Path) -> None:
    """Put the finished folder in its place, unless another process was faster."""
    try:
        building.rename(folder)
    except OSError:
        if not (folder / TRUTH_FILE).is_file():
            raise


def _read(folder: Path, source: str) -> Catalog:
    with (folder / TRUTH_FILE).open(newline="", encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["key"])
    classes = tuple(sorted({row["species"] for row in rows}))
    label = {name: index for index, name in enumerate(classes)}
    splits: dict[str, Split] = {split: split for split in _STREAM}
    samples = tuple(
        Sample(row["key"], folder / row["key"], label[row["species"]], row["species"], splits[row["split"]])
        for row in rows
    )
    return Catalog(source, folder, classes, samples)
