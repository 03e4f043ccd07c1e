"""Example pictures with the teacher's answers: some that it is sure of, some that it is not."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from makd.data.images import ImageError, load_image
from makd.data.samples import Catalog, Sample
from makd.teachers.base import FloatVector
from makd.training.targets import Targets

SIDE = 240
"""Longest side of a thumbnail, in pixels."""


def pick_examples(
    catalog: Catalog, targets: Targets, *, n: int = 8, questions: int = 8, seed: int = 0
) -> list[dict[str, Any]]:
    """Pick answered training images of different classes, each with the answers that say most about it.

    Of every second class drawn the image with the surest answers is taken, of the others the one with the
    least sure; so the page shows the teacher at its best and at its worst. Of the answers, those are shown
    that differ most from their question's average, and for a quarter of the places those nearest to 0.5.

    Args:
        catalog: the pictures.
        targets: the teacher's answers.
        n: number of images, at most one a class.
        questions: number of answers an image.
        seed: of the draw of classes.

    Returns:
        `[{"key", "path", "class", "answers": [{"id", "text", "p_yes"}]}]`, as `results.json` holds them.
    """
    samples = catalog.of("train")
    row = dict(zip((sample.key for sample in samples), targets.find([s.key for s in samples]), strict=True))
    by_class: dict[str, list[Sample]] = {}
    for sample in samples:
        i = row[sample.key]
        if sample.class_name is not None and i >= 0 and not np.isnan(targets.p_yes[i]).any():
            by_class.setdefault(sample.class_name, []).append(sample)
    if not by_class:
        return []
    drawn = np.random.default_rng(seed).permutation(sorted(by_class))[:n]
    usual = np.nanmean(targets.p_yes, axis=0)
    examples = []
    for place, name in enumerate(drawn):
        sure = [float(np.abs(targets.p_yes[row[sample.key]] - 0.5).mean()) for sample in by_class[name]]
        sample = by_class[name][int(np.argmin(sure) if place % 2 else np.argmax(sure))]
        examples.append(_example(sample, targets, targets.p_yes[row[sample.key]], usual, questions))
    return examples


def thumbnail(path: Path) -> str | None:
    """Return a picture as a `data:` address, at most `SIDE` pixels wide and high; None if unreadable."""
    try:
        image = load_image(path)
    except ImageError:
        return None
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    small = max(image.size) < SIDE / 2
    buffer = io.BytesIO()
    if small:
        image.save(buffer, "PNG", optimize=True)
    else:
        image.save(buffer, "JPEG", quality=85, optimize=True)
    kind = "png" if small else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _example(
    sample: Sample, targets: Targets, p_yes: FloatVector, usual: FloatVector, questions: int
) -> dict[str, Any]:
    texts = targets.question_texts or targets.question_ids
    unsure = np.argsort(np.abs(p_yes - 0.5), kind="stable")[: questions // 4]
    telling = [i for i in np.argsort(-np.abs(p_yes - usual), kind="stable") if i not in unsure]
    shown = sorted([*telling[: questions - len(unsure)], *unsure], key=lambda i: -p_yes[i])
    answers: list[Mapping[str, Any]] = [
        {"id": targets.question_ids[i], "text": texts[i], "p_yes": round(float(p_yes[i]), 4)} for i in shown
    ]
    return {"key": sample.key, "path": str(sample.path), "class": sample.class_name, "answers": answers}
