"""A trained student, ready to be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from makd.data.cache import shrink
from makd.data.images import load_image, to_rgb
from makd.data.transforms import EvalTransform, Normalization, storage_size
from makd.students.aspects import strip_aspect_outputs
from makd.training.run_dir import RunDirectory
from makd.training.saved import load_saved

BATCH = 64


@dataclass(frozen=True, slots=True)
class Predictor:
    """A student and what is needed to feed it and to read it.

    Attributes:
        model: the student with its C class outputs alone, in evaluation mode.
        full: the same with all C + Q outputs.
        classes: C names.
        questions: text by id, in the order of the aspect outputs.
        transform: from pictures to the model's input.
    """

    model: nn.Module
    full: nn.Module
    classes: tuple[str, ...]
    questions: dict[str, str]
    transform: EvalTransform

    def predict(self, images: Sequence[str | Path | Image.Image], top: int = 1) -> list[dict[str, Any]]:
        """Name the likeliest classes of pictures, and what the student sees in them.

        Args:
            images: paths, or pictures already open.
            top: how many classes a picture, likeliest first.

        Returns:
            A dictionary a picture: `image` (its path, if it has one), `class`, `probability`, `classes` (the
            `top` names with their probabilities) and `aspects` (P(yes) by question id).

        Raises:
            ImageError: a picture cannot be read.
        """
        results: list[dict[str, Any]] = []
        for start in range(0, len(images), BATCH):
            block = images[start : start + BATCH]
            outputs = self.outputs(block)
            classes = outputs[:, : len(self.classes)].softmax(dim=1)
            aspects = outputs[:, len(self.classes) :].sigmoid()
            results += [self._result(*row, top) for row in zip(block, classes, aspects, strict=True)]
        return results

    @torch.inference_mode()
    def outputs(self, images: Sequence[str | Path | Image.Image]) -> Tensor:
        """Return the raw outputs `[B, C+Q]` of pictures."""
        size = storage_size(self.transform.image_size)
        pixels = [torch.from_numpy(shrink(_opened(image), size).copy()).permute(2, 0, 1) for image in images]
        outputs: Tensor = self.full(self.transform(pixels).to(next(self.full.parameters()).device))
        return outputs.float().cpu()

    def _result(
        self, image: str | Path | Image.Image, classes: Tensor, aspects: Tensor, top: int
    ) -> dict[str, Any]:
        probabilities, index = classes.topk(min(top, len(self.classes)))
        ranked = [
            {"class": self.classes[i], "probability": round(p, 6)}
            for i, p in zip(index.tolist(), probabilities.tolist(), strict=True)
        ]
        return {
            "image": None if isinstance(image, Image.Image) else str(image),
            **ranked[0],
            "classes": ranked,
            "aspects": dict(zip(self.questions, [round(p, 6) for p in aspects.tolist()], strict=True)),
        }


def load_model(run: Path | str) -> Predictor:
    """Load the best weights of a finished run from its directory.

    Raises:
        UsageError: there is no finished run in `run`.
        MakdError: its files do not belong together.
    """
    full, card = load_saved(RunDirectory(Path(run)))
    classes, questions = card["classes"], card["questions"]
    return Predictor(
        model=strip_aspect_outputs(full, len(classes)) if questions else full,
        full=full,
        classes=tuple(classes),
        questions={question["id"]: question["text"] for question in questions},
        transform=EvalTransform(
            card["image_size"],
            crop_pct=card["crop_pct"],
            normalization=Normalization(tuple(card["mean"]), tuple(card["std"])),
        ),
    )


def _opened(image: str | Path | Image.Image) -> Image.Image:
    return to_rgb(image) if isinstance(image, Image.Image) else load_image(Path(image))
