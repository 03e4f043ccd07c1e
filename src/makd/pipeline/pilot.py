"""A teacher asked about a probe sample: a few training pictures of each class, before all are paid for."""

from __future__ import annotations

from makd.config.commands import SelectQuestionsCommand
from makd.data.samples import Catalog
from makd.data.spread import of_each_class
from makd.errors import UsageError
from makd.pipeline.extract import ask, open_asked
from makd.pipeline.tiles import with_chosen_tiles
from makd.progress import Progress
from makd.questions.bank import QuestionBank


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
