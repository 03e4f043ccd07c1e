"""A table of answers a class, written from knowledge alone, in the place of a teacher that looks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from makd.data.samples import Sample
from makd.errors import UsageError, did_you_mean
from makd.questions.bank import Question, QuestionBank
from makd.teachers.base import Answer, Failure, FloatVector, Need, TeacherCard

Probability = Annotated[float, Field(gt=0, lt=1)]


class Table(BaseModel):
    """What a table file holds.

    Attributes:
        name: short name.
        source: who wrote it, from what.
        questions: the bank that answers belong to (packaged name or path); None: keys are texts.
        classes: by class P(yes) of each question, as a list in the bank's order or keyed by question id.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    source: str = ""
    questions: str | None = None
    classes: Annotated[dict[str, list[Probability] | dict[str, Probability]], Field(min_length=1)]


class ClassTableTeacher:
    """Answers by class: it sees the label and nothing else.

    Args:
        table: the checked table.
        columns: `by_text[class name][question text]` = P(yes).
        revision: hash of the file.
    """

    def __init__(self, table: Table, columns: Mapping[str, Mapping[str, float]], revision: str) -> None:
        self.table, self.columns, self.revision = table, columns, revision

    @classmethod
    def load(cls, name: str | Path) -> ClassTableTeacher:
        """Read a table file or a packaged table.

        Raises:
            UsageError: there is no such table, it is not in the format, or a row does not fit the questions.
        """
        text, place, folder = _read(name)
        try:
            table = Table.model_validate(yaml.safe_load(text))
        except yaml.YAMLError as error:
            raise UsageError(f"{place} is not YAML: {error}") from error
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
            raise UsageError(f"{place} is not a class table: {faults}") from error
        bank = _bank(table.questions, folder)
        columns = {label: _by_text(label, row, bank, place) for label, row in table.classes.items()}
        return cls(table, columns, hashlib.sha256(text.encode()).hexdigest()[:16])

    @property
    def card(self) -> TeacherCard:
        """The table, and who wrote it."""
        return TeacherCard(
            f"table:{self.table.name}", self.revision, prompt=f"class table: {self.table.source}"
        )

    @property
    def needs(self) -> Need:
        """It sees labels, never pictures."""
        return "label"

    def answer(self, samples: Iterable[Sample], questions: Sequence[Question]) -> Iterator[Answer | Failure]:
        """Yield each sample's row of the table; NaN where its class has no answer to a question.

        Raises:
            UsageError: the table answers none of the questions.
        """
        texts = [question.text for question in questions]
        if not any(text in row for row in self.columns.values() for text in texts):
            raise UsageError(
                f"The table {self.table.name!r} answers none of these questions. "
                f"It was written for {self.table.questions or 'questions of its own'}."
            )
        rows = {
            label: _log_odds([row.get(text, np.nan) for text in texts]) for label, row in self.columns.items()
        }
        for sample in samples:
            if (log_odds := rows.get(sample.class_name or "")) is None:
                yield Failure(sample.key, self._unknown(sample.class_name), sample.instance)
                continue
            mass = np.where(np.isnan(log_odds), np.nan, 1).astype(np.float32)
            yield Answer(sample.key, log_odds.copy(), mass, path="table", instance=sample.instance)

    def _unknown(self, label: str | None) -> str:
        if label is None:
            return "no label, and a class table sees nothing else"
        return f"class {label!r} is not in the table {self.table.name!r}.{did_you_mean(label, self.columns)}"


def packaged_tables() -> tuple[str, ...]:
    """Return the names of the tables that come with makd, sorted."""
    entries = (resources.files("makd.teachers") / "tables").iterdir()
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in entries if entry.name.endswith(".yaml"))
    )


def _read(name: str | Path) -> tuple[str, str, Path]:
    """Return text, place and folder of a table by path or packaged name."""
    path = Path(name)
    if path.is_file():
        return path.read_text(encoding="utf-8"), str(path), path.parent
    if str(name) in packaged_tables():
        packaged = resources.files("makd.teachers") / "tables" / f"{name}.yaml"
        return packaged.read_text(encoding="utf-8"), str(name), Path()
    raise UsageError(
        f"No class table {str(name)!r}: neither a file nor a packaged table ({', '.join(packaged_tables())})."
        f"{did_you_mean(str(name), packaged_tables())}"
    )


def _bank(questions: str | None, folder: Path) -> QuestionBank | None:
    """Load the table's bank; a path is relative to the table."""
    if questions is None:
        return None
    beside = folder / questions
    return QuestionBank.load(beside if beside.is_file() else questions)


def _by_text(label: str, row: Any, bank: QuestionBank | None, place: str) -> dict[str, float]:
    """Key a class's row by question text."""
    if isinstance(row, list):
        if bank is None:
            raise UsageError(
                f"{place}: {label!r} has a plain list, so the table must name its bank (`questions: NAME`)."
            )
        if len(row) != len(bank):
            raise UsageError(
                f"{place}: {label!r} has {len(row)} answers, the bank {bank.name!r} {len(bank)} questions."
            )
        return {question.text: p for question, p in zip(bank.questions, row, strict=True)}
    if bank is None:
        return dict(row)
    texts = {question.id: question.text for question in bank.questions}
    if unknown := sorted(set(row) - set(texts)):
        raise UsageError(
            f"{place}: {label!r} answers {unknown[0]!r}, which is no question of the bank {bank.name!r}."
            f"{did_you_mean(unknown[0], texts)}"
        )
    return {texts[name]: p for name, p in row.items()}


def _log_odds(p: Sequence[float]) -> FloatVector:
    yes = np.array(p, dtype=np.float64)
    return (np.log(yes) - np.log1p(-yes)).astype(np.float32)
