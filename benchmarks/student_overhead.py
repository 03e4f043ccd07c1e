"""What aspect outputs cost a training student: images/s with Q questions against without.

Both students take turns, so that a change of the machine's mood meets both; medians are compared. Reading and
augmenting pictures is left out: it is the same for both and would only hide the difference.

    python benchmarks/student_overhead.py --model resnet18 --threads 1
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

from makd.classification.task import ClassificationTask
from makd.storage import write_json
from makd.task import Batch
from makd.training.hardware import pick_precision
from makd.training.optimizers import build_optimizer

RESULT = Path(__file__).parent / "results" / "student_overhead.json"
LIMIT = 0.97


def main() -> None:
    """Measure, print and write the ratio."""
    asked = arguments()
    torch.set_num_threads(asked.threads)
    steps = {questions: training_step(asked, questions) for questions in (0, asked.questions)}
    rates: dict[int, list[float]] = {questions: [] for questions in steps}
    for repeat in range(asked.repeats + 1):
        for questions in sorted(steps, reverse=bool(repeat % 2)):
            rate = images_per_second(steps[questions], asked.steps, asked.batch_size)
            if repeat:  # the first round warms up
                rates[questions].append(rate)
    without, with_aspects = (statistics.median(rates[questions]) for questions in (0, asked.questions))
    ratio = with_aspects / without
    print(f"{asked.model} at {asked.image_size} px, batch {asked.batch_size}, {asked.threads} thread(s)")
    print(f"without aspects {without:8.1f} images/s")
    print(f"with Q = {asked.questions:<6} {with_aspects:8.1f} images/s")
    print(f"ratio           {ratio:8.4f}   (at least {LIMIT}: {'yes' if ratio >= LIMIT else 'NO'})")
    write_json(
        RESULT,
        {
            **vars(asked),
            "images_per_second": {"without": round(without, 1), "with": round(with_aspects, 1)},
            "ratio": round(ratio, 4),
            "limit": LIMIT,
            "torch": torch.__version__,
            "machine": platform.machine(),
        },
    )


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default="resnet18")
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=1, help="steps a turn")
    parser.add_argument("--repeats", type=int, default=40, help="turns of each student")
    return parser.parse_args()


def training_step(asked: argparse.Namespace, questions: int) -> Callable[[], None]:
    """Return a step of a student with so many aspects: forward, multi-aspect loss, backward, AdamW."""
    torch.manual_seed(0)
    task = ClassificationTask()
    model = task.build(asked.model, classes=asked.classes, questions=questions)
    model = model.to(memory_format=torch.channels_last).train()
    optimizer = build_optimizer(model, "adamw", lr=1e-3, momentum=0.9, weight_decay=0.05, nesterov=False)
    images = torch.randn(asked.batch_size, 3, asked.image_size, asked.image_size)
    batch = Batch(
        images.contiguous(memory_format=torch.channels_last),
        torch.randint(asked.classes, (asked.batch_size,)),
        torch.rand(asked.batch_size, questions),
        torch.arange(asked.batch_size),
    )
    bfloat16 = pick_precision("auto", torch.device("cpu")) is torch.bfloat16

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            outputs = model(batch.images).float()
        torch.autograd.backward(task.loss(outputs, batch, alpha=4.0, label_smoothing=0.1)["loss"])
        optimizer.step()
        optimizer.zero_grad()

    return step


def images_per_second(step: Callable[[], None], steps: int, batch_size: int) -> float:
    """Return the rate of `steps` steps."""
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return steps * batch_size / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
