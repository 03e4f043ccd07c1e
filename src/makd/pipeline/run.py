"""`makd run`: the whole road, each stage resumable; `makd demo`: the same on the embedded world."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from makd.answers.checks import blank_sample, with_negations
from makd.config.commands import DemoCommand, RunCommand
from makd.config.settings import AnswersSettings
from makd.data.samples import Catalog
from makd.pipeline import outputs
from makd.pipeline.answered import read_answers
from makd.pipeline.catalog import add_unlabelled, open_catalog, pick_task
from makd.pipeline.compare import asked_arms, compare_arms
from makd.pipeline.duplicates import find_duplicates
from makd.pipeline.extract import ask
from makd.pipeline.opening import open_asked
from makd.pipeline.tiles import with_chosen_tiles
from makd.pipeline.train import check_model, check_vision_teacher
from makd.progress import Progress, Silent
from makd.questions.bank import QuestionBank
from makd.storage import write_json

if TYPE_CHECKING:
    from makd.teachers.base import Teacher

DEMO: dict[str, Any] = {
    "data": "fieldguide",
    "teacher": "fieldguide",
    "questions": "fieldguide",
    "arms": ["base", "makd", "shuffled", "random"],
    "seeds": 3,
    "model": {"name": "resnet10t", "kwargs": {"channels": [24, 48, 96, 192], "stem_width": 16}},
    "alpha": 30.0,
    "epochs": 40,
    "image_size": 64,
}
"""What `makd demo` does; alpha was chosen on validation images of another draw (docs/results.md)."""

QUICK: dict[str, Any] = {**DEMO, "seeds": 2, "epochs": 6, "alpha": 4.0}
"""The same road in little: six epochs show that it can be walked, not how much MaKD helps at any alpha."""


def run(settings: RunCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Go the whole road into `settings.out`; stages that are finished are not done again.

    Returns:
        The comparison's results, as in `results.json`.
    """
    progress = progress or Silent()
    bank = QuestionBank.load(settings.questions)
    task = pick_task(settings.data)
    catalog = open_catalog(settings.data, progress)
    duplicates = find_duplicates(catalog, settings.data.check_duplicates, progress)
    catalog = add_unlabelled(catalog, settings.unlabeled, progress, teacher=settings.teacher.name)
    check_model(settings.model, settings.image_size, task, catalog, progress)
    check_vision_teacher(settings, catalog)
    begun = None if settings.overwrite else settings.out / "answers"
    asked = with_chosen_tiles(settings.teacher, catalog, bank, progress, begun)
    teacher = open_asked(asked, progress)
    arms = asked_arms(settings, teacher.card, settings.answers)
    outputs.claim(settings.out, "run", settings, overwrite=settings.overwrite)
    bank.save(settings.out / "questions.yaml")
    progress.say(f"{teacher.card.name} is asked {len(bank)} questions about every training image.")
    labelling = _label(catalog, teacher, settings, bank, progress)
    reading = AnswersSettings(name=settings.out / "answers", **settings.answers.model_dump())
    answered = read_answers(reading, settings.questions, catalog, progress)
    names = ", ".join(arm.name for arm in arms)
    progress.say(f"{settings.model.name} is trained {settings.seeds} times an arm: {names}.")
    return compare_arms(
        settings,
        arms,
        task,
        catalog,
        answered,
        settings.out,
        labelling=labelling,
        duplicates=duplicates,
        progress=progress,
    )


def demo(settings: DemoCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Go the whole road on the embedded world: a real, small multimodal LLM and real training."""
    road = {
        **(QUICK if settings.quick else DEMO),
        "out": settings.out,
        "jobs": settings.jobs,
        "overwrite": settings.overwrite,
    }
    progress = progress or Silent()
    if settings.quick:
        progress.say(
            f"{QUICK['epochs']} epochs show the road, not the gain; `makd demo` takes {DEMO['epochs']}."
        )
    return run(RunCommand.model_validate(road), progress)


def _label(
    catalog: Catalog, teacher: Teacher, settings: RunCommand, bank: QuestionBank, progress: Progress
) -> dict[str, Any]:
    """Ask about the training images; return the seconds and images of all starts together.

    What the answers' reading needs is asked too: a blank picture, negations.
    """
    out, samples = settings.out, catalog.of("train")
    if settings.answers.calibrate == "contextual":
        samples = (*samples, blank_sample(samples))
    if settings.answers.second_look and settings.answers.view is None:
        bank = with_negations(bank)
    record = out / "labelling.json"
    before = json.loads(record.read_text()) if record.exists() else {"seconds": 0.0, "images": 0}
    summary = ask(
        samples,
        teacher,
        bank,
        out / "answers",
        source=catalog.source,
        asking=settings,
        progress=progress,
    )
    spent = {
        "seconds": before["seconds"] + summary["seconds"],
        "images": before["images"] + summary["answered"],
    }
    write_json(record, spent)
    return spent
