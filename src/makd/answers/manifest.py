"""What an answer store says of itself: who answered, what was asked, under which conditions."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from makd.answers.checks import without_negations
from makd.errors import UsageError
from makd.questions.bank import Question, QuestionBank
from makd.storage import create_text, locked, write_text
from makd.teachers.base import TeacherCard

SCHEMA_VERSION = 1
FILE_NAME = "manifest.json"
_COMPARED = ("name", "revision", "prompt", "image_settings", "dtype")


class Column(BaseModel):
    """One place in a row's lists of answers.

    Attributes:
        question: hash of the question that is answered there.
        answer: what kind of answer it is; later kinds may take several columns a question.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    answer: Literal["yes-no"] = "yes-no"


class Manifest(BaseModel):
    """The content of `manifest.json`; once written, questions are added and nothing else changes.

    Attributes:
        schema_version: of the store's files; a makd that knows only older ones refuses the store.
        makd_version: that created the store.
        teacher: who answers.
        questions: all that have been asked, with their texts; their ids are distinct.
        columns: all columns that parts may have; each part lists its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = SCHEMA_VERSION
    makd_version: str = Field(default_factory=lambda: version("makd"))
    teacher: TeacherCard
    questions: tuple[Question, ...]
    columns: tuple[Column, ...]

    @classmethod
    def of(cls, teacher: TeacherCard, bank: QuestionBank) -> Manifest:
        """Describe a new store in which `teacher` answers `bank`."""
        columns = tuple(Column(question=hash_) for hash_ in bank.hashes)
        return cls(teacher=teacher, questions=bank.questions, columns=columns)

    @classmethod
    def read(cls, store: Path) -> Manifest:
        """Read the manifest of a store.

        Raises:
            UsageError: there is none, it is damaged, or a newer makd wrote it.
        """
        path = store / FILE_NAME
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            schema = int(content["schema_version"])
            if schema > SCHEMA_VERSION:
                raise UsageError(
                    f"{store} was written by makd {content.get('makd_version')} with schema {schema}; "
                    f"this makd knows schemas up to {SCHEMA_VERSION}. Upgrade makd to use the store."
                )
            return cls.model_validate(content)
        except FileNotFoundError as error:
            raise UsageError(f"{store} is not an answer store: it has no {FILE_NAME}.") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            fault = error.errors()[0]["msg"] if isinstance(error, ValidationError) else repr(error)
            raise UsageError(f"{path} is damaged ({fault}).") from error

    def create(self, store: Path) -> None:
        """Write the manifest of a new store.

        Raises:
            FileExistsError: there is one already.
        """
        create_text(store / FILE_NAME, self.text())

    def text(self) -> str:
        """Return the manifest as it stands in its file."""
        return self.model_dump_json(indent=2) + "\n"

    @property
    def hashes(self) -> tuple[str, ...]:
        """Return the hashes of all questions, in the order in which they came."""
        return tuple(question.hash for question in self.questions)

    def bank(self, name: str = "store") -> QuestionBank:
        """Return the questions of the store as a bank, but for those asked as negations of others."""
        asked = without_negations(self.questions)
        return QuestionBank(name=name, source=f"answers of {self.teacher.name}", questions=asked)

    def differences(self, teacher: TeacherCard) -> list[str]:
        """Say in which respects answers of `teacher` would not be comparable with the store's."""
        card = TypeAdapter(TeacherCard)
        ours, theirs = (card.dump_python(each, mode="json") for each in (self.teacher, teacher))
        return [
            f"{field}: {_brief(ours[field])} in the store, {_brief(theirs[field])} now"
            for field in _COMPARED
            if ours[field] != theirs[field]
        ]

    def require(self, teacher: TeacherCard, store: Path) -> None:
        """Refuse a teacher whose answers would not be comparable.

        Raises:
            UsageError: name, revision, prompt, image settings or dtype differ.
        """
        if differences := self.differences(teacher):
            raise UsageError(
                f"{store} holds answers of another teacher ({'; '.join(differences)}). "
                "Answers given under different conditions do not mix: name another store with --out, "
                "or ask with the settings that the store was made with."
            )


def extend(store: Path, bank: QuestionBank) -> Manifest:
    """Add the questions of `bank` that the store does not know to its manifest, and return it."""
    with locked(store):
        manifest = Manifest.read(store)
        known = set(manifest.hashes)
        new = [question for question in bank.questions if question.hash not in known]
        if not new:
            return manifest
        taken = {question.id for question in manifest.questions}
        named = [q.model_copy(update={"id": f"{q.id}-{q.hash[:6]}"}) if q.id in taken else q for q in new]
        extended = manifest.model_copy(
            update={
                "questions": (*manifest.questions, *named),
                "columns": (*manifest.columns, *(Column(question=question.hash) for question in new)),
            }
        )
        write_text(store / FILE_NAME, extended.text())
        return extended


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:80]}…{text[-35:]}"
