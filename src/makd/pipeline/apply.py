"""`makd evaluate` and `makd predict`: what a trained student is worth, and what it says."""

from __future__ import annotations

from typing import Any

from makd.config.commands import EvaluateCommand, PredictCommand
from makd.pipeline.catalog import as_trained, open_catalog, pick_task
from makd.progress import Progress, Silent
from makd.storage import write_json


def evaluate(settings: EvaluateCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Measure a run on a split; return the metrics as fractions of 1."""
    from makd.inference.evaluate import evaluate_run

    progress = progress or Silent()
    catalog = as_trained(settings.run, open_catalog(settings.data, progress), progress)
    figures = evaluate_run(settings.run, pick_task(settings.data), catalog, settings.split, progress=progress)
    result = {"run": str(settings.run), **figures}
    if settings.out is not None:
        write_json(settings.out, result)
    return result


def predict(settings: PredictCommand, progress: Progress | None = None) -> dict[str, Any]:
    """Name the likeliest classes of every picture and what the student sees in it."""
    from makd.inference.predictor import load_model

    predictor = load_model(settings.run)
    return {"run": str(settings.run), "predictions": predictor.predict(settings.images, top=settings.top)}
