"""`makd run`: the whole road, each stage resumable; `makd demo`: the same on the embedded world."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from makd.answers.checks import blank_sample, with_negations
from makd.config.answers import AnswersSettings
from makd.config.commands import DemoCommand, RunCommand
from makd.data.samples import Catalog, Split
from makd.pipeline import outputs
from makd.pipeline.answered import read_answers
from makd.pipeline.arms import asked_arms, own_settings
from makd.pipeline.catalog import add_unlabelled, pick_task
from makd.pipeline.compare import MAY_CHANGE, compare_arms
from makd.pipeline.duplicates import find_duplicates
from makd.pipeline.extract import ask
from makd.pipeline.opening import open_asked
from makd.pipeline.references import check_naming
from makd.pipeline.tiles import with_chosen_tiles
from makd.pipeline.train import check_model, check_vision_teachers, checked_execution
from makd.pipeline.worlds import each, open_catalogs, with_answers
from makd.progress import Progress, Silent
from makd.questions.bank import QuestionBank
from makd.storage import write_json
from makd.task import judged_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from makd.teachers.base import Teacher

DEMO: dict[str, Any] = {
    "data": "fieldguide",
    "teacher": "fieldguide",
    "questions": "fieldguide",
    "arms": ["base", "makd", "shuffled", "random"],
    "seeds": 3,
    "model": {"name": "resnet10t", "kwargs": {"channels": [24, 48, 96, 192], "stem_width": 16}},
    "optimizer": {"lr": 0.008},
    "alpha": 30.0,
    "epochs": 40,
    "image_size": 64,
}
"""What `makd demo` does; learning rate and alpha were chosen on other draws of species (docs/results.md)."""

QUICK: dict[str, Any] = {**DEMO, "seeds": 2, "epochs": 6, "alpha": 4.0}
"""The same road in little: six epochs show that it can be walked, not how much MaKD helps at any alpha."""


def run(settings: RunCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Go the whole road into `settings.out`; stages that are finished are not done again.

    Returns:
        The comparison's results, as in `results.json`.
    """
    progress = progress or Silent()
    bank = QuestionBank.load(settings.questions)
    catalogs = open_catalogs(settings, settings.data, progress)
    task = judged_by(pick_task(settings.data), settings.metric, len(catalogs[0].classes))
    duplicates = find_duplicates(catalogs[0], settings.data.check_duplicates, progress)
    add = partial(add_unlabelled, folder=settings.unlabeled, progress=progress, teacher=settings.teacher.name)
    catalogs = each(catalogs, add)
    catalog = catalogs[0]
    check_model(settings.model, settings.image_size, task, catalog, progress)
    execution = checked_execution(settings)
    begun = None if settings.overwrite else settings.out / "answers"
    asked = with_chosen_tiles(settings.teacher, catalog, bank, progress, begun)
    teacher = open_asked(asked, progress)
    arms = asked_arms(settings, teacher.card, settings.answers)
    check_vision_teachers(own_settings(arms, settings), catalog, progress)
    check_naming(settings.references, catalog.classes, teacher)
    outputs.claim(
        settings.out, "run", settings, overwrite=settings.overwrite, may_change=MAY_CHANGE - {"teacher"}
    )
    bank.save(settings.out / "questions.yaml")
    progress.say(f"{teacher.card.name} is asked {len(bank)} questions about every training image.")
    labelling = _label(catalogs, ("train",), teacher, settings, bank, progress)
    if "linear" in settings.references:
        progress.say("It is asked about val and test images too, for the linear model.")
        _label(catalogs, ("val", "test"), teacher, settings, bank, progress)
    reading = AnswersSettings(name=settings.out / "answers", **settings.answers.model_dump())
    worlds = with_answers(
        catalogs, lambda catalog: read_answers(reading, settings.questions, catalog, progress)
    )
    names = ", ".join(arm.name for arm in arms)
    progress.say(f"{settings.model.name} is trained {settings.seeds} times an arm: {names}.")
    return compare_arms(
        settings,
        arms,
        task,
        worlds,
        settings.out,
        execution=execution,
        labelling=labelling,
        teacher=teacher,
        asking=settings,
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
    catalogs: Sequence[Catalog],
    splits: Sequence[Split],
    teacher: Teacher,
    settings: RunCommand,
    bank: QuestionBank,
    progress: Progress,
) -> dict[str, Any]:
    """Ask about the images of some splits; return the seconds and images of all starts together.

    What the answers' reading needs is asked too: a blank picture, negations.
    """
    if settings.answers.second_look and settings.answers.view is None:
        bank = with_negations(bank)
    held_out = "train" not in splits
    record = settings.out / ("labelling-held-out.json" if held_out else "labelling.json")
    before = json.loads(record.read_text()) if record.exists() else {"seconds": 0.0, "images": 0}
    spent = {"seconds": before["seconds"], "images": before["images"]}
    for source in dict.fromkeys(catalog.source for catalog in catalogs):
        of_source = [sample for one in catalogs if one.source == source for sample in one.of(*splits)]
        samples = tuple({(sample.key, sample.instance): sample for sample in of_source}.values())
        if settings.answers.calibrate == "contextual" and not held_out:
            samples = (*samples, blank_sample(samples))
        summary = ask(
            samples,
            teacher,
            bank,
            settings.out / "answers",
            source=source,
            asking=settings,
            progress=progress,
        )
        spent["seconds"] += summary["seconds"]
        spent["images"] += summary["answered"]
        write_json(record, spent)
    return spent
