"""Train the world's teacher from nothing: `python -m makd.fieldguide.train_teacher --out DIR --seed 0`.

Two stages, on random creatures alone (never a species): the vision tower learns what a creature is made
of, then the language model learns to read questions and to answer them from the tower's features. Trained
in one go from random weights the model stays at the majority's answer; so the rarer answer of a question is
at first met as often as the other. Should a question be left unlearnt all the same, the language stage begins
anew from other weights. Last, one temperature is fitted on fresh random creatures and folded into the
weights, which are shipped in bfloat16.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.errors import UsageError
from makd.fieldguide.attributes import ASPECTS
from makd.fieldguide.teaching.rounds import ROUNDS, Round
from makd.progress import Meter, Progress, Silent

if TYPE_CHECKING:
    import torch

TOWER_IMAGES, LANGUAGE_IMAGES, _CHECK_IMAGES = 112_000, 16_000, 2_000
_LEARNT, _ATTEMPTS = 0.8, 3


def train_teacher(
    out: Path,
    seed: int = 0,
    *,
    tower_images: int = TOWER_IMAGES,
    language_images: int = LANGUAGE_IMAGES,
    rounds: Sequence[Round] = ROUNDS,
    workers: int = 1,
    progress: Progress | None = None,
) -> None:
    """Train the teacher and save it to `out` as a transformers checkpoint with processor and chat template.

    Args:
        out: a new or empty folder.
        seed: decides weights, pictures, questions and wordings.
        tower_images: pictures that the tower sees, each once.
        language_images: other pictures, those that the questions are about.
        rounds: the course of the language stage.
        workers: processes that draw pictures; what is learnt does not depend on it.
        progress: where to tell how it goes.

    Raises:
        UsageError: `out` exists and holds something.
    """
    import torch

    from makd.fieldguide.teaching import checkpoint, language, tower

    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty; name a new folder.")
    progress = progress or Silent()
    torch.manual_seed(seed)
    tokenizer = checkpoint.build_tokenizer()
    model = checkpoint.build_model(tokenizer)
    eyes = model.model.vision_tower
    tower.train_tower(eyes, checkpoint.TOWER_WIDTH, tower_images, seed, workers, progress)
    views = language.view(eyes, language_images, seed, 1, workers, progress)
    fresh = language.view(eyes, _CHECK_IMAGES, seed, 2, workers, progress)
    for attempt in range(_ATTEMPTS):
        if attempt:
            model = checkpoint.build_model(tokenizer)
            model.model.vision_tower = eyes
        answers = language.examine(model, tokenizer, fresh)
        for index, plan in enumerate(rounds):
            often = language.lagging(*answers) if plan.revision else None
            language.train_language(model, tokenizer, views, plan, seed + index, progress, often)
            answers = language.examine(model, tokenizer, fresh)
            balanced = language.balanced(*answers)
            weakest = float(balanced.min())
            name = ASPECTS[int(balanced.argmin())].id
            progress.say(f"weakest question: {name}, balanced accuracy {weakest:.3f}")
        if weakest >= _LEARNT:
            break
    calibrate(model, *answers, progress)
    save(model, checkpoint.build_processor(tokenizer), out)


def calibrate(model: Any, log_odds: torch.Tensor, truth: torch.Tensor, progress: Progress) -> None:
    """Fit one temperature to the model's answers `[N, Q]` and divide its last norm, so all logits, by it."""
    import torch

    temperatures = torch.linspace(0.6, 2.0, 71)
    losses = [
        torch.nn.functional.binary_cross_entropy_with_logits(log_odds / temperature, truth)
        for temperature in temperatures
    ]
    best = float(temperatures[int(torch.stack(losses).argmin())])
    with torch.no_grad():
        model.model.language_model.norm.weight /= best
    progress.say(f"temperature {best:.2f}, {((log_odds > 0) == (truth > 0.5)).float().mean():.1%} right")


def save(model: Any, processor: Any, out: Path) -> None:
    """Write the checkpoint in bfloat16, with everything that the Auto classes need."""
    import torch

    model.to(torch.bfloat16).save_pretrained(out)
    processor.save_pretrained(out)


class _Lines:
    """A `Progress` of plain lines on stderr, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def meter(self, label: str, total: int | None, unit: str = "images") -> AbstractContextManager[Meter]:
        self.say(f"{label}: {total:,} {unit}")
        return Silent().meter(label, total, unit)

    def say(self, message: str) -> None:
        sys.stderr.write(f"{time.monotonic() - self._start:5.0f} s  {message}\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m makd.fieldguide.train_teacher", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="a new folder for the checkpoint")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw pictures")
    settings = parser.parse_args(arguments)
    try:
        train_teacher(**vars(settings), progress=_Lines())
    except UsageError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
