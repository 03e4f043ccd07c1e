"""What a person sees of previews and audits in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from makd.cli.tables import table
from makd.config.commands import AuditCommand, PreviewCommand


def show_preview(result: Mapping[str, Any], _: PreviewCommand, console: Console) -> None:
    """Print every answer in per cent, a column a picture, then the pictures and the forecast."""
    from makd.report.preview import doubt, forecast_rows, headline

    images = result["images"]
    answers = table("P(yes), %", *(str(number) for number in range(1, len(images) + 1)))
    for q, question in enumerate(result["questions"]):
        values = [image["p_yes"][q] if image["p_yes"] else None for image in images]
        answers.add_row(question["text"], *("-" if p is None else f"{100 * p:.0f}" for p in values))
    console.print(answers)
    console.print()
    for number, image in enumerate(images, 1):
        failure = f": {image['failure']}" if image["failure"] else ""
        console.print(f"{number}  {image['key']}{failure}")
    console.print(f"\n{headline(result)}")
    if any(image["p_yes"] for image in images):
        for name, text in forecast_rows(result["forecast"]):
            console.print(f"  {name}: {text}")
    if doubtful := doubt(result):
        console.print(doubtful)
    console.print(f"\nThe page to look at: {result['page']}")


def show_audit(result: Mapping[str, Any], _: AuditCommand, console: Console) -> None:
    """Print what stands out, then the figures of every question."""
    from makd.report.audit import columns_of

    console.print(result["headline"])
    for finding in result["findings"]:
        console.print(f"- {finding['sentence']}")
    questions = result["questions"]
    columns = [column for column in columns_of(questions) if column.brief]
    figures = table("question", *(column.title for column in columns))
    figures.columns[0].no_wrap = True
    for question in questions:
        values = ((column, question[column.figure]) for column in columns)
        figures.add_row(question["id"], *("" if v is None else column.write(v) for column, v in values))
    console.print()
    console.print(figures)
    console.print(f"\nThe page to look at: {result['page']}")
