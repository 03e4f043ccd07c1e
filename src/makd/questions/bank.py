"""Question banks: what is asked of every picture."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from makd.errors import UsageError, did_you_mean
from makd.storage import write_text

CANDIDATES = "-candidates"
"""Ends the name of a packaged bank that another one was chosen from."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Question(BaseModel):
    """One yes/no question; its identity is the hash of its text.

    Attributes:
        id: short name, unique in its bank (`q01`, `has-horns`), used in tables and plots.
        text: the question itself, as the teacher reads it.
        group: what kind of aspect it asks about (shape, colour, texture, part, pose, context, …).
        negation: the same question the other way round, for checks of the teacher; not asked by default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    group: str = "other"
    negation: str | None = None

    @field_validator("text", "negation")
    @classmethod
    def _one_line(cls, text: str | None) -> str | None:
        return text if text is None else " ".join(text.split())

    @property
    def hash(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


class QuestionBank(BaseModel):
    """An ordered set of questions: the columns of an answer store, the aspect outputs of a student."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str = ""
    questions: tuple[Question, ...] = Field(min_length=1)

    @field_validator("questions")
    @classmethod
    def _distinct(cls, questions: tuple[Question, ...]) -> tuple[Question, ...]:
        for attribute in ("id", "text"):
            values = [getattr(question, attribute) for question in questions]
            repeated = sorted({value for value in values if values.count(value) > 1})
            if repeated:
                raise ValueError(f"{attribute} stands more than once: {', '.join(map(repr, repeated))}")
        return questions

    def __len__(self) -> int:
        return len(self.questions)

    @property
    def hash(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the questions' hashes in order."""
        return hashlib.sha256("".join(q.hash for q in self.questions).encode()).hexdigest()[:16]

    @property
    def hashes(self) -> tuple[str, ...]:
        """The questions' hashes, in order."""
        return tuple(question.hash for question in self.questions)

    @classmethod
    def from_texts(cls, texts: Sequence[str], name: str = "questions", source: str = "") -> QuestionBank:
        """Build a bank from plain texts; ids are `q01`, `q02`, …."""
        width = max(2, len(str(len(texts))))
        questions = tuple(Question(id=f"q{i:0{width}d}", text=text) for i, text in enumerate(texts, 1))
        return cls(name=name, source=source, questions=questions)

    @classmethod
    def load(cls, bank: str | Path) -> QuestionBank:
        """Read a bank: a YAML file, a text file with one question a line, or a packaged bank's name.

        Raises:
            UsageError: there is no such file or packaged bank, or what it holds is not a bank.
        """
        path = Path(bank)
        if path.is_file():
            return _parse(_read(path), path.stem, str(path), path.suffix)
        packaged = resources.files("makd.questions") / "banks" / f"{bank}.yaml"
        if str(bank) in packaged_names():
            return _parse(packaged.read_text(encoding="utf-8"), str(bank), str(bank), ".yaml")
        beside = [str(near) for near in path.parent.glob("*")] if path.parent.is_dir() else []
        raise UsageError(
            f"No question bank {str(bank)!r}: neither a file nor a packaged bank "
            f"({', '.join(packaged_names())}).{did_you_mean(str(bank), [*packaged_names(), *beside])}"
        )

    def save(self, path: Path) -> None:
        """Write the bank as YAML, whole or not at all."""
        content = self.model_dump(exclude_none=True)
        content["questions"] = list(content["questions"])
        write_text(path, yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000))


def packaged_names() -> tuple[str, ...]:
    """Return the names of the banks that come with makd, sorted."""
    return tuple(sorted(_packaged()))


def _packaged() -> Iterator[str]:
    for entry in (resources.files("makd.questions") / "banks").iterdir():
        if entry.name.endswith(".yaml"):
            yield entry.name.removesuffix(".yaml")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text, so it is no question bank.") from error


def _parse(text: str, name: str, place: str, suffix: str) -> QuestionBank:
    try:
        if suffix.lower() not in {".yaml", ".yml", ".json"}:
            lines = [line.strip() for line in text.splitlines()]
            texts = [line for line in lines if line and not line.startswith("#")]
            if not texts:
                raise UsageError(f"{place} has no questions; a text file has one a line.")
            return QuestionBank.from_texts(texts, name, place)
        content: Any = yaml.load(text, Loader=_LOADER)
        if not content or (isinstance(content, dict) and not content.get("questions", True)):
            raise UsageError(f"{place} has no questions; a bank lists them under `questions:`.")
        return QuestionBank.model_validate(
            {"name": name, **content} if isinstance(content, dict) else content
        )
    except yaml.YAMLError as error:
        raise UsageError(f"{place} is not YAML: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'bank'}: {e['msg']}" for e in error.errors())
        raise UsageError(f"{place} is not a question bank: {faults}") from error
