"""Extraction on a Ray cluster: the ranks of `distributed`, as tasks that Ray starts again when they die."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from makd.answers.distributed import block
from makd.answers.extract import ExtractionSummary, extract_answers
from makd.data.samples import Sample
from makd.errors import MakdError, UsageError
from makd.progress import Progress, Silent
from makd.questions.bank import QuestionBank
from makd.teachers.base import Teacher

_RESTARTS = 10
"""How often the block of a worker that died is begun again; it goes on where it was."""


def extract_with_ray(
    samples: Sequence[Sample],
    open_teacher: Callable[[], Teacher],
    bank: QuestionBank,
    store: Path,
    *,
    source: str,
    workers: int | None = None,
    verify: bool = False,
    max_failures: int | None = None,
    min_mass: float = 0.0,
    progress: Progress = Silent(),
) -> ExtractionSummary:
    """Do as `extract_answers`, with workers of the cluster at `RAY_ADDRESS`, or of one started here.

    Each worker takes a fixed block of keys and one GPU where the cluster has any. Pictures and store lie
    where all workers reach them under the same paths. A worker that dies is replaced and loses one flush at
    most.

    Args:
        samples: as in `extract_answers`, and so the others.
        open_teacher: called in each worker.
        bank: what is asked.
        store: made when there is none.
        source: name of the data set.
        workers: how many; None: one a GPU, else one a node.
        verify: hash every picture.
        max_failures: of each worker.
        min_mass: likewise.
        progress: counts blocks as they are finished.

    Raises:
        UsageError: Ray is not installed or its cluster not reachable, or as in `extract_answers`.
        MakdError: as in `extract_answers`, or a worker died again and again.
    """
    reachable = [replace(s, path=s.path.absolute() if s.path else None) for s in samples]
    settings = {"source": source, "verify": verify, "max_failures": max_failures, "min_mass": min_mass}
    with _cluster(workers) as ray:
        gpus = int(ray.cluster_resources().get("GPU", 0))
        count = min(workers or gpus or len(ray.nodes()), len(samples)) or 1
        task = ray.remote(_ask_block).options(
            max_retries=_RESTARTS, num_cpus=1, num_gpus=min(1, gpus), scheduling_strategy="SPREAD"
        )
        blocks = [block(reachable, number, count) for number in range(count)]
        progress.say(f"{count} workers ask about {len(samples)} images on a Ray cluster.")
        sizes = {
            task.remote(each, open_teacher, bank, store.absolute(), **settings): len(each) for each in blocks
        }
        with progress.meter("asking on Ray", len(samples)) as meter:
            found = []
            for size, summary in _results(ray, sizes):
                found.append(summary)
                meter.advance(size)
    return _together(found)


def _ask_block(
    samples: Sequence[Sample],
    open_teacher: Callable[[], Teacher],
    bank: QuestionBank,
    store: Path,
    **settings: Any,
) -> ExtractionSummary:
    return extract_answers(samples, open_teacher(), bank, store, **settings)


@contextmanager
def _cluster(workers: int | None) -> Iterator[Any]:
    """Join the cluster at `RAY_ADDRESS`, or start one on this machine; leave it, or end it, in the end."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise UsageError("--engine ray needs Ray: pip install 'makd[ray]'.") from error
    mine: dict[str, Any] = {}
    if not os.environ.get("RAY_ADDRESS"):
        mine = {"include_dashboard": False, "num_cpus": max(workers or 1, os.cpu_count() or 1)}
    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR, ignore_reinit_error=True, **mine)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise UsageError(f"The Ray cluster cannot be reached: {error}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _results(ray: Any, sizes: dict[Any, int]) -> Iterator[tuple[int, ExtractionSummary]]:
    """Yield what the tasks return, as they end; when one fails, or on Ctrl-C, the others shall stop."""
    waiting = list(sizes)
    try:
        while waiting:
            (ended,), waiting = ray.wait(waiting, num_returns=1)
            yield sizes[ended], ray.get(ended)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, MakdError):
            raise error.cause from error
        raise MakdError(f"A worker failed: {error.cause!r}.") from error
    except ray.exceptions.RayError as error:
        text = str(error).splitlines()[0]
        raise MakdError(
            f"A worker died more than {_RESTARTS} times ({text}). What was flushed is safe."
        ) from error
    finally:
        for task in waiting:
            ray.cancel(task)


def _together(found: Sequence[ExtractionSummary]) -> ExtractionSummary:
    seconds = max((each.seconds for each in found), default=0.0)
    asked = sum(each.asked for each in found)
    return ExtractionSummary(
        asked=asked,
        answered=sum(each.answered for each in found),
        failed=sum(each.failed for each in found),
        skipped=sum(each.skipped for each in found),
        quarantined=sum(each.quarantined for each in found),
        reasons=dict(sum((Counter(each.reasons) for each in found), Counter[str]()).most_common()),
        seconds=seconds,
        images_per_second=asked / seconds if seconds else 0.0,
    )
