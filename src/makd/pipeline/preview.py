"""`makd answers preview`: a few answers to look at before time or money is spent on all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from makd.config.commands import PreviewCommand
from makd.data.spread import spread
from makd.errors import UsageError
from makd.pipeline import outputs
from makd.pipeline.catalog import open_catalog
from makd.pipeline.opening import open_asked
from makd.pipeline.tiles import with_chosen_tiles
from makd.progress import Progress, Silent
from makd.questions.bank import QuestionBank
from makd.storage import write_json

if TYPE_CHECKING:
    from makd.data.samples import Sample
    from makd.teachers.base import Answer
    from makd.teachers.rate import Timed

RESULT = "preview.json"


def preview(settings: PreviewCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Ask every question about a few training pictures; write page and answers into `settings.out`.

    No answer store is written: `extract` asks about these pictures again.

    Returns:
        What `preview.json` holds, and where the page is.
    """
    from makd.report.preview import PAGE, write_preview
    from makd.teachers.rate import ask_timed, forecast
    from makd.teachers.server.budget import BudgetSpentError

    progress = progress or Silent()
    bank = QuestionBank.load(settings.questions)
    catalog = open_catalog(settings.data, progress)
    training = catalog.of("train")
    shown = spread(training, settings.images, settings.seed)
    if not shown:
        raise UsageError(f"{settings.data.name} has no training images to preview.")
    teacher = open_asked(with_chosen_tiles(settings.teacher, catalog, bank, progress), progress)
    outputs.claim(settings.out, "preview", settings, overwrite=settings.overwrite)
    visible = [s.without_image() if teacher.needs == "label" else s.without_label() for s in shown]
    progress.say(f"{teacher.card.name} is asked {len(bank)} questions about {len(shown)} training images.")
    try:
        timed = ask_timed(teacher, visible, bank.questions)
    except BudgetSpentError as error:
        outputs.release(settings.out)
        raise UsageError(
            f"--teacher.{error.limit} is not enough for {len(bank)} questions about {len(shown)} pictures: "
            "allow more, or show fewer --images."
        ) from error
    except BaseException:
        outputs.release(settings.out)
        raise
    result = {
        "data": catalog.source,
        "teacher": {name: getattr(teacher.card, name) for name in ("name", "revision", "dtype", "prompt")},
        "questions": [{"id": q.id, "text": q.text, "group": q.group} for q in bank.questions],
        "images": _images(shown, timed),
        "forecast": asdict(forecast(timed, len(training))),
    }
    write_json(settings.out / RESULT, result)
    return {**result, "page": str(write_preview(settings.out / PAGE, result))}


def _images(samples: Sequence[Sample], timed: Timed) -> list[dict[str, Any]]:
    """Return every picture with its answers, or with the reason why there are none."""
    return [
        {
            "key": sample.key,
            "path": str(sample.path),
            "class": sample.class_name,
            **(
                _answers(timed.answers[sample.key])
                if sample.key in timed.answers
                else {
                    "failure": timed.failures.get(sample.key, "no answer"),
                    "p_yes": None,
                    "yes_no_mass": None,
                }
            ),
        }
        for sample in samples
    ]


def _answers(answer: Answer) -> dict[str, Any]:
    import numpy as np
    from scipy.special import expit

    p_yes, mass = (
        [None if np.isnan(value) else round(float(value), 4) for value in values]
        for values in (expit(answer.log_odds), answer.yes_no_mass)
    )
    return {"failure": None, "p_yes": p_yes, "yes_no_mass": mass}
