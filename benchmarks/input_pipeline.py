"""Whether reading pictures ever holds the model up: the whole teacher against the model alone.

A random InternVL of some 50 million parameters (float32) is asked 50 questions about 500-pixel JPEGs of
quality 90 (some 90 kB, as those of ImageNet), cut into six tiles at most, the overview counted. Both ways run
through the same `TransformersTeacher.answer`, in turn, on the same batches: once with its reader, once with
the batches that the reader had made before. Self-checks are left out of both, since they would hide reading.

- share: rate of the whole, of that of the model alone; the median over pairs of runs, by the wall clock.
- reading_share: processor seconds that reading takes, of those that the model takes. On a CPU both share the
  same cores, so this part is lost however far ahead is read; where a GPU computes it is hidden.

From the repository's root:

    python -m benchmarks.input_pipeline --threads 2
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import torch
from benchmarks.extraction_task import draw_jpegs, questions_of_equal_length, small_model

from makd.data.samples import Sample
from makd.questions.bank import Question, QuestionBank
from makd.storage import write_json
from makd.teachers import transformers_teacher
from makd.teachers.base import Answer, Failure
from makd.teachers.pictures import Picture, Pictures
from makd.teachers.selfcheck import CheckedEngine
from makd.teachers.transformers_teacher import TransformersTeacher

Batches = list[list[Picture] | Failure]
Run = dict[str, float]


class UncheckedEngine(CheckedEngine):
    """The engine without its self-checks."""

    def _fault(self, pictures: Any, log_odds: Any) -> str | None:
        return None


def main() -> None:
    """Measure, print, write `benchmarks/results/input_pipeline.json`."""
    options = _options()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoint = small_model(folder / "model", options.tile)
        checkpoint.processor.image_processor.max_patches = max(1, options.tiles - 1)
        teacher = TransformersTeacher(checkpoint, batch_size=options.batch_size)
        samples = draw_jpegs(folder, options.pictures)
        bank = QuestionBank.from_texts(questions_of_equal_length(checkpoint, options.questions))
        kilobytes = sum(sample.path.stat().st_size for sample in samples if sample.path) / 1000
        results = {
            "machine": platform.machine(),
            "torch": torch.__version__,
            "threads": options.threads,
            "parameters": sum(weight.numel() for weight in checkpoint.model.parameters()),
            "pictures": len(samples),
            "kilobytes_a_picture": round(kilobytes / len(samples), 1),
            "questions": len(bank),
            "batch_size": options.batch_size,
            **measure(teacher, samples, bank.questions, options.repeats),
        }
    write_json(options.out, results)
    for figure, value in results.items():
        print(f"{figure}: {value}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pictures", type=int, default=32)
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--tiles", type=int, default=6, help="at most, the overview counted")
    parser.add_argument("--tile", type=int, default=224, help="pixels of a tile's side")
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=6, help="even, so that orders balance")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/input_pipeline.json"))
    return parser.parse_args()


def measure(
    teacher: TransformersTeacher, samples: list[Sample], questions: tuple[Question, ...], repeats: int
) -> dict[str, Any]:
    """Time reading alone, the model alone and the whole in turn; return the figures."""
    before = read(teacher, samples, questions)
    tiles = [
        len(picture.inputs["pixel_values"])
        for batch in before
        if isinstance(batch, list)
        for picture in batch
        if picture.inputs
    ]
    few = samples[: teacher.batch_size]
    timed(lambda: answer(teacher, few, questions))  # warm
    ways: dict[str, Callable[[], object]] = {
        "reading": lambda: read(teacher, samples, questions),
        "model": lambda: answer(teacher, samples, questions, before),
        "whole": lambda: answer(teacher, samples, questions),
    }
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    for number in range(repeats):
        for name in sorted(ways, reverse=bool(number % 2)):  # neither always comes first
            runs[name].append(timed(ways[name]))
    shares = [one["wall"] / other["wall"] for one, other in zip(runs["model"], runs["whole"], strict=True)]
    wall, processor = (
        {name: median(run[clock] for run in runs[name]) / len(samples) for name in ways}
        for clock in ("wall", "processor")
    )
    return {
        "tiles_a_picture": round(sum(tiles) / len(tiles), 2),
        "pictures_a_second": {name: round(1 / seconds, 2) for name, seconds in wall.items()},
        "processor_seconds_a_picture": {name: round(seconds, 5) for name, seconds in processor.items()},
        "share": round(median(shares), 4),
        "shares": [round(share, 4) for share in shares],
        "reading_share": round(processor["reading"] / processor["model"], 4),
    }


def timed(work: Callable[[], object]) -> Run:
    """Return seconds of the wall clock and of the processors (all threads)."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}


def answer(
    teacher: TransformersTeacher,
    samples: list[Sample],
    questions: tuple[Question, ...],
    before: Batches | None = None,
) -> None:
    """Answer everything, with the teacher's reader or with batches that were read before."""
    with mock.patch.object(transformers_teacher, "CheckedEngine", UncheckedEngine):
        if before is None:
            replies = list(teacher.answer(samples, questions))
        else:
            with mock.patch.object(Pictures, "batches", return_value=iter(before)):
                replies = list(teacher.answer(samples, questions))
    if not all(isinstance(reply, Answer) for reply in replies) or len(replies) != len(samples):
        raise SystemExit("Some pictures were not answered; the times would mean nothing.")


def read(teacher: TransformersTeacher, samples: list[Sample], questions: tuple[Question, ...]) -> Batches:
    """Return the batches that the teacher's own reader makes, the model left out."""
    batches: Batches = []

    def keep(_: TransformersTeacher, __: object, ___: object, batch: list[Picture]) -> Iterator[Answer]:
        batches.append(batch)
        return iter(())

    with mock.patch.object(TransformersTeacher, "_answer_batch", keep):
        failures: Iterable[Answer | Failure] = list(teacher.answer(samples, questions))
    return [*batches, *(reply for reply in failures if isinstance(reply, Failure))]


if __name__ == "__main__":
    main()
