"""`makd questions select`: the questions that together tell most about the classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from makd.config.commands import SelectQuestionsCommand
from makd.data.spread import of_each_class
from makd.errors import UsageError
from makd.pipeline.catalog import open_catalog
from makd.pipeline.looks import negations, second_look
from makd.pipeline.pilot import ask_probe
from makd.progress import Progress, Silent
from makd.questions.bank import QuestionBank
from makd.storage import write_json

if TYPE_CHECKING:
    from makd.answers.store import AnswerStore
    from makd.data.samples import Catalog, Sample
    from makd.questions.select import CandidateAnswers, Choice
    from makd.questions.selection.greedy import Standing

LOOKED_AT = 50
"""Pictures of each class that decide, at the most; more change little and take memory."""


def select(settings: SelectQuestionsCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Choose questions and write them, in the order of choice, to `settings.out`; figures go beside it.

    Returns:
        What the JSON file beside the bank holds, and the files that were written.
    """
    from makd.answers.store import AnswerStore
    from makd.questions.select import select as choose
    from makd.questions.selection.greedy import Weights

    progress = progress or Silent()
    bank = QuestionBank.load(settings.bank)
    _check(settings, bank)
    catalog = open_catalog(settings.data, progress)
    if settings.pilot:
        ask_probe(settings, bank, catalog, progress)
    store = AnswerStore.open(settings.answers)
    seen = _look(settings, store, bank, catalog, progress)
    choice = choose(
        seen.answers,
        None if settings.explain else settings.keep,
        Weights(settings.confusable, settings.within),
    )
    chosen = [bank.questions[pick.question] for pick in choice.selection.picks[: settings.keep]]
    result = {
        "candidates": bank.name,
        "store": str(settings.answers),
        "teacher": store.manifest.teacher.name,
        "source": catalog.source,
        "images": len(seen.samples),
        "classes": len({sample.label for sample in seen.samples}),
        "second_look": choice.second_look,
        "follows_negations": choice.trust.follows_negations,
        **_standings(choice, bank, settings.keep),
        **(_explained(seen.answers, choice) if settings.explain else {}),
    }
    source = (
        f"{settings.keep} of the {len(bank)} questions of {bank.name!r}, chosen by what "
        f"{result['teacher']} answered about {result['images']} training images of {catalog.source}."
    )
    QuestionBank(name=settings.out.stem, source=source, questions=tuple(chosen)).save(settings.out)
    write_json(settings.out.with_suffix(".json"), result)
    files = {"bank": str(settings.out), "figures": str(settings.out.with_suffix(".json"))}
    if settings.explain:
        from makd.report.selection import write_curve

        files["curve"] = str(write_curve(settings.out.with_suffix(".png"), result))
    return {**result, **files}


def _check(settings: SelectQuestionsCommand, bank: QuestionBank) -> None:
    """Refuse what cannot be meant, before anything is asked.

    Raises:
        UsageError: it is said why.
    """
    if settings.keep > len(bank):
        raise UsageError(f"--keep {settings.keep}: {settings.bank} has only {len(bank)} questions.")
    if settings.pilot and settings.teacher is None:
        raise UsageError("--pilot asks a teacher: name it by --teacher.")
    if settings.teacher is not None and not settings.pilot:
        raise UsageError("--teacher is asked only with --pilot; without it the store's answers decide.")
    if settings.view is not None and settings.view.resolve() == settings.answers.resolve():
        raise UsageError("--view: is the store itself; a second look is another store about the pictures.")
    if settings.out.suffix.lower() not in {".yaml", ".yml"}:
        raise UsageError(f"--out {settings.out}: a question bank is a YAML file; name it so.")
    if settings.out.exists() and not settings.overwrite:
        raise UsageError(f"{settings.out} exists. Choose another --out, or --overwrite to replace it.")


class _Seen(NamedTuple):
    """What the store says about the training pictures that decide."""

    samples: tuple[Sample, ...]
    answers: CandidateAnswers


def _look(
    settings: SelectQuestionsCommand,
    store: AnswerStore,
    bank: QuestionBank,
    catalog: Catalog,
    progress: Progress,
) -> _Seen:
    """Read the answers to the candidates about training pictures; val and test are never looked at.

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
    samples = _answered(store, bank, catalog, how)
    _need_two_classes(samples, settings.answers)
    keys = [sample.key for sample in samples]
    found = store.answers(keys=keys, hashes=bank.hashes, source=catalog.source)
    there = np.isfinite(found.log_odds).any(0).tolist()
    if lacking := [q.id for q, answered in zip(bank.questions, there, strict=True) if not answered]:
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
    return _Seen(samples, answers)


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


def _standings(choice: Choice, bank: QuestionBank, keep: int) -> dict[str, Any]:
    """Return the chosen questions and the others, each with its figures."""
    picks, left = choice.selection.picks, choice.selection.left

    def plain(standing: Standing) -> dict[str, Any]:
        question = bank.questions[standing.question]
        figures = {
            name: round(getattr(standing, name), 4)
            for name in ("gain", "of_class", "of_pairs", "within", "correlation")
        }
        closest = bank.questions[standing.closest].id if standing.closest >= 0 else None
        trusted = round(float(choice.trust.factor[standing.question]), 4)
        about = {"id": question.id, "text": question.text, "group": question.group}
        return {**about, **figures, "closest": closest, "trusted": trusted}

    return {
        "picks": [plain(standing) for standing in picks[:keep]],
        "left_out": [plain(standing) for standing in (*picks[keep:], *left)],
    }


def _explained(answers: CandidateAnswers, choice: Choice) -> dict[str, Any]:
    """Return what the first questions tell together, and how many are enough."""
    from makd.questions.selection.curve import enough, told_together

    picks = choice.selection.picks
    together = told_together(answers.p_yes, answers.labels, [pick.question for pick in picks])
    return {
        "suggested": enough(together),
        "told_together": [round(float(bits), 4) for bits in together],
    }


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
