"""Packed against plain: seconds a picture and the greatest difference in log-odds.

A random InternVL of some 50 million parameters (float32, output layer scaled so that answers spread) answers
50 questions of equal length about one picture of 6 tiles. Plain: 50 full passes over picture and question, in
batches of the size that a trial finds fastest. Preprocessing is outside both times. The ratio is of processor
seconds, which other programs on the machine do not change. From the repository's root:

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
from typing import TypeVar

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

T = TypeVar("T")


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
    plain_cpu_seconds: float
    packed_cpu_seconds: float
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


@dataclass(frozen=True)
class Time:
    """Seconds on the clock, and seconds that the processors worked (which other programs do not change)."""

    wall: float = 0.0
    cpu: float = 0.0

    @classmethod
    def of(cls, work: Callable[[], T]) -> tuple[Time, T]:
        """Run `work` and return its time and what it returns."""
        wall, cpu = time.perf_counter(), time.process_time()
        done = work()
        return cls(time.perf_counter() - wall, time.process_time() - cpu), done

    def __add__(self, other: Time) -> Time:
        return Time(self.wall + other.wall, self.cpu + other.cpu)


@torch.inference_mode()
def measure(checkpoint: Checkpoint, picture: Picture, plan: Plan, tiles: int, threads: int) -> Result:
    """Time both protocols on one picture and compare their answers."""
    model, processor = checkpoint.model, checkpoint.processor
    runs = [Time.of(lambda: packed(model, processor, [picture], plan)) for _ in range(4)]
    fast = Time(min(run.wall for run, _ in runs), min(run.cpu for run, _ in runs))
    trials = {size: _plain(checkpoint, picture, plan, size, only=1)[0].cpu / size for size in (1, 4, 10)}
    size = min(trials, key=lambda size: trials[size])
    slow, logits = _plain(checkpoint, picture, plan, size)
    log_odds, _ = plan.forms.score(runs[0][1][0, :, None])
    expected, _ = plan.forms.score(logits[:, None])
    return Result(
        parameters=sum(weight.numel() for weight in model.parameters()),
        tiles=tiles,
        prefix_tokens=picture.length,
        question_tokens=sum(map(len, plan.rows)),
        packed_tokens=len(plan.packed.ids),
        questions=len(plan.rows),
        threads=threads,
        plain_batch=size,
        plain_seconds=round(slow.wall, 3),
        packed_seconds=round(fast.wall, 3),
        plain_cpu_seconds=round(slow.cpu, 3),
        packed_cpu_seconds=round(fast.cpu, 3),
        ratio=round(slow.cpu / fast.cpu, 1),
        greatest_difference=float((log_odds - expected).abs().max()),
        log_odds_std=round(float(expected.std()), 2),
        torch=torch.__version__,
        machine=platform.machine(),
    )


def _plain(
    checkpoint: Checkpoint, picture: Picture, plan: Plan, size: int, only: int | None = None
) -> tuple[Time, torch.Tensor]:
    """Pass over the questions, `size` at once, the first `only` batches if given; return time and logits."""
    texts = plan.prompts.texts
    total, logits = Time(), []
    for start in list(range(0, len(texts), size))[:only]:
        some = list(texts[start : start + size])
        inputs = checkpoint.processor(images=[[picture.image]] * len(some), text=some, return_tensors="pt")
        spent, output = Time.of(lambda inputs=inputs: checkpoint.model(**inputs, logits_to_keep=1).logits)
        total += spent
        logits.append(output[:, -1])
    return total, torch.cat(logits)


def _model(folder: Path, tile: int) -> Path:
    return internvl(
        folder / "model",
        width=512,
        layers=8,
        heads=8,
        vision_width=384,
        vision_layers=10,
        tile=tile,
        spread=64.0,
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
