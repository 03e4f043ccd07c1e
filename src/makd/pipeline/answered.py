"""From a store on disk to what students learn: its answers as targets, and who gave them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from makd.progress import Progress
from makd.questions.bank import QuestionBank

if TYPE_CHECKING:
    from makd.teachers.base import TeacherCard
    from makd.training.targets import Targets


class Answered(NamedTuple):
    """A teacher's answers about the data at hand."""

    targets: Targets
    teacher: TeacherCard


def read_answers(store: Path, questions: str | None, source: str, progress: Progress) -> Answered:
    """Read a store's answers about a source of pictures.

    Args:
        store: directory of the store.
        questions: path or name of a bank that narrows and orders the store's questions; None for all of them.
        source: whose pictures.
        progress: told when a store of many parts is read for the first time.

    Raises:
        UsageError: there is no such store or bank, or the store lacks a question.
    """
    from makd.answers.index import open_index
    from makd.answers.store import AnswerStore
    from makd.training.targets import Targets

    opened = AnswerStore.open(store)
    bank = QuestionBank.load(questions) if questions else opened.manifest.bank()
    return Answered(Targets.from_answers(open_index(opened, source, progress), bank), opened.manifest.teacher)
