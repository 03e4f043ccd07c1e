"""Make a store of many small parts one of few large ones, beside running writers and readers."""

from __future__ import annotations

import itertools
import math
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from makd.answers.index import INDEXING, Index, index_folder, load_index, remove_others, write_index
from makd.answers.parts import WRITTEN, Part, list_parts, schema, sources_of, write_part
from makd.answers.store import AnswerStore
from makd.answers.survey import Integers, Survey, survey
from makd.progress import Meter, Progress, Silent
from makd.storage import disk_trouble_told, locked, remove_leftovers
from makd.teachers.base import KINDS

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_A_PART = 131_072
_OF_ANSWERS = ("log_odds", "yes_no_mass", "kind")


@dataclass(frozen=True, slots=True)
class Compaction:
    """What a compaction did.

    Attributes:
        rows: samples that the store holds answers about.
        superseded: rows that newer answers had taken the place of, or made one with; they are gone.
        parts_before: number of parts that were compacted.
        parts_after: number of parts that hold the same now.
    """

    rows: int
    superseded: int
    parts_before: int
    parts_after: int


def compact(path: Path, progress: Progress = Silent()) -> Compaction:
    """Merge the parts of the store at `path` into few large ones, one row a sample, and index them.

    Parts are never changed: the new ones are written whole before the old ones are removed, so a kill at any
    moment leaves every answer in the store, at worst twice. Parts that other writers add meanwhile stay as
    they are; their rows still count as newer or older than those compacted by the time of each.

    Raises:
        UsageError: there is no store at `path`.
        MakdError: a part is damaged.
    """
    AnswerStore.open(path)
    advice = "Nothing is lost; make room (a compaction needs twice the store's size) and start again."
    with disk_trouble_told(path, advice), locked(path, INDEXING):
        remove_leftovers(path)
        parts = list_parts(path)
        store = AnswerStore.open(path)  # after the parts: it knows all questions that they answer
        folder = index_folder(store, [part.file for part in parts])
        write_index(store, parts, folder)
        surveys = {source: survey(parts, source) for source in sources_of(parts)}
        rows = sum(len(found.ids) for found in surveys.values())
        superseded = sum(part.rows for part in parts) - rows
        groups = [samples for found in surveys.values() for _, samples in _groups(found)]
        if not superseded and len(parts) <= sum(math.ceil(len(each) / ROWS_A_PART) for each in groups):
            return Compaction(rows, 0, len(parts), len(parts))
        with progress.meter(f"compacting {path.name}", rows, "rows") as meter:
            files = [
                file
                for source, found in surveys.items()
                for file in _write_parts(path, parts, found, source, load_index(folder, source), meter)
            ]
        for part in parts:
            part.file.unlink(missing_ok=True)
        compacted = index_folder(store, files)
        folder.rename(compacted)  # it holds the very same rows
        remove_others(compacted)
    return Compaction(rows, superseded, len(parts), len(files))


def _groups(found: Survey) -> Iterator[tuple[frozenset[str], Integers]]:
    """Yield the samples that were asked the same questions, with those questions: a part has one set."""
    for place, hashes in enumerate(found.asked_sets):
        if len(samples := np.flatnonzero(found.asked == place)):
            yield hashes, samples


def _write_parts(
    store: Path, parts: Sequence[Part], found: Survey, source: str, index: Index, meter: Meter
) -> Iterator[Path]:
    """Write the newest answers about one data set as new parts; yield their files."""
    import pyarrow as pa

    named = schema().append(pa.field(WRITTEN, pa.int64(), nullable=False))
    about = _about_samples(parts, found, source)
    writer, count = secrets.token_hex(4), itertools.count()
    for asked, samples in _groups(found):
        columns = np.array([i for i, hash_ in enumerate(index.hashes) if hash_ in asked])
        for start in range(0, len(samples), ROWS_A_PART):
            chunk = samples[start : start + ROWS_A_PART]
            taken = about.take(chunk)
            table = {**{name: taken[name] for name in taken.column_names}, **_lists(index, chunk, columns)}
            file = store / f"part-{writer}-{next(count):05d}.parquet"
            rows = pa.table({name: table[name] for name in named.names}).cast(named)
            write_part(file, rows, [index.hashes[i] for i in columns], int(found.written[chunk].max()))
            meter.advance(len(chunk))
            yield file


def _about_samples(parts: Sequence[Part], found: Survey, source: str) -> pa.Table:
    """Return what the newest row of each sample says besides its answers."""
    import pyarrow as pa

    plain = pa.schema([field for field in schema() if field.name not in _OF_ANSWERS])
    tables = [part.read(plain.names, source).cast(plain) for part in parts]
    newest = pa.concat_tables(tables).take(found.newest)
    return newest.append_column(WRITTEN, pa.array(found.written))


def _lists(index: Index, rows: Integers, columns: Integers) -> dict[str, pa.Array]:
    """Return some rows and columns of an index as columns of lists."""
    import pyarrow as pa

    place = np.ix_(rows, np.asarray(columns))
    words = pa.DictionaryArray.from_arrays(index.kind[place].ravel(), pa.array(KINDS)).cast(pa.string())
    values = {
        "log_odds": pa.array(index.log_odds[place].ravel()),
        "yes_no_mass": pa.array(index.yes_no_mass[place].ravel()),
        "kind": words,
    }
    offsets = pa.array(np.arange(len(rows) + 1, dtype=np.int32) * len(columns))
    return {name: pa.ListArray.from_arrays(offsets, flat) for name, flat in values.items()}
