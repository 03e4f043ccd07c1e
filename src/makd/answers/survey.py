"""What the parts of a store hold about one data set, as columns: which rows count, which are superseded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from makd.answers.parts import WRITTEN, Part, Seen, schema
from makd.answers.row_ids import RowIds

if TYPE_CHECKING:
    import pyarrow as pa

Integers = NDArray[np.int64]
_SAMPLE = ("key", "instance", "size", "mtime", "sha256", WRITTEN)


@dataclass(frozen=True, slots=True)
class Survey:
    """The rows of the parts, M entries about N samples; some 200 bytes a sample.

    Of the entries about a sample the newest tells what its picture looks like; older ones count as long as
    they are about that same picture.

    Attributes:
        ids: `[N]` row ids, sorted.
        part: `[M]` place of the entry's part in the list of parts.
        row: `[M]` row in that part, among those of the data set.
        sample: `[M]` place in `ids`.
        turn: `[M]` how many older entries about the same sample count; -1 where this one does not.
        newest: `[N]` the sample's newest entry.
        size: `[N]` of the picture's file, bytes.
        mtime: `[N]` of the picture's file, nanoseconds.
        sha256: `[N]` of the picture's file, 64 hexadecimal digits.
        written: `[N]` when the newest entry came, nanoseconds.
        asked: `[N]` place in `asked_sets`.
        asked_sets: sets of the hashes of questions.
    """

    ids: pa.Array
    part: Integers
    row: Integers
    sample: Integers
    turn: Integers
    newest: Integers
    size: Integers
    mtime: Integers
    sha256: NDArray[np.bytes_]
    written: Integers
    asked: Integers
    asked_sets: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class History:
    """What the samples of a data set looked like when they were last answered, and what was asked.

    Attributes:
        ids: of the samples.
        size: `[N]` as in `Survey`, and so the following.
        mtime: `[N]`
        sha256: `[N]`
        asked: `[N]`
        asked_sets: sets of the hashes of questions.
    """

    ids: RowIds
    size: Integers
    mtime: Integers
    sha256: NDArray[np.bytes_]
    asked: Integers
    asked_sets: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, survey: Survey) -> History:
        """Keep of a survey what a resumed run needs."""
        ids = RowIds.of(survey.ids.to_pylist())
        return cls(ids, survey.size, survey.mtime, survey.sha256, survey.asked, survey.asked_sets)

    def seen(self, place: int) -> Seen:
        """Return what a sample looked like."""
        return Seen(int(self.size[place]), int(self.mtime[place]), self.sha256[place].decode())

    def hashes(self, place: int) -> frozenset[str]:
        """Return which questions were asked about a sample in that state."""
        return self.asked_sets[int(self.asked[place])]


def survey(parts: Sequence[Part], source: str) -> Survey:
    """Read from the parts what is needed to tell which of their rows count.

    Raises:
        MakdError: a part is damaged.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    tables = [part.read(_SAMPLE, source) for part in parts]
    lengths = [len(table) for table in tables]
    table = pa.concat_tables(tables) if tables else _nothing()
    part = np.repeat(np.arange(len(parts)), lengths)
    row = np.concatenate([np.zeros(0, dtype=np.int64), *map(np.arange, lengths)])
    ids, sample = _numbered(_row_ids(table))
    sha256 = np.array(table["sha256"].to_pylist(), dtype="S64")
    written = table[WRITTEN].to_numpy()

    order = np.lexsort((written, sample))  # by sample, then oldest first, then in the order of the parts
    newest = order[np.searchsorted(sample[order], np.arange(len(ids)), side="right") - 1]
    counts = sha256 == sha256[newest][sample]
    asked, asked_sets = _asked(sample[counts], part[counts], parts, len(ids))
    return Survey(
        ids=pc.cast(ids, pa.large_string()),
        part=part,
        row=row,
        sample=sample,
        turn=_turns(order, sample, counts),
        newest=newest,
        size=table["size"].to_numpy()[newest],
        mtime=table["mtime"].to_numpy()[newest],
        sha256=sha256[newest],
        written=written[newest],
        asked=asked,
        asked_sets=asked_sets,
    )


def _nothing() -> pa.Table:
    import pyarrow as pa

    empty = schema().empty_table().append_column(pa.field(WRITTEN, pa.int64()), pa.array([], pa.int64()))
    return empty.select(_SAMPLE)


def _row_ids(table: pa.Table) -> pa.Array:
    """Return `parts.row_id` of each row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    key, instance = (table[name].cast(pa.large_string()) for name in ("key", "instance"))
    joined = pc.binary_join_element_wise(key, instance, pa.scalar("#", pa.large_string()))
    return pc.coalesce(joined, key).combine_chunks()


def _numbered(ids: pa.Array) -> tuple[pa.Array, Integers]:
    """Return the distinct ids, sorted, and the place of each id in them."""
    import pyarrow.compute as pc

    encoded = ids.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return encoded.dictionary.take(order), place[encoded.indices.to_numpy()]


def _turns(order: Integers, sample: Integers, counts: NDArray[np.bool_]) -> Integers:
    """Number the entries that count, sample by sample, oldest first."""
    turn = np.full(len(order), -1, dtype=np.int64)
    counted = order[counts[order]]
    samples = sample[counted]
    turn[counted] = np.arange(len(counted)) - np.searchsorted(samples, samples, side="left")
    return turn


def _asked(
    sample: Integers, part: Integers, parts: Sequence[Part], n: int
) -> tuple[Integers, tuple[frozenset[str], ...]]:
    """Return which questions the entries that count have asked about each of `n` samples."""
    by_columns: dict[tuple[str, ...], list[int]] = {}
    for place, each in enumerate(parts):
        by_columns.setdefault(each.hashes, []).append(place)
    asked, sets = np.zeros(n, dtype=np.int64), [frozenset[str]()]
    for hashes, places in by_columns.items():
        too = np.zeros(n, dtype=np.int64)
        too[sample[np.isin(part, places)]] = 1
        values, asked = np.unique(2 * asked + too, return_inverse=True)
        sets = [sets[value // 2] | (frozenset(hashes) if value % 2 else frozenset()) for value in values]
    distinct = {each: place for place, each in enumerate(dict.fromkeys(sets))}
    renumber = np.array([distinct[each] for each in sets], dtype=np.int64)
    return renumber[asked], tuple(distinct)


def rounds(survey: Survey, parts: Sequence[Part]) -> Iterator[tuple[Part, Integers, Integers]]:
    """Yield (part, rows in it, samples) so that later ones are newer where they are about the same sample.

    A part comes once, unless its rows are both older and newer than those of another part.
    """
    for turn in range(int(survey.turn.max(initial=-1)) + 1):
        entries = np.flatnonzero(survey.turn == turn)
        for place in np.unique(survey.part[entries]):
            mine = entries[survey.part[entries] == place]
            yield parts[place], survey.row[mine], survey.sample[mine]
