"""The parts of an answer store: Parquet files, each written whole or not at all and never changed."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from makd.answers.manifest import SCHEMA_VERSION
from makd.answers.quarantine import Quarantined, append
from makd.data.samples import Box, Split
from makd.errors import MakdError
from makd.storage import replacing
from makd.teachers.base import KINDS, FloatVector, Kind

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_A_FLUSH = 256
SECONDS_A_FLUSH = 30.0
_METADATA = b"makd"
WRITTEN = "written"
"""The column of compacted parts that says when each row's newest answer came, in nanoseconds since 1970."""
_FEW_WORDS = ["source", "split", "path", "kind.list.element"]
"""Columns that are read as places in a dictionary."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the teacher saw of a sample.

    Attributes:
        size: of the file in bytes, -1 when there is none.
        mtime: of the file, nanoseconds.
        sha256: of the file; of the class name where the teacher sees that alone.
    """

    size: int
    mtime: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Row:
    """One sample's answers, as a part holds them; see `Sample`, `Seen` and `Answer` for the fields.

    `kind` has one entry a question.
    """

    source: str
    key: str
    instance: str | None
    box: Box | None
    split: Split | None
    size: int
    mtime: int
    sha256: str
    log_odds: FloatVector
    yes_no_mass: FloatVector
    kind: tuple[Kind, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part's file, when it was written (nanoseconds since 1970), its questions and number of rows."""

    file: Path
    written: int
    hashes: tuple[str, ...]
    rows: int

    def read(self, columns: Sequence[str], source: str | None = None) -> pa.Table:
        """Read some columns of the rows of one source, or of all when None.

        `written` may be read of any part: rows that have none of their own came with their part.

        Raises:
            PartGoneError: the file is no longer there.
            MakdError: the file is damaged.
        """
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        wanted = [*columns, *(["source"] if source is not None else [])]
        try:
            with pq.ParquetFile(self.file, read_dictionary=_FEW_WORDS) as file:
                table = file.read(columns=wanted)
        except FileNotFoundError as error:
            raise PartGoneError(self.file) from error
        except (OSError, pa.ArrowException) as error:
            raise _damaged(self.file, error) from error
        if source is not None:
            table = table.filter(pc.equal(table["source"], source))
        if WRITTEN in columns and WRITTEN not in table.column_names:
            times = pa.array([self.written] * len(table), pa.int64())
            table = table.append_column(pa.field(WRITTEN, pa.int64(), nullable=False), times)
        return table.select(columns)


class PartGoneError(MakdError):
    """A part was compacted away while it was to be read; what it held is in a newer one."""


def row_id(key: str, instance: str | None) -> str:
    """Return what identifies a sample within its source."""
    return key if instance is None else f"{key}#{instance}"


def part_files(store: Path) -> list[Path]:
    """Return the files of a store's parts, in no order."""
    return list(store.glob("part-*.parquet"))


def list_parts(store: Path) -> list[Part]:
    """Return the parts of a store, oldest first.

    Raises:
        MakdError: a part is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = []
    for file in part_files(store):
        try:
            inside = pq.read_metadata(file)
            about = json.loads(inside.metadata[_METADATA])
            parts.append(Part(file, about["written"], tuple(about["hashes"]), inside.num_rows))
        except FileNotFoundError:  # compacted away since it was listed
            return list_parts(store)
        except (OSError, pa.ArrowException, TypeError, KeyError, ValueError) as error:
            raise _damaged(file, error) from error
    return sorted(parts, key=lambda part: (part.written, part.file.name))


def sources_of(parts: Sequence[Part]) -> tuple[str, ...]:
    """Return the names of the data sets that the parts hold answers about, sorted.

    Raises:
        MakdError: a part is damaged.
    """
    tables = (part.read(["source"]) for part in parts)
    return tuple(sorted({name for table in tables for name in table["source"].unique().to_pylist()}))


class StoreWriter:
    """Writes rows into parts, each whole or not at all; any number of writers may work side by side.

    Leaving its context flushes, also on a failure, unless the disk has refused a flush before.
    """

    def __init__(self, store: Path) -> None:
        self.store = store
        self.name = secrets.token_hex(4)
        self._rows: list[Row] = []
        self._hashes: tuple[str, ...] = ()
        self._count = 0
        self._flushed = time.monotonic()

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if not isinstance(error, OSError):
            self.flush()

    def add(self, row: Row, hashes: tuple[str, ...]) -> None:
        """Take a row with answers to the questions `hashes`; on disk after 256 rows or 30 seconds at most."""
        if hashes != self._hashes:
            self.flush()
            self._hashes = hashes
        self._rows.append(row)
        if len(self._rows) >= ROWS_A_FLUSH or time.monotonic() - self._flushed >= SECONDS_A_FLUSH:
            self.flush()

    def flush(self) -> None:
        """Write the rows taken since the last flush as one part.

        Raises:
            OSError: the disk is full, or cannot be written; the rows are kept for the next flush.
        """
        import pyarrow as pa

        if self._rows:
            columns = {field.name: [getattr(row, field.name) for row in self._rows] for field in fields(Row)}
            table = pa.table(columns, schema=schema())
            write_part(self._next_file(), table, self._hashes, time.time_ns())
            self._rows, self._count = [], self._count + 1
        self._flushed = time.monotonic()

    def quarantine(self, entry: Quarantined) -> None:
        """Note a sample that could not be answered; on disk at once."""
        append(self.store / f"quarantine-{self.name}.jsonl", entry)

    def _next_file(self) -> Path:
        return self.store / f"part-{self.name}-{self._count:05d}.parquet"


def write_part(file: Path, table: pa.Table, hashes: Sequence[str], written: int) -> None:
    """Write a table of rows, whose lists answer the questions `hashes`, as a part of the time `written`."""
    import pyarrow.parquet as pq

    about = {"schema_version": SCHEMA_VERSION, "written": written, "hashes": list(hashes)}
    with replacing(file) as temporary:
        pq.write_table(table.replace_schema_metadata({_METADATA: json.dumps(about)}), temporary)


def matrix(column: pa.ChunkedArray, width: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Turn a column of lists, each `width` long, into `[N, width]`."""
    flat = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat, dtype=np.float32).reshape(len(column), width)


def kinds(column: pa.ChunkedArray, width: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Turn a column of lists of kinds, each `width` long, into `[N, width]` places in `KINDS`.

    The first parts ever written have one kind a row instead of a list.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    array = column.combine_chunks()
    each = pa.types.is_list(array.type)
    flat = array.flatten() if each else array
    words = flat if pa.types.is_dictionary(flat.type) else flat.dictionary_encode()
    places = pc.index_in(words.dictionary, value_set=pa.array(KINDS)).to_numpy(zero_copy_only=False)
    by_row = np.asarray(places, dtype=np.uint8)[words.indices.to_numpy()]
    return np.broadcast_to(by_row.reshape(len(column), width if each else 1), (len(column), width))


@cache
def schema() -> pa.Schema:
    """Return names and types of a part's columns."""
    import pyarrow as pa

    numbers = pa.list_(pa.float32())
    text, whole = pa.string(), pa.int64()
    types = {
        "box": numbers,
        "size": whole,
        "mtime": whole,
        "written": whole,
        "log_odds": numbers,
        "yes_no_mass": numbers,
    }
    types["kind"] = pa.list_(text)
    nullable = {"instance", "box", "split"}
    return pa.schema([pa.field(f.name, types.get(f.name, text), f.name in nullable) for f in fields(Row)])


def _damaged(file: Path, error: Exception) -> MakdError:
    return MakdError(
        f"{file} is damaged and cannot be read ({str(error).splitlines()[0] or type(error).__name__}). "
        "Move it out of the store and run `makd answers extract` again: what it held is asked again."
    )
