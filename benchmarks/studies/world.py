"""One draw of the embedded world as the studies meet it: its pictures, and what its teacher says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from makd.answers.checks import blank_sample
from makd.answers.extract import extract_answers
from makd.answers.store import AnswerStore
from makd.data.samples import Catalog, Sample
from makd.data.spread import of_each_class
from makd.fieldguide.source import IMAGES_PER_CLASS, materialize
from makd.questions.bank import Question, QuestionBank
from makd.teachers.base import Teacher
from makd.teachers.registry import open_teacher
from makd.training.targets import Targets

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

TEST_PER_CLASS = 150
"""More than the world's own 50: with those, which pictures are drawn would blur a difference most."""

PROBE_PER_CLASS = 10
"""Training pictures of each species that choose questions, as `makd questions select` has it."""

BANK = QuestionBank.load("fieldguide")


@cache
def teacher() -> Teacher:
    """Return the teacher of the embedded world, opened once."""
    return open_teacher("fieldguide")


@dataclass(frozen=True)
class World:
    """A draw of species with its training pictures, in the catalog's order everywhere.

    Attributes:
        draw: which draw of species.
        work: folder of the studies; answers stay there.
        per_class: training pictures of each species; of a larger number the first are those of a smaller one.
    """

    draw: int
    work: Path
    per_class: int = IMAGES_PER_CLASS["train"]
    _known: dict[tuple[str, ...], tuple[Floats, Floats]] = field(default_factory=dict, repr=False)

    @cached_property
    def catalog(self) -> Catalog:
        """The pictures with their splits."""
        counts = {**IMAGES_PER_CLASS, "train": self.per_class, "test": TEST_PER_CLASS}
        return materialize(self.draw, images_per_class=counts)

    def with_per_class(self, number: int) -> World:
        """Return the same draw with another number of training pictures of each species."""
        return replace(self, per_class=number, _known={})

    @cached_property
    def train(self) -> tuple[Sample, ...]:
        """The N training pictures."""
        return self.catalog.of("train")

    @cached_property
    def labels(self) -> Labels:
        """`[N]` species of the training pictures."""
        return np.array([sample.label for sample in self.train], dtype=np.int64)

    @cached_property
    def probe(self) -> Labels:
        """Rows of the training pictures that choose questions."""
        row = {sample.key: place for place, sample in enumerate(self.train)}
        return np.array([row[sample.key] for sample in of_each_class(self.train, PROBE_PER_CLASS)])

    def ask(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """Return log-odds and mass of yes and no `[N, Q]`; what was never asked is asked now, and kept."""
        if tuple(texts) not in self._known:
            self._known[tuple(texts)] = self._ask(self.train, texts)
        return self._known[tuple(texts)]

    def ask_blank(self, texts: Sequence[str]) -> Floats:
        """Return log-odds `[Q]` about a picture that shows nothing."""
        log_odds, _ = self._ask((blank_sample(self.train),), texts)
        about_it: Floats = log_odds[0]
        return about_it

    def bank(self) -> Floats:
        """Return log-odds `[N, 37]` of the packaged bank's questions, in its order."""
        return self.ask([question.text for question in BANK.questions])[0]

    def targets(self, log_odds: Floats, names: Sequence[str]) -> Targets:
        """Return what a student learns of answers `[N, Q]` to questions of these names (id or text)."""
        return Targets(
            question_ids=tuple(names),
            question_hashes=tuple(Question(id="q", text=name).hash for name in names),
            keys=tuple(sample.key for sample in self.train),
            p_yes=expit(log_odds).astype(np.float32),
        )

    def _ask(self, samples: Sequence[Sample], texts: Sequence[str]) -> tuple[Floats, Floats]:
        store = self.work / "answers" / f"{teacher().card.revision[:12]}-draw{self.draw}"
        asked = [Question(id=Question(id="q", text=text).hash, text=text) for text in texts]
        bank = QuestionBank(name="studies", questions=tuple(asked))
        source = self.catalog.source
        extract_answers(samples, teacher(), bank, store, source=source)
        found = AnswerStore.open(store).answers([s.key for s in samples], bank.hashes, source=source)
        return found.log_odds.astype(np.float64), found.yes_no_mass.astype(np.float64)


def bank(world: World) -> Targets:
    """Return what a student learns of the packaged bank's answers."""
    return world.targets(world.bank(), [question.text for question in BANK.questions])
