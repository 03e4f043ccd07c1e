"""A store's answers as memory-mapped matrices: what training reads.

Derived from the parts and never trusted beyond them: the name of an index is a hash of exactly the parts that
it was built from; when they are others, another is built. It is renamed into its place whole.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from makd.answers.cells import Cells
from makd.answers.parts import Part, PartGoneError, list_parts, part_files, sources_of
from makd.answers.row_ids import RowIds
from makd.answers.store import AnswerStore
from makd.answers.survey import survey
from makd.progress import Progress, Silent
from makd.storage import cache_dir, creating_folder, locked, write_json

INDEXING = "index"
"""Purpose of the lock of those who index and compact."""
_VERSION = 1
_ABOUT = "index.json"
_MANY = 1000


@dataclass(frozen=True, slots=True)
class Index:
    """The newest answers about one data set, mapped from files: opening reads next to nothing.

    Attributes:
        keys: N row ids, sorted, found by hash.
        hashes: Q question hashes, in the manifest's order.
        log_odds: `[N, Q]` as in `Answers`, and so the following.
        yes_no_mass: `[N, Q]`
        kind: `[N, Q]`
    """

    keys: RowIds
    hashes: tuple[str, ...]
    log_odds: NDArray[np.float32]
    yes_no_mass: NDArray[np.float32]
    kind: NDArray[np.uint8]


def open_index(store: AnswerStore, source: str | None = None, progress: Progress = Silent()) -> Index:
    """Open the index of a store's present parts, building it when there is none.

    It lies in the store, or in makd's cache where the store cannot be written.

    Args:
        store: whose answers.
        source: name of the data set; may be left out when the store holds one only.
        progress: told when an index is built.

    Raises:
        UsageError: the store does not hold the source, or holds several and none is named.
        MakdError: a part is damaged.
    """
    while True:
        try:
            folder = index_folder(store, part_files(store.path))
            for place in (folder, _elsewhere(folder)):
                sources = _sources(place)
                if sources is not None:
                    return load_index(place, store.one_source(source, sources))
            _build(store, progress)
        except PartGoneError:
            continue  # compacted meanwhile: there are other parts now


def write_index(store: AnswerStore, parts: Sequence[Part], folder: Path) -> None:
    """Write the index of `parts` as `folder`, whole or not at all, unless it is there.

    Raises:
        PartGoneError: a part was compacted away meanwhile.
        MakdError: a part is damaged.
    """
    if _sources(folder) is not None:
        return
    with creating_folder(folder) as temporary:
        sources = sources_of(parts)
        for number, source in enumerate(sources):
            found = survey(parts, source)
            (place := temporary / str(number)).mkdir()
            RowIds.of(found.ids.to_pylist()).save(place)
            cells = Cells.create(place, len(found.ids), len(store.manifest.hashes))
            cells.fill(parts, found, source, store.manifest.hashes)
        write_json(temporary / _ABOUT, {"hashes": store.manifest.hashes, "sources": sources})


def load_index(folder: Path, source: str) -> Index:
    """Map an index that `write_index` has written."""
    about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    place = folder / str(about["sources"].index(source))
    keys, cells, hashes = RowIds.load(place), Cells.load(place), tuple(about["hashes"])
    return Index(keys, hashes, cells.log_odds, cells.yes_no_mass, cells.kind)


def index_folder(store: AnswerStore, files: Sequence[Path]) -> Path:
    """Return where the index of these parts lies; parts and questions decide its name."""
    digest = hashlib.sha256(json.dumps([_VERSION, store.manifest.hashes]).encode())
    for file in sorted(files):
        try:
            status = file.stat()
        except FileNotFoundError as error:
            raise PartGoneError(file) from error
        digest.update(f"\n{file.name} {status.st_size} {status.st_mtime_ns}".encode())
    return store.path / f".index-{digest.hexdigest()[:16]}"


def remove_others(folder: Path) -> None:
    """Remove the indexes beside `folder`; who has one of them mapped keeps it."""
    for other in folder.parent.glob(".index-*"):
        if other != folder and not other.name.endswith(".tmp"):
            shutil.rmtree(other, ignore_errors=True)


def _build(store: AnswerStore, progress: Progress) -> None:
    parts = list_parts(store.path)
    folder = index_folder(store, [part.file for part in parts])
    if len(parts) > _MANY:
        progress.say(f"{store.path}: {len(parts)} parts are indexed; `makd answers compact` makes them few.")
    try:
        with locked(store.path, INDEXING):
            write_index(store, parts, folder)
            remove_others(folder)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        write_index(store, parts, _elsewhere(folder))


def _sources(folder: Path) -> list[str] | None:
    """Return the data sets of an index, None when there is no index; one that the disk has damaged goes."""
    if not folder.is_dir():
        return None
    try:
        sources: list[str] = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))["sources"]
        for source in sources:
            index = load_index(folder, source)
            if index.log_odds.shape != (len(index.keys), len(index.hashes)):
                raise ValueError(f"{folder}: {index.log_odds.shape}")
    except (OSError, EOFError, ValueError, KeyError):
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return sources


def _elsewhere(folder: Path) -> Path:
    """Return where an index lies whose place in the store cannot be written."""
    store = hashlib.sha256(str(folder.parent.resolve()).encode()).hexdigest()[:16]
    return cache_dir() / "indexes" / store / folder.name
