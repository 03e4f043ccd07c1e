"""The files of an answer store: Parquet parts with answers, JSON lines with pictures in quarantine."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from makd.answers.manifest import SCHEMA_VERSION
from makd.data.samples import Box, Split
from makd.errors import MakdError
from makd.storage import replacing
from makd.teachers.base import KINDS, FloatVector, Kind

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_A_FLUSH = 256
SECONDS_A_FLUSH = 30.0
_METADATA = b"makd"


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
class Quarantined:
    """A sample that could not be answered; asked again when its file changes."""

    source: str
    key: str
    instance: str | None
    size: int
    mtime: int
    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part's file, when it was written (nanoseconds), and the questions of its columns."""

    file: Path
    written: int
    hashes: tuple[str, ...]

    def read(self, columns: Sequence[str], source: str | None = None) -> pa.Table:
        """Read some columns of the rows of one source, or of all when None.

        Raises:
            MakdError: the file is damaged.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            rows = None if source is None else [("source", "==", source)]
            return pq.read_table(self.file, columns=list(columns), filters=rows, partitioning=None)
        except (OSError, pa.ArrowException) as error:
            raise _damaged(self.file, error) from error


def row_id(key: str, instance: str | None) -> str:
    """Return what identifies a sample within its source."""
    return key if instance is None else f"{key}#{instance}"


def list_parts(store: Path) -> list[Part]:
    """Return the parts of a store, oldest first.

    Raises:
        MakdError: a part is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = []
    for file in store.glob("part-*.parquet"):
        try:
            about = json.loads(pq.read_schema(file).metadata[_METADATA])
            parts.append(Part(file, about["written"], tuple(about["hashes"])))
        except (OSError, pa.ArrowException, TypeError, KeyError, ValueError) as error:
            raise _damaged(file, error) from error
    return sorted(parts, key=lambda part: (part.written, part.file.name))


def list_quarantined(store: Path) -> Iterator[Quarantined]:
    """Yield what is in quarantine; a line cut off by a kill is passed over, its sample is asked again."""
    for file in sorted(store.glob("quarantine-*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            try:
                yield Quarantined(**json.loads(line))
            except (ValueError, TypeError):
                continue


class StoreWriter:
    """Writes rows into parts, each whole or not at all; any number of writers may work side by side."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.name = secrets.token_hex(4)
        self._rows: list[Row] = []
        self._hashes: tuple[str, ...] = ()
        self._count = 0
        self._flushed = time.monotonic()

    def add(self, row: Row, hashes: tuple[str, ...]) -> None:
        """Take a row with answers to the questions `hashes`; on disk after 256 rows or 30 seconds at most."""
        if hashes != self._hashes:
            self.flush()
            self._hashes = hashes
        self._rows.append(row)
        if len(self._rows) >= ROWS_A_FLUSH or time.monotonic() - self._flushed >= SECONDS_A_FLUSH:
            self.flush()

    def flush(self) -> None:
        """Write the rows taken since the last flush as one part."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._rows:
            about = {"schema_version": SCHEMA_VERSION, "written": time.time_ns(), "hashes": self._hashes}
            schema = _schema().with_metadata({_METADATA: json.dumps(about).encode()})
            columns = {field.name: [getattr(row, field.name) for row in self._rows] for field in fields(Row)}
            with replacing(self.store / f"part-{self.name}-{self._count:05d}.parquet") as temporary:
                pq.write_table(pa.table(columns, schema=schema), temporary)
            self._rows, self._count = [], self._count + 1
        self._flushed = time.monotonic()

    def quarantine(self, entry: Quarantined) -> None:
        """Note a sample that could not be answered; on disk at once."""
        with (self.store / f"quarantine-{self.name}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())


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
    places = pc.index_in(array.flatten() if each else array, value_set=pa.array(KINDS))
    by_row = np.asarray(places.to_numpy(zero_copy_only=False), dtype=np.uint8)
    return np.broadcast_to(by_row.reshape(len(column), width if each else 1), (len(column), width))


@cache
def _schema() -> pa.Schema:
    import pyarrow as pa

    numbers = pa.list_(pa.float32())
    text, whole = pa.string(), pa.int64()
    types = {"box": numbers, "size": whole, "mtime": whole, "log_odds": numbers, "yes_no_mass": numbers}
    types["kind"] = pa.list_(text)
    nullable = {"instance", "box", "split"}
    return pa.schema([pa.field(f.name, types.get(f.name, text), f.name in nullable) for f in fields(Row)])


def _damaged(file: Path, error: Exception) -> MakdError:
    return MakdError(
        f"{file} is damaged and cannot be read ({str(error).splitlines()[0] or type(error).__name__}). "
        "Move it out of the store and run `makd answers extract` again: what it held is asked again."
    )
