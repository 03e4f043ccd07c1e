"""`makd questions generate`: from class names to a bank, with an LLM."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.config.commands import GenerateCommand
from makd.errors import UsageError
from makd.pipeline.class_names import is_list, read_class_names
from makd.progress import Progress, Silent
from makd.questions.bank import Question, QuestionBank

if TYPE_CHECKING:
    from makd.questions.generation.exchange import Exchange
    from makd.questions.generation.generate import Written


def generate(settings: GenerateCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Write a bank to `settings.out`, its candidates and the exchange with the LLM beside it.

    Returns:
        The files, the kept questions, and what was asked for and left out.
    """
    from makd.llms.registry import open_llm
    from makd.pipeline.confusions import confused_pairs
    from makd.questions.generation.exchange import Exchange, exchange_file
    from makd.questions.generation.generate import write_questions

    progress = progress or Silent()
    _refuse(settings)
    source, classes = read_class_names(settings.data, progress)
    llm = open_llm(**settings.llm.model_dump())
    exchange = Exchange(llm, exchange_file(settings.out), afresh=settings.overwrite)
    if exchange.entries:
        progress.say(
            f"{exchange.path} holds {len(exchange.entries)} replies; what they answer is not asked anew."
        )
    pairs = confused_pairs(settings.confusions, settings.data, progress) if settings.confusions else ()
    written = write_questions(
        exchange,
        classes,
        candidates=settings.candidates,
        keep=settings.keep,
        pairs=pairs,
        allow_fewer=settings.allow_fewer,
        progress=progress,
    )
    origin = (
        f"Written by {llm.name} for the {len(classes):,} classes of {source}, {datetime.now(UTC):%Y-%m-%d}."
    )
    bank = _save(settings.out, written.kept, origin)
    _save(candidates_file(settings.out), written.candidates, origin)
    return _result(settings, bank, written, exchange, len(classes))


def candidates_file(bank: Path) -> Path:
    """Return where the candidates of a bank's file are kept."""
    return bank.with_name(f"{bank.stem}-candidates{bank.suffix}")


def _refuse(settings: GenerateCommand) -> None:
    out = settings.out
    if settings.keep > settings.candidates:
        raise UsageError(
            f"--keep {settings.keep} is more than --candidates {settings.candidates}: of those it is chosen."
        )
    if settings.confusions is not None and is_list(settings.data):
        raise UsageError(f"--confusions needs pictures, {settings.data.name} only lists classes.")
    if out.suffix.lower() not in (".yaml", ".yml"):
        raise UsageError(f"--out {out}: a bank is a YAML file; let the name end in .yaml.")
    for file in (out, candidates_file(out)):
        if file.is_dir() or (file.exists() and not settings.overwrite):
            raise UsageError(f"{file} exists. Choose another --out, or --overwrite to replace it.")


def _save(path: Path, questions: tuple[Question, ...], source: str) -> QuestionBank:
    bank = QuestionBank(name=path.stem, source=source, questions=questions)
    bank.save(path)
    return bank


def _result(
    settings: GenerateCommand, bank: QuestionBank, written: Written, exchange: Exchange, classes: int
) -> dict[str, Any]:
    return {
        "bank": str(settings.out),
        "candidates_bank": str(candidates_file(settings.out)),
        "exchange": str(exchange.path),
        "llm": exchange.llm.name,
        "classes": classes,
        "candidates": len(written.candidates),
        "asked": exchange.fresh,
        "kept_replies": exchange.repeated,
        "left_out": written.left_out,
        "questions": bank.model_dump(mode="json", exclude_none=True)["questions"],
    }
