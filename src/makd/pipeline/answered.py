"""From a store on disk to what students learn: its answers as targets, and who gave them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from makd.config.answers import AnswersSettings
from makd.data.unlabelled import is_unlabelled
from makd.errors import UsageError
from makd.pipeline.answer_quality import offset, trusted
from makd.progress import Progress
from makd.questions.bank import QuestionBank

if TYPE_CHECKING:
    from makd.answers.index import Index
    from makd.answers.store import AnswerStore
    from makd.data.samples import Catalog
    from makd.teachers.base import TeacherCard
    from makd.training.targets import Targets


class Read(Protocol):
    """Reads the answers of a store."""

    def __call__(self, settings: AnswersSettings, catalog: Catalog | None = None) -> Targets:
        """Read them by these settings; what readings learn of training images, of those of `catalog`."""


class Answered(NamedTuple):
    """A teacher's answers about the data at hand.

    Attributes:
        targets: the answers as `settings` say that they are read, but for a strength of shrinkage still to be
            chosen.
        teacher: who answered.
        settings: of the reading.
        read: the same answers read by other settings.
    """

    targets: Targets
    teacher: TeacherCard
    settings: AnswersSettings
    read: Read


def read_answers(
    settings: AnswersSettings, questions: str | None, catalog: Catalog, progress: Progress
) -> Answered:
    """Read a store's answers about the pictures of a catalog.

    Args:
        settings: which store, and how it is read.
        questions: path or name of a bank that narrows and orders the store's questions; None for all of them.
        catalog: the pictures.
        progress: told when a store of many parts is read for the first time, and of a second look.

    Raises:
        UsageError: there is no such store or bank, or the store lacks a question or what the settings need.
    """
    from makd.answers.index import open_index
    from makd.answers.store import AnswerStore

    store = AnswerStore.open(settings.name)
    bank = QuestionBank.load(questions) if questions else store.manifest.bank()
    index = open_index(store, catalog.source, progress)
    _check_unlabelled(index, catalog, settings.name)
    read = partial(_read, store, index, bank, catalog, progress)
    return Answered(read(settings), store.manifest.teacher, settings, read)


def _check_unlabelled(index: Index, catalog: Catalog, store: Path) -> None:
    """Refuse pictures without labels that the store knows nothing about: nothing can be learnt of them."""
    asked = [sample.key for sample in catalog.samples if is_unlabelled(sample)]
    if asked and (index.keys.find(asked) < 0).all():
        raise UsageError(
            f"--unlabeled: {store} holds no answers about these {len(asked)} pictures. Ask about them first: "
            "`makd answers extract` with the same --unlabeled."
        )


def _read(
    store: AnswerStore,
    index: Index,
    bank: QuestionBank,
    whole: Catalog,
    progress: Progress,
    settings: AnswersSettings,
    catalog: Catalog | None = None,
) -> Targets:
    from makd.training.probabilities import Reading
    from makd.training.targets import Targets

    catalog = whole if catalog is None else catalog
    reading = Reading(settings.temperature, offset(settings, index, bank, catalog), settings.min_mass)
    targets = Targets.from_answers(index, bank, reading)
    return trusted(targets, settings, store, bank, catalog, progress) if settings.second_look else targets
