"""Packed against plain: seconds a picture and the greatest difference in log-odds.

A random InternVL of some 50 million parameters (float32, output layer scaled so that answers spread) answers
50 questions of equal length about one picture of 6 tiles. Plain: 50 full passes over picture and question, in
batches of the size that a trial finds fastest. Preprocessing is outside both times. From the root:

    python -m benchmarks.packing --threads 2
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tests.teachers.random_checkpoints import internvl

from makd.data.samples import Sample
from makd.storage import write_json
from makd.teachers.answer_tokens import find_forms
from makd.teachers.checkpoint import Checkpoint, load_checkpoint
from makd.teachers.paths import Plan, packed
from makd.teachers.pictures import Picture, Pictures
from makd.teachers.prompts import Prompts

FORMS = (
    "Does the animal have {} {}?",
    "Are there {} {} on it?",
    "Can you see an animal with {} {}?",
    "Is this a creature of the kind that has {} {}?",
)
KINDS = ("red", "blue", "long", "short", "round", "dark", "pale", "thin", "broad", "rough", "curved", "white")
PARTS = (
    "horns",
    "wings",
    "stripes",
    "spots",
    "scales",
    "claws",
    "fins",
    "antlers",
    "feathers",
    "legs",
    "eyes",
)


@dataclass(frozen=True)
class Result:
    """What the benchmark found."""

    parameters: int
    tiles: int
    prefix_tokens: int
    question_tokens: int
    packed_tokens: int
    questions: int
    threads: int
    plain_batch: int
    plain_seconds: float
    packed_seconds: float
    ratio: float
    greatest_difference: float
    log_odds_std: float
    torch: str
    machine: str


def main() -> None:
    """Measure, print and write `benchmarks/results/packing.json`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--tiles", type=int, default=6, help="with the overview tile")
    parser.add_argument("--tile", type=int, default=224, help="pixels of a tile's side")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/packing.json"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = load_checkpoint(_model(Path(folder), options.tile), dtype="float32", device="cpu")
        picture, plan = _task(checkpoint, Path(folder), options.tiles, options.tile, options.questions)
        result = measure(checkpoint, picture, plan, options.tiles, options.threads)
    for name, value in asdict(result).items():
        print(f"{name:20} {value}")
    write_json(options.out, asdict(result))


@torch.inference_mode()
def measure(checkpoint: Checkpoint, picture: Picture, plan: Plan, tiles: int, threads: int) -> Result:
    """Time both protocols on one picture and compare their answers."""
    model, processor = checkpoint.model, checkpoint.processor
    fast = _fastest(lambda: packed(model, processor, [picture], plan), times=3)
    sizes = {size: _plain(checkpoint, picture, plan, size, only=1) / size for size in (1, 5, 10, 25)}
    size = min(sizes, key=lambda size: sizes[size])
    answers: list[torch.Tensor] = []
    slow = _plain(checkpoint, picture, plan, size, into=answers)
    log_odds, _ = plan.forms.score(packed(model, processor, [picture], plan)[0, :, None])
    expected, _ = plan.forms.score(torch.cat(answers)[:, None])
    return Result(
        parameters=sum(weight.numel() for weight in model.parameters()),
        tiles=tiles,
        prefix_tokens=picture.length,
        question_tokens=sum(map(len, plan.rows)),
        packed_tokens=len(plan.packed.ids),
        questions=len(plan.rows),
        threads=threads,
        plain_batch=size,
        plain_seconds=round(slow, 3),
        packed_seconds=round(fast, 3),
        ratio=round(slow / fast, 1),
        greatest_difference=float((log_odds - expected).abs().max()),
        log_odds_std=round(float(expected.std()), 2),
        torch=torch.__version__,
        machine=platform.machine(),
    )


def _plain(
    checkpoint: Checkpoint,
    picture: Picture,
    plan: Plan,
    size: int,
    only: int | None = None,
    into: list[torch.Tensor] | None = None,
) -> float:
    """Return the seconds of full passes, `size` questions at once; of the first `only` batches if given."""
    texts = plan.prompts.texts
    seconds = 0.0
    for start in list(range(0, len(texts), size))[:only]:
        some = list(texts[start : start + size])
        inputs = checkpoint.processor(images=[[picture.image]] * len(some), text=some, return_tensors="pt")
        began = time.perf_counter()
        logits = checkpoint.model(**inputs, logits_to_keep=1).logits[:, -1]
        seconds += time.perf_counter() - began
        if into is not None:
            into.append(logits)
    return seconds


def _fastest(work: Callable[[], object], times: int) -> float:
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def _model(folder: Path, tile: int) -> Path:
    return internvl(
        folder / "model",
        width=512,
        layers=8,
        heads=8,
        vision_width=384,
        vision_layers=10,
        tile=tile,
        text={"intermediate_size": 2048},
    )


def _task(checkpoint: Checkpoint, folder: Path, tiles: int, tile: int, number: int) -> tuple[Picture, Plan]:
    """Draw a picture that is cut into a row of tiles, and find questions of equal length."""
    pixels = np.random.default_rng(0).integers(0, 256, (tile, max(1, tiles - 1) * tile, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "picture.png")
    by_length: dict[int, list[str]] = defaultdict(list)
    for form, kind, part in product(FORMS, KINDS, PARTS):
        question = form.format(kind, part)
        by_length[len(checkpoint.processor.tokenizer(question)["input_ids"])].append(question)
    alike = max(by_length.values(), key=len)
    questions = alike[:: max(1, len(alike) // number)][:number]
    if len(questions) < number:
        raise SystemExit(f"There are only {len(questions)} questions of equal length; ask for fewer.")
    prompts = Prompts.build(checkpoint.processor, questions)
    sample = Sample("picture.png", folder / "picture.png")
    batch = next(Pictures(checkpoint.processor, prompts, 1).batches([sample], 1, 0))
    if not isinstance(batch, list):
        raise SystemExit(batch.reason)
    return batch[0], Plan.build(prompts, find_forms(checkpoint.processor.tokenizer))


if __name__ == "__main__":
    main()
