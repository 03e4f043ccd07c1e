"""What a run leaves: the model that `makd.load_model` reads, and its judgement on the test images."""

from __future__ import annotations

from typing import Any

from safetensors.torch import save_file
from torch import nn

from makd.data.transforms import IMAGENET, Normalization
from makd.storage import replacing, write_json
from makd.students.build import sized
from makd.training.input_pipeline import Batches
from makd.training.judge import Judgement, judge
from makd.training.plan import TrainingPlan
from makd.training.run_dir import RunDirectory


def leave_model(
    run: RunDirectory,
    plan: TrainingPlan,
    model: nn.Module,
    best: dict[str, Any],
    normalization: Normalization = IMAGENET,
) -> None:
    """Write `model.safetensors` (C + Q outputs) and `model.json` (what is needed to build and to feed it)."""
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    with replacing(run.weights_file) as temporary:
        save_file(weights, temporary)
    settings, targets = plan.settings, plan.targets
    ids, texts = (
        (targets.question_ids, targets.question_texts or targets.question_ids) if targets else ((), ())
    )
    write_json(
        run.model_file,
        {
            "task": plan.task.name,
            "model": settings.model.name,
            "kwargs": sized(settings.model.name, settings.image_size, settings.model.kwargs),
            "classes": list(plan.catalog.classes),
            "questions": [{"id": id_, "text": text} for id_, text in zip(ids, texts, strict=True)],
            "image_size": settings.image_size,
            "crop_pct": settings.crop_pct,
            "mean": list(normalization.mean),
            "std": list(normalization.std),
            "recipe": settings.recipe,
            "epoch": best["epoch"],
            f"val_{plan.task.metric}": best["value"],
        },
    )


def leave_evaluation(run: RunDirectory, plan: TrainingPlan, model: nn.Module, batches: Batches) -> None:
    """Judge `model` on the test images in float32; write `predictions.parquet`, then `evaluation.json`."""
    judgement = judge(plan.task, model, batches, classes=len(plan.catalog.classes))
    confidence, predictions = judgement.predictions.max(dim=1)
    run.write_predictions(
        tuple(sample.key for sample in batches.samples), batches.labels, predictions, confidence
    )
    write_json(run.evaluation_file, figures(judgement, "test"))


def figures(judgement: Judgement, split: str) -> dict[str, Any]:
    """Return a judgement as `evaluation.json` holds it."""
    n = len(judgement.index)
    return {
        "split": split,
        "n": n,
        **judgement.metrics,
        "seconds": round(judgement.seconds, 4),
        "images_per_second": round(n / judgement.seconds, 1),
    }
