"""`makd questions`: the packaged banks, what a bank asks, and whether it asks well."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from makd.cli.command import Command
from makd.cli.tables import table
from makd.config.commands import CheckCommand, ListQuestionsCommand, ShowQuestionsCommand
from makd.progress import Progress
from makd.questions.bank import QuestionBank, packaged_names


def list_banks(_: ListQuestionsCommand, __: Progress) -> dict[str, Any]:
    """Return name, size and source of every packaged bank."""
    banks = [QuestionBank.load(name) for name in packaged_names()]
    return {"banks": [{"name": bank.name, "questions": len(bank), "source": bank.source} for bank in banks]}


def show_bank(settings: ShowQuestionsCommand, _: Progress) -> dict[str, Any]:
    """Return a bank as its file holds it."""
    return QuestionBank.load(settings.bank).model_dump(mode="json", exclude_none=True)


def check(settings: CheckCommand, progress: Progress) -> dict[str, Any]:
    """Hand the settings to the pipeline."""
    from makd import pipeline

    return pipeline.check(settings, progress)


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


def _show_check(result: dict[str, Any], _: CheckCommand, console: Console) -> None:
    from makd.questions.checks.finding import KINDS

    for repair in result["repairs"]:
        became = f"now “{'” “'.join(repair['becomes'])}”" if repair["becomes"] else "dropped"
        console.print(f"{repair['question']} ({KINDS[repair['because']]}), “{repair['text']}”: {became}.")
    if result["repairs"]:
        console.print()
    rows = table("id", "question", "fault", "why, and what to do", numbers=False)
    for one in result["findings"]:
        rows.add_row(one["question"], one["text"], KINDS[one["kind"]], f"{one['reason']} {one['suggestion']}")
    if result["findings"]:
        console.print(rows)
        console.print()
    console.print(_check_verdict(result))


def _check_verdict(result: dict[str, Any]) -> str:
    faulty = len({one["question"] for one in result["findings"] if one["question"]})
    if result["findings"] and not faulty:
        verdict = f"{result['bank']} was hardly looked at."
    elif faulty:
        verdict = f"{faulty} of {result['left']} questions of {result['bank']} should be looked at."
    else:
        verdict = f"All {result['left']} questions of {result['bank']} are sound, as far as wording tells."
    return f"{verdict}\nWritten: {result['file']}" if result["file"] else verdict


COMMANDS: dict[str, Command[Any]] = {
    "questions check": Command(
        CheckCommand, check, _show_check, exit_code=lambda result: int(bool(result["findings"]))
    ),
    "questions list": Command(ListQuestionsCommand, list_banks, _show_list),
    "questions show": Command(ShowQuestionsCommand, show_bank, _show_questions),
}
