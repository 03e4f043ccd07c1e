"""Several stores of one teacher as one: more images, more questions, or both."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from makd.answers import manifest as manifests
from makd.answers.compact import compact
from makd.answers.index import open_index
from makd.answers.parts import part_files
from makd.answers.store import AnswerStore
from makd.errors import UsageError
from makd.progress import Progress, Silent
from makd.storage import creating_folder, disk_trouble_told


@dataclass(frozen=True, slots=True)
class Merge:
    """What a merge did.

    Attributes:
        rows: samples with answers in the merged store.
        questions: of it.
        shared: answers that more than one of the stores had.
        differing: of them, those that differed; the newer ones were taken.
    """

    rows: int
    questions: int
    shared: int
    differing: int


def merge(paths: Sequence[Path], out: Path, progress: Progress = Silent()) -> Merge:
    """Join stores by rows and columns into a new one at `out`; where they disagree, the newest answer wins.

    Raises:
        UsageError: a store is missing, their teachers differ, or `out` exists.
        MakdError: a part is damaged.
    """
    if out.exists():
        raise UsageError(f"{out} exists; name another place with --out.")
    stores = [AnswerStore.open(path) for path in paths]
    for store in stores[1:]:
        stores[0].manifest.require(store.manifest.teacher, stores[0].path)
    overlaps = [_overlap(one, other) for one, other in combinations(stores, 2)]
    shared, differing = (sum(overlap[i] for overlap in overlaps) for i in (0, 1))
    advice = "Nothing is left of it; make room and start again."
    with disk_trouble_told(out, advice), creating_folder(out) as temporary:
        stores[0].manifest.create(temporary)
        for store in stores:
            manifests.extend(temporary, store.manifest.bank())
            _copy(store.path, temporary)
        done = compact(temporary, progress)
        questions = len(AnswerStore.open(temporary).manifest.questions)
    if differing:
        progress.say(f"{differing} of {shared} answers that several stores had differ; the newer ones count.")
    return Merge(done.rows, questions, shared, differing)


def _copy(store: Path, into: Path) -> None:
    """Copy parts and quarantine under names of their own."""
    name = secrets.token_hex(4)
    for number, file in enumerate(sorted(part_files(store))):
        shutil.copyfile(file, into / f"part-{name}-{number:05d}.parquet")
    for number, file in enumerate(sorted(store.glob("quarantine-*.jsonl"))):
        shutil.copyfile(file, into / f"quarantine-{name}{number:05d}.jsonl")


def _overlap(one: AnswerStore, other: AnswerStore) -> tuple[int, int]:
    """Return how many answers both stores have, and how many of them differ."""
    shared = differing = 0
    hashes = [hash_ for hash_ in one.manifest.hashes if hash_ in other.manifest.hashes]
    for source in set(one.sources()) & set(other.sources()) if hashes else ():
        mine, theirs = open_index(one, source), open_index(other, source)
        place = theirs.keys.find(list(mine.keys))
        rows = np.flatnonzero(place >= 0)
        own, other_s = (np.array([i.hashes.index(hash_) for hash_ in hashes]) for i in (mine, theirs))
        a, b = mine.log_odds[np.ix_(rows, own)], theirs.log_odds[np.ix_(place[rows], other_s)]
        both = np.isfinite(a) & np.isfinite(b)
        shared, differing = shared + int(both.sum()), differing + int((both & (a != b)).sum())
    return shared, differing
