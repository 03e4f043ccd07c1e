"""Answers in the paper's form: one JSON object, `{image base name: [P(yes) of question 1, …, Q]}`."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from makd.answers.extract import ExtractionSummary, extract_answers
from makd.answers.store import Answers
from makd.data.samples import Sample
from makd.errors import UsageError
from makd.progress import Progress, Silent
from makd.questions.bank import Question, QuestionBank
from makd.teachers.base import Answer, Failure, Need, TeacherCard

SUREST = 1e-7
"""P(yes) is kept this far from 0 and 1, where log-odds would be infinite: about the last bit of a float32."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class OfficialTeacher:
    """Answers from a file: what a teacher has said before.

    Attributes:
        card: who answered.
        p_yes: `[Q]` by base name, NaN where there is no answer.
        bank: the questions, in the order of the numbers.
    """

    card: TeacherCard
    p_yes: Mapping[str, NDArray[np.float64]]
    bank: QuestionBank

    @property
    def needs(self) -> Need:
        """The pictures' names; a changed picture is another one."""
        return "image"

    def answer(self, samples: Iterable[Sample], questions: Sequence[Question]) -> Iterator[Answer | Failure]:
        """Yield each sample's numbers."""
        columns = [self.bank.hashes.index(question.hash) for question in questions]
        nothing = np.full(len(columns), np.nan, dtype=np.float32)
        for sample in samples:
            yes = np.clip(self.p_yes[base_name(sample.key)][columns], SUREST, 1 - SUREST)
            log_odds = (np.log(yes) - np.log1p(-yes)).astype(np.float32)
            yield Answer(sample.key, log_odds, nothing.copy(), path="imported", instance=sample.instance)


def base_name(key: str) -> str:
    """Return the name of a picture's file without its folders."""
    return PurePosixPath(key).name


def read_official(file: Path, bank: QuestionBank, teacher: str | None = None) -> OfficialTeacher:
    """Read a file of the paper's form.

    Args:
        file: JSON.
        bank: what the numbers answer, in their order.
        teacher: who answered; None: known by the file alone.

    Raises:
        UsageError: the file is not of that form, or does not fit the bank.
    """
    try:
        text = file.read_bytes()
        content = json.loads(text)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise UsageError(f"{file}: expected an object {{image name: [P(yes), …]}}.")
    numbers = {name: _numbers(file, name, row, len(bank)) for name, row in content.items()}
    revision = "" if teacher else hashlib.sha256(text).hexdigest()[:16]
    return OfficialTeacher(TeacherCard(teacher or f"file:{file.name}", revision, dtype=""), numbers, bank)


def import_official(
    teacher: OfficialTeacher,
    samples: Sequence[Sample],
    store: Path,
    *,
    source: str,
    progress: Progress = Silent(),
) -> ExtractionSummary:
    """Put the numbers of a file into a store, each with the picture that bears its name.

    Raises:
        UsageError: several pictures bear one of the names, none bears any, or the store is another teacher's.
    """
    named: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        named[base_name(sample.key)].append(sample)
    _refuse_collisions({name: [s.key for s in named.get(name, [])] for name in teacher.p_yes})
    found = [sample for name in teacher.p_yes for sample in named.get(name, [])]
    if not found:
        raise UsageError(
            f"None of the {len(teacher.p_yes)} names in the file is that of a picture of {source}."
        )
    if absent := len(teacher.p_yes) - len(found):
        progress.say(f"{absent} of {len(teacher.p_yes)} names in the file are those of no picture; left out.")
    return extract_answers(found, teacher, teacher.bank, store, source=source, progress=progress)


def export_official(answers: Answers) -> tuple[dict[str, list[float]], int]:
    """Return answers in the paper's form, and how many pictures are left out because answers are missing.

    Raises:
        UsageError: several pictures have one base name, or answers are about objects in pictures.
    """
    if objects := [key for key in answers.keys if "#" in PurePosixPath(key).suffix]:
        raise UsageError(
            f"{len(objects)} rows are about objects in pictures ({objects[0]}, …); "
            "the paper's form has one row a picture."
        )
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for key in answers.keys:
        by_name[base_name(key)].append(key)
    _refuse_collisions(by_name)
    p_yes = 1 / (1 + np.exp(-answers.log_odds.astype(np.float64)))
    complete = np.flatnonzero(np.isfinite(p_yes).all(axis=1)).tolist()
    content = {base_name(answers.keys[i]): [round(p, 8) for p in p_yes[i].tolist()] for i in complete}
    return content, len(answers.keys) - len(complete)


def _numbers(file: Path, name: str, row: object, n: int) -> NDArray[np.float64]:
    if not isinstance(row, list) or len(row) != n:
        has = f"{len(row)} numbers" if isinstance(row, list) else type(row).__name__
        raise UsageError(f"{file}, {name!r}: has {has}, but the bank has {n} questions.")
    try:
        numbers = np.array(row, dtype=np.float64)  # null becomes NaN
    except (TypeError, ValueError) as error:
        raise UsageError(f"{file}, {name!r}: holds something that is not a number.") from error
    if ((numbers < 0) | (numbers > 1)).any():
        raise UsageError(f"{file}, {name!r}: P(yes) must lie in [0, 1].")
    return numbers


def _refuse_collisions(by_name: Mapping[str, Sequence[str]]) -> None:
    colliding = {name: keys for name, keys in by_name.items() if len(keys) > 1}
    if colliding:
        listed = "".join(f"\n  {name}: {', '.join(keys)}" for name, keys in sorted(colliding.items()))
        raise UsageError(
            f"The paper's form knows pictures by their base names, and {len(colliding)} names belong to "
            f"several pictures here; rename them:{listed}"
        )
