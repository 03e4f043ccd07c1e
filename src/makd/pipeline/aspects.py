"""Aspects on the test images of a comparison: what its students say, held against teacher and truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.data.samples import Sample
from makd.errors import UsageError
from makd.pipeline.worlds import World
from makd.progress import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from makd.data.samples import Catalog
    from makd.evaluation.arms import Arm
    from makd.evaluation.aspects import HeldOut
    from makd.evaluation.repetitions import Repetition
    from makd.training.run_dir import RunDirectory
    from makd.training.targets import Targets

TRUTH = "attributes.csv"
"""True answers about pictures, where they lie in the data's folder: `key` and a column a question id."""


def judge_held_out(
    out: Path,
    arms: Sequence[Arm],
    repetitions: Sequence[Repetition],
    worlds: Sequence[World],
    progress: Progress,
    *,
    student: Callable[[Path, Sequence[Sample]], NDArray[Any]] | None = None,
) -> dict[str, Any] | None:
    """Return how near each arm's aspect outputs come to the teacher and to the truth on the test images.

    Args:
        out: directory of the comparison.
        arms: of it, all trained.
        repetitions: of it.
        worlds: pictures and answers of each repetition.
        progress: told before students are asked.
        student: says P(yes) `[N, Q]` of a run about pictures; `inference.aspects.aspect_answers` when None.

    Returns:
        See `makd.evaluation.aspects.judge_aspects`; None where there are neither answers nor truth about the
        test images, or no arm has aspect outputs.
    """
    import numpy as np

    from makd.evaluation.aspects import judge_aspects
    from makd.evaluation.compare import run_directory
    from makd.inference.aspects import aspect_answers

    first = repetitions[0]
    taught = [arm for arm in arms if run_directory(out, arm.name, first.seed).config()["targets"]]
    if not taught or worlds[0].answered is None:
        return None
    judged = [_judged(run_directory(out, taught[0].name, one.seed), one.catalog) for one in repetitions]
    held_out = [
        _held_out(one.catalog, samples, world.answered.targets, progress)
        for one, samples, world in zip(repetitions, judged, worlds, strict=True)
        if world.answered is not None
    ]
    if all(_nothing(one) for one in held_out):
        return None
    progress.say(
        f"The students' {worlds[0].answered.targets.p_yes.shape[1]} aspect outputs are looked at "
        "on the test images."
    )
    say = student or aspect_answers
    said = {
        arm.name: [
            say(run_directory(out, arm.name, one.seed).path, samples).astype(np.float64)
            for one, samples in zip(repetitions, judged, strict=True)
        ]
        for arm in taught
    }
    return judge_aspects(held_out, said, worlds[0].answered.targets.question_ids)


def _judged(run: RunDirectory, catalog: Catalog) -> list[Sample]:
    """Return the test images that the run was judged on: those that can be read."""
    keys = set(map(str, run.predictions()["key"]))
    return [sample for sample in catalog.of("test") if sample.key in keys]


def _held_out(catalog: Catalog, samples: Sequence[Sample], targets: Targets, progress: Progress) -> HeldOut:
    import numpy as np

    from makd.evaluation.aspects import HeldOut
    from makd.measures.negations import mean

    keys = [sample.key for sample in samples]
    training = targets.rows([sample.key for sample in catalog.of("train")]).astype(np.float64)
    teacher = targets.rows(keys).astype(np.float64)
    return HeldOut(teacher, _truth(catalog, keys, targets.question_ids, progress), mean(training))


def _truth(catalog: Catalog, keys: Sequence[str], ids: Sequence[str], progress: Progress) -> NDArray[Any]:
    """Return the true answers `[N, Q]`, NaN where they are not known; a table about other things is told."""
    import numpy as np

    from makd.answers.truth import read_truth

    if not (table := catalog.root / TRUTH).is_file():
        return np.full((len(keys), len(ids)), np.nan)
    try:
        return read_truth(table, keys, ids)
    except UsageError as error:
        progress.say(f"{table} is not taken as the true answers: {error}")
        return np.full((len(keys), len(ids)), np.nan)


def _nothing(held_out: HeldOut) -> bool:
    import numpy as np

    return not (np.isfinite(held_out.teacher).any() or np.isfinite(held_out.truth).any())
