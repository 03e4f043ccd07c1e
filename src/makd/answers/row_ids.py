"""Names of samples in a fixed order, found by hash: a dictionary that can be memory-mapped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from makd.errors import MakdError

_FILES = ("text", "ends", "first", "second", "places")


class RowIds(Sequence[str]):
    """Distinct names, each with its place; 32 bytes a name beside its text, on disk or in memory.

    A name is looked up by the first half of a 128-bit hash, by binary search, and confirmed by the second.
    First halves are distinct: where two names collide, all are hashed anew with another salt.

    Attributes:
        text: the names in UTF-8, one after the other.
        ends: `[N]` int64, where each ends.
        first: `[N]` uint64, sorted.
        second: `[N]` uint64, in the order of `first`.
        places: `[N]` int64, the place of the name that `first` belongs to.
        salt: of the hash.
    """

    def __init__(self, text: Any, ends: Any, first: Any, second: Any, places: Any, salt: int) -> None:
        self.text, self.ends = text, ends
        self.first, self.second, self.places, self.salt = first, second, places, salt

    @classmethod
    def of(cls, names: Iterable[str]) -> RowIds:
        """Hash names.

        Raises:
            MakdError: a name stands twice.
        """
        encoded = [name.encode() for name in names]
        text = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        ends = np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)))
        for salt in count():
            hashes = _hashes(encoded, salt)
            places = np.argsort(hashes[:, 0], kind="stable")
            first = hashes[places, 0]
            if (first[1:] != first[:-1]).all():
                return cls(text, ends, first, hashes[places, 1], places, salt)
            if len(set(encoded)) < len(encoded):
                raise MakdError("Names of samples must be distinct; some of these stand more than once.")
        raise AssertionError("count() does not end")

    @classmethod
    def load(cls, folder: Path) -> RowIds:
        """Map what `save` has written into memory; nothing is read yet."""
        arrays = {name: np.load(folder / f"ids-{name}.npy", mmap_mode="r") for name in _FILES}
        return cls(**arrays, salt=int(np.load(folder / "ids-salt.npy")))

    def save(self, folder: Path) -> None:
        """Write the names and their hashes as `ids-*.npy`."""
        for name in (*_FILES, "salt"):
            np.save(folder / f"ids-{name}.npy", getattr(self, name))

    def find(self, names: Sequence[str]) -> NDArray[np.int64]:
        """Return the places of names, -1 for those that are not there."""
        found = np.full(len(names), -1, dtype=np.int64)
        if not len(self) or not len(names):
            return found
        hashes = _hashes([name.encode() for name in names], self.salt)
        near = np.minimum(np.searchsorted(self.first, hashes[:, 0]), len(self) - 1)
        hit = (self.first[near] == hashes[:, 0]) & (self.second[near] == hashes[:, 1])
        found[hit] = self.places[near[hit]]
        return found

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        place = range(len(self))[place]
        start = int(self.ends[place - 1]) if place else 0
        return bytes(self.text[start : int(self.ends[place])]).decode()

    def __iter__(self) -> Iterator[str]:
        return (self[place] for place in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]


def _hashes(encoded: Iterable[bytes], salt: int) -> NDArray[np.uint64]:
    """Return `[N, 2]`: both halves of the hash of each name."""
    salted = salt.to_bytes(16, "little")
    digests = (hashlib.blake2b(name, digest_size=16, salt=salted).digest() for name in encoded)
    return np.frombuffer(b"".join(digests), dtype="<u8").reshape(-1, 2)
