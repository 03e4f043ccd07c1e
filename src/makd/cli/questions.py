"""`makd questions`: the packaged banks, and what a bank asks."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from makd.cli.command import Command
from makd.cli.tables import table
from makd.config.commands import ListQuestionsCommand, ShowQuestionsCommand
from makd.progress import Progress
from makd.questions.bank import CANDIDATES, QuestionBank, packaged_names
from makd.questions.classes import class_names, listed_names


def list_banks(_: ListQuestionsCommand, __: Progress) -> dict[str, Any]:
    """Return name, size and source of every packaged bank, and how many classes it is about."""
    banks = [QuestionBank.load(name) for name in packaged_names()]
    return {
        "banks": [
            {
                "name": bank.name,
                "questions": len(bank),
                "candidates": bank.name.endswith(CANDIDATES),
                "classes": len(_classes(bank.name)) or None,
                "source": bank.source,
            }
            for bank in banks
        ]
    }


def show_bank(settings: ShowQuestionsCommand, _: Progress) -> dict[str, Any]:
    """Return a bank as its file holds it; of a packaged one, the classes too where they are listed."""
    content = QuestionBank.load(settings.bank).model_dump(mode="json", exclude_none=True)
    classes = _classes(settings.bank)
    return {**content, "classes": classes} if classes else content


def _classes(bank: str) -> list[str]:
    return list(class_names(bank)) if bank.removesuffix(CANDIDATES) in listed_names() else []


def _show_list(result: dict[str, Any], _: ListQuestionsCommand, console: Console) -> None:
    sizes = {bank["name"]: bank["questions"] for bank in result["banks"]}
    rows = table("bank", "questions", "candidates", "classes")
    for bank in result["banks"]:
        if not bank["candidates"]:
            candidates = sizes.get(bank["name"] + CANDIDATES, "")
            rows.add_row(bank["name"], str(bank["questions"]), str(candidates), str(bank["classes"] or ""))
    console.print(rows)
    console.print(f"\nThe candidates that a bank was chosen from are a bank too: NAME{CANDIDATES}")


def _show_questions(result: dict[str, Any], _: ShowQuestionsCommand, console: Console) -> None:
    rows = table("id", "group", "question", numbers=False)
    for question in result["questions"]:
        rows.add_row(question["id"], question["group"], question["text"])
    console.print(rows)
    if classes := result.get("classes"):
        console.print(f"\nAbout {len(classes)} classes: {', '.join(classes)}")


COMMANDS: dict[str, Command[Any]] = {
    "questions list": Command(ListQuestionsCommand, list_banks, _show_list),
    "questions show": Command(ShowQuestionsCommand, show_bank, _show_questions),
}
