"""`makd questions`: banks that are written, packaged, looked through and chosen from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from rich.console import Console

from makd.cli.command import Command, in_pipeline
from makd.cli.tables import table
from makd.config.commands import (
    CheckCommand,
    GenerateCommand,
    ListQuestionsCommand,
    SelectQuestionsCommand,
    ShowQuestionsCommand,
)
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


def _show_selection(result: dict[str, Any], settings: SelectQuestionsCommand, console: Console) -> None:
    rows = table("question", "gain", "class bits", "pair bits", "within", "trust", "closest", "r")
    for column in (0, 6):
        rows.columns[column].justify = "left"
        rows.columns[column].no_wrap = True
    for pick in result["picks"]:
        figures = (f"{pick[name]:.3f}" for name in ("gain", "of_class", "of_pairs", "within", "trusted"))
        rows.add_row(pick["id"], *figures, pick["closest"] or "", f"{pick['correlation']:.2f}")
    console.print(rows)
    console.print(
        f"\n{len(result['picks'])} of {len(result['picks']) + len(result['left_out'])} questions kept, by "
        f"{result['images']:,} training images of {result['classes']:,} classes."
    )
    for remark in _remarks(result):
        console.print(remark)
    if settings.explain:
        bits, kept = result["told_together"], len(result["picks"])
        console.print(
            f"About the class the first {result['suggested']} tell 95 % of the {max(bits):.2f} bits that any "
            f"number tells together, the {kept} kept {bits[kept - 1]:.2f}: {result['curve']}"
        )
    console.print(f"The bank: {result['bank']}; every figure: {result['figures']}")


def _remarks(result: dict[str, Any]) -> Iterator[str]:
    """Yield what one should know before trusting the choice."""
    if result["follows_negations"] is False:
        alone = "" if result["second_look"] else "; without --view, what varies within classes does not count"
        yield f"The teacher does not follow negations, so they say nothing about its questions{alone}."
    elif result["second_look"] is None:
        yield "Without negations or --view, what varies within classes may be noise and does not count."
    idle = [pick["id"] for pick in result["picks"] if pick["gain"] <= 0]
    if idle:
        yield f"{len(idle)} of those kept add nothing that can be measured: {', '.join(idle)}."


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
        CheckCommand,
        partial(in_pipeline, "check"),
        _show_check,
        exit_code=lambda result: int(bool(result["findings"])),
    ),
    "questions generate": Command(GenerateCommand, partial(in_pipeline, "generate"), _show_generated),
    "questions list": Command(ListQuestionsCommand, list_banks, _show_list),
    "questions show": Command(ShowQuestionsCommand, show_bank, _show_questions),
    "questions select": Command(SelectQuestionsCommand, partial(in_pipeline, "select"), _show_selection),
}
