"""`makd questions select`: the questions that together tell most about the classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.config.commands import SelectQuestionsCommand
from makd.errors import UsageError
from makd.pipeline.catalog import open_catalog
from makd.pipeline.probe import ask_probe, look
from makd.progress import Progress, Silent
from makd.questions.bank import QuestionBank
from makd.storage import write_json

if TYPE_CHECKING:
    from makd.questions.select import CandidateAnswers, Choice
    from makd.questions.selection.greedy import Standing


def select(settings: SelectQuestionsCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Choose questions and write them, in the order of choice, to `settings.out`; figures go beside it.

    Returns:
        What the JSON file beside the bank holds, and the files that were written.
    """
    from makd.answers.store import AnswerStore
    from makd.pipeline.confusions import count_confusions
    from makd.questions.select import select as choose
    from makd.questions.selection.greedy import Weights

    progress = progress or Silent()
    bank = QuestionBank.load(settings.bank)
    _check(settings, bank)
    catalog = open_catalog(settings.data, progress)
    confused = (
        count_confusions(settings.confusions, settings.data, catalog, progress) if settings.confusions else {}
    )
    if settings.pilot:
        ask_probe(settings, bank, catalog, progress)
    store = AnswerStore.open(settings.answers)
    seen = look(settings, store, bank, catalog, progress)
    choice = choose(
        replace(seen.answers, confused=confused),
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
        "confused_pairs": len(confused),
        **_standings(choice, bank, settings.keep),
        "unanswered": list(seen.unanswered),
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
    if Path(settings.bank).exists() and settings.out.resolve() == Path(settings.bank).resolve():
        raise UsageError(f"--out {settings.out}: is the bank of the candidates; choose another.")
    files = [settings.out, *map(settings.out.with_suffix, (".json", ".png")[: 1 + settings.explain])]
    if not settings.overwrite and (there := [file for file in files if file.exists()]):
        raise UsageError(f"{there[0]} exists. Choose another --out, or --overwrite to replace it.")


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
