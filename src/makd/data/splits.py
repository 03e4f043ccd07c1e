"""Which pictures train, which choose (val) and which judge (test): drawn once, saved, said aloud."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from makd.data.samples import Catalog, Sample, Split
from makd.errors import UsageError
from makd.progress import Progress, Silent
from makd.storage import write_text

VAL_SHARE, TEST_SHARE = 0.15, 0.25
"""Of each class, where no numbers are given; training gets the rest."""


def assign(
    catalog: Catalog,
    *,
    train_per_class: int | None = None,
    val_per_class: int | None = None,
    seed: int = 0,
    progress: Progress = Silent(),
) -> Catalog:
    """Give every sample a split, class by class: 60/15/25, or the given numbers and the rest for test.

    A sample's place in the draw of its class depends on (seed, key) alone, not on other classes or on the
    order of files. Splits that the data brings along stay; where they lack val, it is carved from train.

    Args:
        catalog: samples with splits of their own, all or none of them.
        train_per_class: training images a class, besides val; val is then a quarter of it unless given.
        val_per_class: validation images a class.
        seed: of the draw.
        progress: hears what was done.

    Raises:
        UsageError: a class has too few images, the data's own splits lack train or test, or numbers were
            given for data that is divided already.
    """
    sizes = catalog.sizes()
    if "none" not in sizes:
        assigned, how = _complete(catalog, train_per_class, val_per_class, seed)
    else:
        assigned, how = _divide(catalog, train_per_class, val_per_class, seed)
    counts = assigned.sizes()
    progress.say(
        f"{catalog.source}: {len(catalog.classes)} classes, "
        f"{', '.join(f'{counts[name]} {name}' for name in get_args(Split))} ({how})."
    )
    return assigned


def write(path: Path, catalog: Catalog) -> None:
    """Write `split.csv`: key, split."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("key", "split"))
    rows.writerows(sorted({(sample.key, sample.split or "") for sample in catalog.samples}))
    write_text(path, text.getvalue())


def as_trained(path: Path, catalog: Catalog, progress: Progress = Silent()) -> Catalog:
    """Return the catalog with the splits that a run saved at `path`, for the pictures that it knew.

    What a run was trained on must not judge it, however the split is drawn today: by another seed, or with
    pictures that came later.

    Raises:
        UsageError: the file cannot be read.
    """
    written = read(path)
    drawn = {
        sample.key: split
        for sample in catalog.samples
        if (split := written.get(sample.key)) is not None and split != sample.split
    }
    if drawn:
        progress.say(f"{len(drawn):,} pictures have the split that {path} gives them, not the one drawn now.")
    return _with_splits(catalog, drawn)


def read(path: Path) -> dict[str, Split]:
    """Return what `write` left: splits by key.

    Raises:
        UsageError: there is no such file, or it is no split file.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            written = {row["key"]: row["split"] for row in csv.DictReader(file)}
    except (OSError, KeyError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as a split (columns key,split): {error!r}") from error
    by_name: dict[str, Split] = {split: split for split in get_args(Split)}
    if unknown := sorted(set(written.values()) - by_name.keys()):
        raise UsageError(f"{path}: unknown split {unknown[0]!r}; there are {', '.join(by_name)}.")
    return {key: by_name[split] for key, split in written.items()}


def _divide(catalog: Catalog, train: int | None, val: int | None, seed: int) -> tuple[Catalog, str]:
    drawn: dict[str, Split] = {}
    for name, keys in _keys_by_class(catalog.samples, seed).items():
        n_train, n_val = _counts(len(keys), train, val)
        if min(n_train, n_val, len(keys) - n_train - n_val) < 1:
            needed = 3 if train is None and val is None else (train or 1) + n_val + 1
            raise UsageError(
                f"Class {name!r} of {catalog.root} has {len(keys)} images, too few for train, val and test: "
                f"at least {needed} are needed. Add images, leave the class out, or ask for fewer a class."
            )
        for rank, key in enumerate(keys):
            drawn[key] = "train" if rank < n_train else "val" if rank < n_train + n_val else "test"
    shares = f"{1 - VAL_SHARE - TEST_SHARE:.0%}/{VAL_SHARE:.0%}/{TEST_SHARE:.0%} of each class"
    numbers = f"{'the rest' if train is None else train} train, {val} val a class" if train or val else shares
    return _with_splits(catalog, drawn), f"{numbers}, drawn with seed {seed}"


def _counts(n: int, train: int | None, val: int | None) -> tuple[int, int]:
    """Return (train, val) of a class of n images; may leave nothing for test."""
    if val is None:
        val = max(1, round(VAL_SHARE * n if train is None else train / 4))
    if train is None:
        train = n - val - max(1, round(TEST_SHARE * n))
    return train, val


def _complete(catalog: Catalog, train: int | None, val: int | None, seed: int) -> tuple[Catalog, str]:
    splits = set(catalog.sizes())
    if train is not None or (val is not None and "val" in splits):
        raise UsageError(
            f"{catalog.root} is divided already; numbers of images a class are for undivided data."
        )
    if lacking := sorted({"train", "test"} - splits):
        raise UsageError(
            f"{catalog.root} is divided into {', '.join(sorted(splits))} and lacks {' and '.join(lacking)}. "
            "Give it train and test (val may be left out: it is then carved from train), or no splits at all."
        )
    drawn: dict[str, Split] = {}
    by_class = _keys_by_class(catalog.of("train"), seed)
    if untrained := [name for name in catalog.classes if name not in by_class]:
        raise UsageError(f"{catalog.root}: class {untrained[0]!r} has no training images.")
    if "val" in splits:
        return catalog, "splits of the data itself"
    for name, keys in by_class.items():
        n_val = val or max(1, round(VAL_SHARE / (1 - TEST_SHARE) * len(keys)))
        if n_val >= len(keys):
            raise UsageError(
                f"Class {name!r} of {catalog.root} has {len(keys)} training images, "
                f"too few to carve {n_val} for val."
            )
        drawn |= dict.fromkeys(keys[len(keys) - n_val :], "val")
    return _with_splits(catalog, drawn), f"splits of the data itself, val carved from train with seed {seed}"


def _keys_by_class(samples: Sequence[Sample], seed: int) -> dict[str, list[str]]:
    """Return each class's distinct keys in the order of the draw."""
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for sample in samples:
        keys[str(sample.class_name)].add(sample.key)
    return {name: sorted(members, key=lambda key: _rank(seed, key)) for name, members in keys.items()}


def _rank(seed: int, key: str) -> bytes:
    return hashlib.sha256(f"{seed}/{key}".encode()).digest()


def _with_splits(catalog: Catalog, drawn: Mapping[str, Split]) -> Catalog:
    samples = (replace(sample, split=drawn.get(sample.key, sample.split)) for sample in catalog.samples)
    return replace(catalog, samples=tuple(samples))
