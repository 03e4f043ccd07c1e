"""`makd questions`: banks that are written, the packaged ones, and what a bank asks."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from makd.cli.command import Command
from makd.cli.tables import table
from makd.config.commands import GenerateCommand, ListQuestionsCommand, ShowQuestionsCommand
from makd.progress import Progress
from makd.questions.bank import QuestionBank, packaged_names


def list_banks(_: ListQuestionsCommand, __: Progress) -> dict[str, Any]:
    """Return name, size and source of every packaged bank."""
    banks = [QuestionBank.load(name) for name in packaged_names()]
    return {"banks": [{"name": bank.name, "questions": len(bank), "source": bank.source} for bank in banks]}


def show_bank(settings: ShowQuestionsCommand, _: Progress) -> dict[str, Any]:
    """Return a bank as its file holds it."""
    return QuestionBank.load(settings.bank).model_dump(mode="json", exclude_none=True)


def generate(settings: GenerateCommand, progress: Progress) -> dict[str, Any]:
    """Have a bank written."""
    from makd import pipeline

    return pipeline.generate(settings, progress)


def _show_generated(result: dict[str, Any], _: GenerateCommand, console: Console) -> None:
    rows = table("id", "group", "question", numbers=False)
    for question in result["questions"]:
        rows.add_row(question["id"], question["group"], question["text"])
    console.print(rows)
    console.print(
        f"\n{result['bank']}: {len(result['questions'])} questions for {result['classes']:,} classes, chosen "
        f"of the {result['candidates']} in {result['candidates_bank']}.\nWhat was asked and said: "
        f"{result['exchange']} ({result['asked']} replies now, {result['kept_replies']} from before)."
    )
    if result["left_out"]:
        reasons = ", ".join(f"{count} {reason}" for reason, count in result["left_out"].items())
        console.print(f"Drafts left out: {reasons}.")


def _show_list(result: dict[str, Any], _: ListQuestionsCommand, console: Console) -> None:
    rows = table("bank", "questions")
    for bank in result["banks"]:
        rows.add_row(bank["name"], str(bank["questions"]))
    console.print(rows)


def _show_questions(result: dict[str, Any], _: ShowQuestionsCommand, console: Console) -> None:
    rows = table("id", "group", "question", numbers=False)
    for question in result["questions"]:
        rows.add_row(question["id"], question["group"], question["text"])
    console.print(rows)


COMMANDS: dict[str, Command[Any]] = {
    "questions generate": Command(GenerateCommand, generate, _show_generated),
    "questions list": Command(ListQuestionsCommand, list_banks, _show_list),
    "questions show": Command(ShowQuestionsCommand, show_bank, _show_questions),
}
