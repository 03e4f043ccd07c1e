"""The answer store: a teacher's answers to questions about samples, kept so that they outlive the bank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from makd.answers import manifest as manifests
from makd.answers.cells import Cells
from makd.answers.manifest import Manifest
from makd.answers.parts import Part, PartGoneError, list_parts, row_id, sources_of
from makd.answers.quarantine import Quarantined, list_quarantined
from makd.answers.survey import History, survey
from makd.errors import MakdError, UsageError, did_you_mean
from makd.questions.bank import QuestionBank
from makd.teachers.base import TeacherCard

T = TypeVar("T")


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
        return self.read(sources_of)

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
        meant = self.one_source(source, self.sources())
        columns = self._known(hashes)
        return self.read(lambda parts: _answers(parts, meant, keys, columns))

    def history(self, source: str) -> History:
        """Return what the samples of `source` looked like when last answered, and what was asked.

        Raises:
            MakdError: a part is damaged.
        """
        return self.read(lambda parts: History.of(survey(parts, source)))

    def quarantine(self, source: str) -> dict[str, Quarantined]:
        """Return, by row id, the samples of `source` that could not be answered."""
        entries = (entry for entry in list_quarantined(self.path) if entry.source == source)
        return {row_id(entry.key, entry.instance): entry for entry in entries}

    def read(self, read: Callable[[Sequence[Part]], T]) -> T:
        """Read the parts, anew when some of them are compacted away meanwhile."""
        while True:
            parts = list_parts(self.path)
            try:
                return read(parts)
            except PartGoneError:
                if list_parts(self.path) == parts:
                    raise

    def _known(self, hashes: Sequence[str] | None) -> tuple[str, ...]:
        known = self.manifest.hashes
        if unknown := [hash_ for hash_ in hashes or () if hash_ not in known]:
            raise UsageError(
                f"{self.path} has no answers to {len(unknown)} of {len(hashes or ())} questions: "
                f"{', '.join(unknown[:5])}{', …' if len(unknown) > 5 else ''}. "
                "Run `makd answers extract` with their bank to add them."
            )
        return known if hashes is None else tuple(hashes)

    def one_source(self, source: str | None, sources: Sequence[str]) -> str:
        """Return the one of the store's `sources` that is meant.

        Raises:
            UsageError: the store does not hold it, or holds several and none is named.
        """
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
            f"{self.path} holds no answers about {source!r}, only about {holds} (named by folder). "
            "If these are the same pictures, name them so: --data.source."
        )


def _answers(
    parts: Sequence[Part], source: str, keys: Sequence[str] | None, hashes: tuple[str, ...]
) -> Answers:
    found = survey(parts, source)
    if keys is None:
        keys, rows = found.ids.to_pylist(), None
    else:
        row = {key: i for i, key in enumerate(keys)}
        rows = np.array([row.get(id_, -1) for id_ in found.ids.to_pylist()], dtype=np.int64)
    cells = Cells.empty(len(keys), len(hashes))
    cells.fill(parts, found, source, hashes, rows)
    return Answers(tuple(keys), hashes, cells.log_odds, cells.yes_no_mass, cells.kind)
