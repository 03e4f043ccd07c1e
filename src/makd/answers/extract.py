"""Ask a teacher what a store does not know yet, so that no answer is lost and none is asked for twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from makd.answers.parts import Row, Seen, StoreWriter, row_id
from makd.answers.plan import look, plan
from makd.answers.quarantine import Quarantined
from makd.answers.store import AnswerStore
from makd.data.samples import Sample
from makd.errors import MakdError
from makd.progress import Meter, Progress, Silent
from makd.questions.bank import Question, QuestionBank
from makd.storage import disk_trouble_told
from makd.teachers.base import Answer, Failure, Teacher
from makd.teachers.heeding import heeded

_MAKE_ROOM = "What was answered up to the last flush is safe; make room, then the same command goes on."


@dataclass(frozen=True, slots=True)
class ExtractionSummary:
    """What became of the samples.

    Attributes:
        asked: put to the teacher now: answered + failed.
        answered: of them.
        failed: of them; in quarantine from now on.
        skipped: not asked, because the store held all their answers.
        quarantined: not asked, because they failed earlier and have not changed since.
        reasons: of failed and quarantined ones, with their counts, the most frequent first.
        seconds: of asking.
        images_per_second: asked / seconds.
    """

    asked: int
    answered: int
    failed: int
    skipped: int
    quarantined: int
    reasons: dict[str, int]
    seconds: float
    images_per_second: float


def extract_answers(
    samples: Sequence[Sample],
    teacher: Teacher,
    bank: QuestionBank,
    store_path: Path,
    *,
    source: str,
    verify: bool = False,
    max_failures: int | None = None,
    min_mass: float = 0.0,
    progress: Progress = Silent(),
) -> ExtractionSummary:
    """Let `teacher` answer the questions of `bank` about `samples`, as far as the store lacks the answers.

    A picture is asked about again when its content has changed, judged by size and time, then by hash. A run
    that is killed loses one flush (256 rows, 30 seconds) at most, one that fails nothing; a second start goes
    on. Any number of runs may write to one store at a time.

    Args:
        samples: each once, with paths.
        teacher: sees pictures without labels, or labels without pictures, as it needs.
        bank: questions the store does not know are added to it.
        store_path: made when there is none.
        source: name of the data set, part of a row's identity.
        verify: hash every picture, not only those of new size or time.
        max_failures: stop when so many samples have failed.
        min_mass: stop when the first answers' mean `yes_no_mass` is lower, from 0 (never) to 1.
        progress: hears what is asked and shows how far it is.

    Raises:
        UsageError: the store is another teacher's, unreadable, or something else is at `store_path`.
        MakdError: too many failures or too little mass, a damaged part, or answers that do not fit the
            questions.
    """
    with disk_trouble_told(store_path, _MAKE_ROOM):
        store = AnswerStore.for_asking(store_path, teacher.card, bank)
    todo = plan(
        samples,
        bank.hashes,
        store.history(source),
        store.quarantine(source),
        needs=teacher.needs,
        verify=verify,
    )
    total = sum(map(len, todo.asking.values()))
    progress.say(
        f"{store_path}: of {len(samples)} images {todo.skipped} are answered, {total} will be asked about, "
        f"{todo.quarantined.total()} are in quarantine until they change (or quarantine-*.jsonl is removed)."
    )
    writer = StoreWriter(store_path)
    start = time.perf_counter()
    asking = _Asking(teacher, writer, source, max_failures, min_mass)
    meter = progress.meter(f"asking {teacher.card.name}", total)
    with disk_trouble_told(store_path, _MAKE_ROOM), writer, meter as asking.meter:
        for hashes, group in todo.asking.items():
            asking.ask(group, [question for question in bank.questions if question.hash in hashes])
    seconds = time.perf_counter() - start
    asked = asking.answered + asking.failures.total()
    return ExtractionSummary(
        asked=asked,
        answered=asking.answered,
        failed=asking.failures.total(),
        skipped=todo.skipped,
        quarantined=todo.quarantined.total(),
        reasons=dict((asking.failures + todo.quarantined).most_common()),
        seconds=seconds,
        images_per_second=asked / seconds,
    )


class _Asking:
    """One run of questions: what goes to the teacher, what comes back, what is counted."""

    meter: Meter

    def __init__(
        self, teacher: Teacher, writer: StoreWriter, source: str, max_failures: int | None, min_mass: float
    ) -> None:
        self.teacher, self.writer, self.source = teacher, writer, source
        self.max_failures, self.min_mass = max_failures, min_mass
        self.answered = 0
        self.failures: Counter[str] = Counter()
        self._open: dict[str, tuple[Sample, Seen]] = {}

    def ask(self, samples: Sequence[Sample], questions: Sequence[Question]) -> None:
        """Ask `questions` about `samples` and write what comes back."""
        hashes = tuple(question.hash for question in questions)
        for reply in heeded(self.teacher, self._shown(samples), questions, self.min_mass):
            id_ = row_id(reply.key, reply.instance)
            if id_ not in self._open:
                raise MakdError(
                    f"{self.teacher.card.name} answered about {id_}, which it was not asked about."
                )
            sample, seen = self._open.pop(id_)
            if isinstance(reply, Failure):
                self._fail(sample, seen, reply.reason)
            else:
                self._write(sample, seen, reply, hashes)
        if self._open:
            raise MakdError(
                f"{self.teacher.card.name} gave no answer about {len(self._open)} images it was shown, "
                f"{next(iter(self._open))} first."
            )

    def _shown(self, samples: Sequence[Sample]) -> Iterator[Sample]:
        """Yield what the teacher may see of each sample, one at a time, as it asks for more."""
        label_only = self.teacher.needs == "label"
        for sample in samples:
            seen, reason = look(sample, self.teacher.needs)
            if reason:
                self._fail(sample, seen, reason)
                continue
            self._open[row_id(sample.key, sample.instance)] = (sample, seen)
            yield sample.without_image() if label_only else sample.without_label()

    def _write(self, sample: Sample, seen: Seen, answer: Answer, hashes: tuple[str, ...]) -> None:
        expected = (len(hashes),)
        if not answer.log_odds.shape == answer.yes_no_mass.shape == expected:
            raise MakdError(
                f"{self.teacher.card.name} answered {sample.key} with log_odds {answer.log_odds.shape} and "
                f"yes_no_mass {answer.yes_no_mass.shape}; both must be {expected}, one per question."
            )
        kind = (answer.kind,) * len(hashes) if isinstance(answer.kind, str) else answer.kind
        if len(kind) != len(hashes):
            raise MakdError(
                f"{self.teacher.card.name} answered {sample.key} with {len(kind)} kinds of answer to "
                f"{len(hashes)} questions; there must be one, or one per question."
            )
        row = Row(
            source=self.source,
            key=sample.key,
            instance=sample.instance,
            box=sample.box,
            split=sample.split,
            size=seen.size,
            mtime=seen.mtime,
            sha256=seen.sha256,
            log_odds=answer.log_odds,
            yes_no_mass=answer.yes_no_mass,
            kind=kind,
            path=answer.path,
        )
        self.writer.add(row, hashes)
        self.answered += 1
        self.meter.advance()

    def _fail(self, sample: Sample, seen: Seen, reason: str) -> None:
        self.writer.quarantine(
            Quarantined(self.source, sample.key, sample.instance, seen.size, seen.mtime, seen.sha256, reason)
        )
        self.failures[reason] += 1
        self.meter.advance(note=f"{self.failures.total()} failed")
        if self.max_failures is not None and self.failures.total() >= self.max_failures:
            reasons = ", ".join(f"{reason} ({count})" for reason, count in self.failures.most_common(5))
            raise MakdError(
                f"Stopped after {self.failures.total()} images that could not be answered: {reasons}. "
                f"What was answered is kept in {self.writer.store}."
            )
