"""`makd questions check`: the weak questions of a bank, found before a teacher is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.config.commands import CheckCommand
from makd.errors import UsageError
from makd.pipeline.class_names import class_names_of, listed
from makd.progress import Progress, Silent
from makd.questions.bank import CANDIDATES, QuestionBank
from makd.questions.classes import class_names, listed_names
from makd.storage import disk_trouble_told

if TYPE_CHECKING:
    from makd.questions.checks.finding import Finding
    from makd.questions.checks.likeness import Similarity
    from makd.questions.checks.mend import Repair


def check(settings: CheckCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Hold a bank against all rules; with `settings.fix` also write what can safely be mended.

    Returns:
        The findings that stand (after mending: those that are left), what was mended, and the written file.

    Raises:
        UsageError: the bank or the class names cannot be read, or the output may not be written.
        MakdError: nothing would be left of the bank.
    """
    from makd.questions.checks.check import check as find
    from makd.questions.checks.likeness import embeddings

    bank = QuestionBank.load(settings.bank)
    out = _output(settings)
    classes = _class_names(settings, progress or Silent())
    embed = embeddings()
    findings = find(bank, classes, embed)
    repairs: list[Repair] = []
    checked = bank
    if out is not None:
        checked, repairs, findings = _mended(bank, findings, classes, embed)
        with disk_trouble_told(out, "Make room and start again."):
            checked.save(out)
    texts = {question.id: question.text for question in checked.questions}
    return {
        "bank": bank.name,
        "questions": len(bank),
        "classes": len(classes),
        "embeddings": embed is not None,
        "findings": [{"text": texts.get(one.question, ""), **asdict(one)} for one in findings],
        "repairs": [asdict(repair) for repair in repairs],
        "file": None if out is None else str(out),
        "left": len(checked),
    }


def _mended(
    bank: QuestionBank, findings: Sequence[Finding], classes: Sequence[str], embed: Similarity | None
) -> tuple[QuestionBank, list[Repair], list[Finding]]:
    """Return the mended bank, what was done, and what is wrong with it still."""
    from makd.questions.checks.check import check as find
    from makd.questions.checks.mend import mend

    def is_sound(text: str) -> bool:
        return not find(QuestionBank.from_texts([text]), classes)

    mended, repairs = mend(bank, findings, is_sound)
    return mended, repairs, find(mended, classes, embed) if repairs else list(findings)


def _output(settings: CheckCommand) -> Path | None:
    """Return where the mended bank goes; None where none is asked for.

    Raises:
        UsageError: `--out` stands without `--fix`, or something stands there already.
    """
    if not settings.fix:
        if settings.out is not None:
            raise UsageError("--out: is where --fix writes the mended bank; add --fix, or leave it out.")
        return None
    out = settings.out or Path(f"{Path(settings.bank).stem}-fixed.yaml")
    if out.exists() and not settings.overwrite:
        raise UsageError(f"{out} exists. Choose another --out, or --overwrite to replace it.")
    return out


def _class_names(settings: CheckCommand, progress: Progress) -> tuple[str, ...]:
    """Return the names that no question may give away: of data, of a list, else the bank's own.

    Raises:
        UsageError: both are named, or they cannot be read.
    """
    if settings.data is not None and settings.classes is not None:
        raise UsageError("--classes: --data has class names already; name one of them.")
    if settings.data is not None:
        return class_names_of(settings.data, progress).names
    if settings.classes is None and (data_set := settings.bank.removesuffix(CANDIDATES)) in listed_names():
        return class_names(data_set)
    if settings.classes is None:
        progress.say("Without --data or --classes, no question is held against the names of classes.")
        return ()
    if not settings.classes.exists() and str(settings.classes) in listed_names():
        return class_names(str(settings.classes))
    names = listed(settings.classes)
    if not names:
        raise UsageError(f"--classes: {settings.classes} names no class; it should have one a line.")
    return names
