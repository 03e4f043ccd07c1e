"""A few training pictures of each class: candidates are asked about them, and the answers read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from makd.config.commands import SelectQuestionsCommand
from makd.data.samples import Catalog, Sample
from makd.data.spread import of_each_class
from makd.errors import UsageError
from makd.pipeline.extract import ask
from makd.pipeline.looks import negations, second_look
from makd.pipeline.opening import open_asked
from makd.pipeline.tiles import with_chosen_tiles
from makd.progress import Progress
from makd.questions.bank import QuestionBank

if TYPE_CHECKING:
    from makd.answers.store import AnswerStore
    from makd.questions.select import CandidateAnswers

LOOKED_AT = 50
"""Pictures of each class that decide, at the most; more change little and take memory."""


def ask_probe(
    settings: SelectQuestionsCommand, bank: QuestionBank, catalog: Catalog, progress: Progress
) -> None:
    """Ask what the store lacks of the candidates and their negations; a second start goes on.

    Raises:
        UsageError: no teacher is named, there are no training images, or the store is another teacher's.
        MakdError: the teacher cannot be opened, or cannot answer.
    """
    from makd.answers.checks import with_negations

    if settings.teacher is None:
        raise UsageError("--pilot asks a teacher: name it by --teacher.")
    training = [sample for sample in catalog.of("train") if sample.label is not None]
    probe = of_each_class(training, settings.probe_per_class)
    if not probe:
        raise UsageError(f"{settings.data.name} has no training images to ask about.")
    chosen = with_chosen_tiles(settings.teacher, catalog, bank, progress, settings.answers)
    teacher = open_asked(chosen, progress)
    negated = teacher.needs == "image" and any(question.negation for question in bank.questions)
    asked = with_negations(bank) if negated else bank
    progress.say(
        f"{teacher.card.name} is asked {len(asked)} questions about {len(probe)} training images, at most "
        f"{settings.probe_per_class} of each class."
    )
    ask(probe, teacher, asked, settings.answers, source=catalog.source, asking=settings, progress=progress)


class Seen(NamedTuple):
    """Training samples that decide, what the store says of them, ids of candidates it never answers."""

    samples: tuple[Sample, ...]
    answers: CandidateAnswers
    unanswered: tuple[str, ...]


def look(
    settings: SelectQuestionsCommand,
    store: AnswerStore,
    bank: QuestionBank,
    catalog: Catalog,
    progress: Progress,
) -> Seen:
    """Read the answers about training pictures that decide; val and test are never looked at.

    Raises:
        UsageError: there are too few answers to choose by.
    """
    import numpy as np
    from scipy.special import expit

    from makd.questions.select import CandidateAnswers

    how = (
        f"Ask first: makd answers extract {settings.data.name} --teacher ... --questions {settings.bank} "
        f"--negations -o {settings.answers}; or let --pilot ask about a few pictures of each class."
    )
    _need_asked(store, bank, how)
    if sources := store.sources():
        store.one_source(catalog.source, sources)
    samples = _answered(store, bank, catalog, how)
    _need_two_classes(samples, settings.answers)
    keys = [sample.key for sample in samples]
    found = store.answers(keys=keys, hashes=bank.hashes, source=catalog.source)
    answered = np.flatnonzero(np.isfinite(found.log_odds).any(0))
    if lacking := [q.id for place, q in enumerate(bank.questions) if place not in answered]:
        progress.say(f"{len(lacking)} candidates were never answered and are left out: {_some(lacking)}.")
    if len(bank) - len(lacking) < settings.keep:
        raise UsageError(
            f"--keep {settings.keep}: {settings.answers} has answers to only {len(bank) - len(lacking)} of "
            f"the {len(bank)} candidates about training images; none to {_some(lacking)}. {how}"
        )
    answers = CandidateAnswers(
        expit(found.log_odds.astype(np.float64)),
        found.yes_no_mass.astype(np.float64),
        np.array([sample.label for sample in samples], dtype=np.int64),
        negated=negations(store, keys, bank, catalog.source),
        view=second_look(settings.view, keys, bank, catalog.source),
    )
    return Seen(samples, answers, tuple(lacking))


def _need_asked(store: AnswerStore, bank: QuestionBank, how: str) -> None:
    unknown = [question.id for question in bank.questions if question.hash not in store.manifest.hashes]
    if unknown:
        raise UsageError(
            f"{store.path} was never asked {len(unknown)} of the {len(bank)} candidates "
            f"({_some(unknown)}). {how}"
        )


def _answered(store: AnswerStore, bank: QuestionBank, catalog: Catalog, how: str) -> tuple[Sample, ...]:
    """Return some training samples of each class about which candidates were asked."""
    training = [sample for sample in catalog.of("train") if sample.label is not None]
    if not training:
        raise UsageError(f"{catalog.root} has no training images to choose by.")
    history = store.history(catalog.source)
    relevant = [not asked.isdisjoint(bank.hashes) for asked in history.asked_sets]
    places = history.ids.find([sample.key for sample in training])
    answered = [
        sample
        for sample, place in zip(training, places, strict=True)
        if place >= 0 and relevant[history.asked[place]]
    ]
    if not answered:
        raise UsageError(f"{store.path} holds no answers about training images of {catalog.source}. {how}")
    return of_each_class(answered, LOOKED_AT)


def _need_two_classes(samples: Sequence[Sample], store: Path) -> None:
    """Refuse samples that tell nothing about what classes have in common.

    Raises:
        UsageError: fewer than two classes have two pictures.
    """
    counts = Counter(sample.class_name for sample in samples)
    several = [name for name, count in counts.items() if count >= 2]
    if len(several) < 2:
        raise UsageError(
            f"{store} has answers about {len(samples)} training images of {len(counts)} classes, two or more "
            f"about {len(several)} of them; to choose by what tells classes apart takes two images of two."
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
