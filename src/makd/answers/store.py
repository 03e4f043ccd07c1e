"""The answer store: a teacher's answers to questions about samples, kept so that they outlive the bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from makd.answers import manifest as manifests
from makd.answers.manifest import Manifest
from makd.answers.parts import Quarantined, Seen, kinds, list_parts, list_quarantined, matrix, row_id
from makd.errors import MakdError, UsageError, did_you_mean
from makd.questions.bank import QuestionBank
from makd.teachers.base import TeacherCard

if TYPE_CHECKING:
    import pyarrow as pa

_SAMPLE = ("key", "instance", "size", "mtime", "sha256")


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers in memory: one row a sample, one column a question, NaN where there is none.

    Attributes:
        keys: N sample keys (with `#instance` in detection).
        hashes: Q question hashes.
        log_odds: `[N, Q]` float32, log P(yes) - log P(no), natural log.
        yes_no_mass: `[N, Q]` float32, probability that the first answer token is a form of yes or no.
        kind: `[N, Q]` uint8, what log_odds are: places in `KINDS` (soft, hard, bounded); 0 without answer.
    """

    keys: tuple[str, ...]
    hashes: tuple[str, ...]
    log_odds: NDArray[np.float32]
    yes_no_mass: NDArray[np.float32]
    kind: NDArray[np.uint8]

    def __post_init__(self) -> None:
        shape = (len(self.keys), len(self.hashes))
        if not self.log_odds.shape == self.yes_no_mass.shape == self.kind.shape == shape:
            raise MakdError(
                f"log_odds {self.log_odds.shape}, yes_no_mass {self.yes_no_mass.shape} and kind "
                f"{self.kind.shape} must all be [keys, questions] = {shape}."
            )

    def coverage(self) -> float:
        """Return the share of cells that hold an answer, in [0, 1]; 0 without cells."""
        return float(np.isfinite(self.log_odds).mean()) if self.log_odds.size else 0.0

    def missing(self) -> tuple[str, ...]:
        """Return the keys without any answer."""
        return tuple(key for key, row in zip(self.keys, self.log_odds, strict=True) if np.isnan(row).all())


@dataclass(frozen=True, slots=True)
class Answered:
    """What a sample looked like when it was last answered, and which questions were answered about it."""

    seen: Seen
    hashes: frozenset[str]


@dataclass(frozen=True, slots=True)
class AnswerStore:
    """A directory of answers by one teacher.

    Attributes:
        path: the directory.
        manifest: who answers what.
    """

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: Path) -> AnswerStore:
        """Open a store.

        Raises:
            UsageError: there is none at `path`, or this makd cannot read it.
        """
        if not path.is_dir():
            near = (
                did_you_mean(path.name, (p.name for p in path.parent.iterdir()))
                if path.parent.is_dir()
                else ""
            )
            raise UsageError(f"There is no answer store at {path}.{near}")
        return cls(path, Manifest.read(path))

    @classmethod
    def create(cls, path: Path, manifest: Manifest) -> AnswerStore:
        """Make a new store in a new or empty directory.

        Raises:
            UsageError: something else is at `path`.
            FileExistsError: a store is there already.
        """
        visible = (
            [entry.name for entry in path.glob("[!.]*")] if path.is_dir() else [path.name] * path.exists()
        )
        if visible and manifests.FILE_NAME not in visible:
            raise UsageError(f"{path} exists and is not an answer store; name another place with --out.")
        manifest.create(path)
        return cls(path, manifest)

    @classmethod
    def for_asking(cls, path: Path, teacher: TeacherCard, bank: QuestionBank) -> AnswerStore:
        """Open the store at `path` to let `teacher` answer `bank`, making or extending it where needed.

        Raises:
            UsageError: the store is another teacher's, unreadable, or something else is at `path`.
        """
        try:
            return cls.create(path, Manifest.of(teacher, bank))
        except FileExistsError:
            Manifest.read(path).require(teacher, path)
            return cls(path, manifests.extend(path, bank))

    def sources(self) -> tuple[str, ...]:
        """Return the names of the data sets that the store holds answers about, sorted."""
        tables = (part.read(["source"]) for part in list_parts(self.path))
        return tuple(sorted({name for table in tables for name in table["source"].unique().to_pylist()}))

    def answers(
        self,
        keys: Sequence[str] | None = None,
        hashes: Sequence[str] | None = None,
        *,
        source: str | None = None,
    ) -> Answers:
        """Read answers; where a sample was asked more than once, the newest count.

        Once a picture has changed and was asked again, answers about its earlier state are left out.

        Args:
            keys: rows, in this order, each once; all of the source, sorted, when None.
            hashes: columns, in this order, each once; all of the manifest when None.
            source: name of the data set; may be left out when the store holds one only.

        Raises:
            UsageError: the store does not know a question or the source, or holds several and none is named.
            MakdError: a part is damaged.
        """
        source = self._one_source(source)
        history = self.history(source)
        rows = {key: i for i, key in enumerate(sorted(history) if keys is None else keys)}
        columns = {hash_: i for i, hash_ in enumerate(self._known(hashes))}
        log_odds = np.full((len(rows), len(columns)), np.nan, dtype=np.float32)
        yes_no_mass = log_odds.copy()
        kind = np.zeros(log_odds.shape, dtype=np.uint8)
        for part in list_parts(self.path):  # oldest first, so that newer answers replace older ones
            taken = np.array([i for i, hash_ in enumerate(part.hashes) if hash_ in columns], dtype=np.int64)
            if not len(taken):
                continue
            table = part.read([*_SAMPLE, "log_odds", "yes_no_mass", "kind"], source)
            samples = enumerate(zip(_ids(table), table["sha256"].to_pylist(), strict=True))
            valid = [
                (i, rows[id_]) for i, (id_, sha) in samples if id_ in rows and history[id_].seen.sha256 == sha
            ]
            there, here = np.array(valid, dtype=np.int64).reshape(-1, 2).T
            place = np.ix_(here, np.array([columns[part.hashes[i]] for i in taken]))
            width, cells = len(part.hashes), np.ix_(there, taken)
            answered = np.isfinite(matrix(table["log_odds"], width)[cells])
            for kept, new in (
                (log_odds, matrix(table["log_odds"], width)),
                (yes_no_mass, matrix(table["yes_no_mass"], width)),
                (kind, kinds(table["kind"], width)),
            ):
                kept[place] = np.where(answered, new[cells], kept[place])
        return Answers(tuple(rows), tuple(columns), log_odds, yes_no_mass, kind)

    def history(self, source: str) -> dict[str, Answered]:
        """Return, by row id, what the samples of `source` looked like when last answered, and the questions.

        Raises:
            MakdError: a part is damaged.
        """
        history: dict[str, Answered] = {}
        joined = cache(frozenset[str].union)  # one set for all rows with the same questions
        for part in list_parts(self.path):
            asked = frozenset(part.hashes)
            table = part.read(_SAMPLE, source)
            states = zip(*(table[name].to_pylist() for name in ("size", "mtime", "sha256")), strict=True)
            for id_, state in zip(_ids(table), states, strict=True):
                seen, before = Seen(*state), history.get(id_)
                same = before is not None and before.seen.sha256 == seen.sha256
                history[id_] = Answered(seen, joined(before.hashes, asked) if before and same else asked)
        return history

    def quarantine(self, source: str) -> dict[str, Quarantined]:
        """Return, by row id, the samples of `source` that could not be answered."""
        entries = (entry for entry in list_quarantined(self.path) if entry.source == source)
        return {row_id(entry.key, entry.instance): entry for entry in entries}

    def _known(self, hashes: Sequence[str] | None) -> tuple[str, ...]:
        known = self.manifest.hashes
        if unknown := [hash_ for hash_ in hashes or () if hash_ not in known]:
            raise UsageError(
                f"{self.path} has no answers to {len(unknown)} of {len(hashes or ())} questions: "
                f"{', '.join(unknown[:5])}{', …' if len(unknown) > 5 else ''}. "
                "Run `makd answers extract` with their bank to add them."
            )
        return known if hashes is None else tuple(hashes)

    def _one_source(self, source: str | None) -> str:
        sources = self.sources()
        if source is None and len(sources) <= 1:
            return sources[0] if sources else ""
        if source in sources:
            return str(source)
        holds = ", ".join(map(repr, sources)) or "nothing yet"
        if source is None:
            raise UsageError(
                f"{self.path} holds answers about several data sets ({holds}): name one of them."
            )
        raise UsageError(
            f"{self.path} holds no answers about {source!r}, only about {holds} (named by folder)."
        )


def _ids(table: pa.Table) -> list[str]:
    pairs = zip(table["key"].to_pylist(), table["instance"].to_pylist(), strict=True)
    return [row_id(key, instance) for key, instance in pairs]
