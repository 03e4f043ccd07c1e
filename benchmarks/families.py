"""Which path the self-check grants each family of models, how exact it is there, and what it saves.

Every checkpoint of `tests/teachers/families` is built with some three million random parameters (float32, on
the CPU) and asked questions of equal length about pictures of noise of several shapes.

- path: the one in use when the engine has answered all pictures.
- difference: the greatest in log-odds between that path and the plain one, over all pictures and questions.
- plain's own noise: the same between the plain path asked in a batch and question by question.
- speed-up: processor seconds of the plain path to those of the path granted, for one picture; the best of the
  repeats, preprocessing left out, the plain path in batches or question by question, whichever is faster.

From the repository's root:

    python -m benchmarks.families --threads 2
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from benchmarks.extraction import timed
from benchmarks.extraction_task import questions_of_equal_length
from PIL import Image
from tests.recorder import Recorder
from tests.teachers.families import FAMILIES
from tests.teachers.families.size import Size

from makd.data.samples import Sample
from makd.storage import write_json
from makd.teachers.answer_tokens import find_forms
from makd.teachers.checkpoint import Checkpoint, load_checkpoint
from makd.teachers.paths import PATHS, Plan
from makd.teachers.pictures import Picture, Pictures
from makd.teachers.prompts import Prompts
from makd.teachers.selfcheck import CheckedEngine

SIZE = Size(width=256, layers=4, vision_width=128, side=4)
SIDES = {"LLaVA-OneVision": 2, "LLaVA-NeXT": 2, "Pixtral": 3}
"""Families with more tokens a tile than others: smaller tiles give them about as many a picture."""
SHAPES = ((512, 512), (600, 320), (280, 512))
LINE = "{:<16} {:<14} {:>7} {:>11} {:>12} {:>9}"


class Prepared:
    """A processor that builds the inputs of a set of prompts once, so that preparing them is in no time."""

    def __init__(self, processor: Any) -> None:
        self.tokenizer = processor.tokenizer
        self._processor = processor
        self._known: dict[tuple[str, ...], Any] = {}

    def __call__(self, *, text: list[str], **given: Any) -> Any:
        """Return the inputs of these texts, all asked about one and the same picture."""
        key = tuple(text)
        if key not in self._known:
            self._known[key] = self._processor(text=text, **given)
        return self._known[key]


def main() -> None:
    """Measure, print a line a family, write `benchmarks/results/families.json`."""
    asked = _options()
    torch.set_num_threads(asked.threads)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    rows: list[dict[str, Any]] = []
    conditions = {
        "questions": asked.questions,
        "pictures": len(SHAPES),
        "repeats": asked.repeats,
        "threads": asked.threads,
        "dtype": "float32",
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "machine": platform.machine(),
    }
    print(LINE.format("family", "path", "tokens", "difference", "plain noise", "speed-up"))
    for family in asked.families:
        with tempfile.TemporaryDirectory() as name, torch.inference_mode():
            folder = Path(name)
            size = replace(SIZE, side=SIDES.get(family, SIZE.side))
            checkpoint = load_checkpoint(FAMILIES[family](folder / "model", size), device="cpu")
            row = measure(checkpoint, draw_pictures(folder), asked.questions, asked.repeats)
        rows.append({"family": family, **row})
        difference, noise = (f"{row[key]:.1e}" for key in ("greatest_difference", "plain_noise"))
        tokens = row["prefix_tokens"][0]
        print(LINE.format(family, row["path"], tokens, difference, noise, row["speed_up"]), flush=True)
        write_json(asked.out, {**conditions, "families": rows})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES), metavar="NAME")
    parser.add_argument("--questions", type=int, default=24)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/families.json"))
    return parser.parse_args()


def draw_pictures(folder: Path) -> list[Sample]:
    """Save a picture of noise of each shape."""
    rng = np.random.default_rng(0)
    samples = []
    for index, (width, height) in enumerate(SHAPES):
        path = folder / f"{index}.png"
        Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(path)
        samples.append(Sample(path.name, path))
    return samples


def measure(
    checkpoint: Checkpoint, samples: Sequence[Sample], questions: int, repeats: int
) -> dict[str, Any]:
    """Let the engine find its path, then compare and time that path and the plain one."""
    prompts = Prompts.build(checkpoint.processor, questions_of_equal_length(checkpoint, questions))
    plan = Plan.build(prompts, find_forms(checkpoint.processor.tokenizer))
    notes = Recorder()
    engine = CheckedEngine(checkpoint.model, checkpoint.processor, plan, notes)
    pictures: list[Picture] = []
    for batch in Pictures(checkpoint.processor, prompts, len(samples)).batches(samples, 1, 0):
        if not isinstance(batch, list):
            raise SystemExit(batch.reason)
        engine.answer(batch)
        pictures += batch
    return {
        "path": engine.path,
        "said": notes.lines,
        "parameters": sum(weight.numel() for weight in checkpoint.model.parameters()),
        "prefix_tokens": [picture.length for picture in pictures],
        **compare(engine, pictures),
        **time_paths(engine, pictures[0], repeats),
    }


def compare(engine: CheckedEngine, pictures: Sequence[Picture]) -> dict[str, float]:
    """Return the greatest differences in log-odds: of the path granted, and of the plain path alone."""
    questions = range(len(engine.plan.prompts.texts))
    together = [engine.run("plain", [picture], engine.plan)[0][0] for picture in pictures]
    granted = [engine.run(engine.path, [picture], engine.plan)[0][0] for picture in pictures]
    pairs = list(zip(pictures, together, strict=True))
    return {
        "greatest_difference": float((torch.stack(granted) - torch.stack(together)).abs().max()),
        "plain_noise": max(engine.noise(picture, questions, own) for picture, own in pairs),
        "log_odds_std": round(float(torch.stack(together).std(1, correction=0).mean()), 2),
    }


def time_paths(engine: CheckedEngine, picture: Picture, repeats: int) -> dict[str, Any]:
    """Return processor seconds of the path granted and of the plain one, and their ratio."""
    if engine.path == "plain":
        return {"speed_up": 1.0}
    processor = Prepared(engine.processor)
    ways = {
        "granted": (engine.path, engine.plan),
        "plain": ("plain", engine.plan),
        "plain, one by one": ("plain", replace(engine.plan, tokens=1)),
    }
    seconds = dict.fromkeys(ways, float("inf"))
    for _ in range(repeats + 1):  # the first round prepares and warms up
        for name, (path, plan) in ways.items():
            taken = timed(partial(PATHS[path], engine.model, processor, [picture], plan))
            seconds[name] = min(seconds[name], taken)
    plain = min(seconds["plain"], seconds["plain, one by one"])
    return {
        "seconds": {name: round(value, 4) for name, value in seconds.items()},
        "speed_up": round(plain / seconds["granted"], 1),
    }


if __name__ == "__main__":
    main()
