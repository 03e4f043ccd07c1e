"""The fewest tiles that change hardly any answer, found by trying them on a few pictures."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from makd.data.samples import Sample
from makd.errors import MakdError
from makd.progress import Progress
from makd.questions.bank import Question
from makd.teachers.tiles import knob_of, limit_tiles
from makd.teachers.transformers_teacher import TransformersTeacher

SAME_SIDE = 0.99
"""Share of answers that must stay on their side of 0.5 for fewer tiles to agree with all."""

DIFFERENCE = 0.02
"""Mean |difference in P(yes)| up to which fewer tiles agree with all."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One number of tiles, tried on some pictures.

    Attributes:
        tiles: at most so many a picture.
        tokens: of the prompt with picture, mean.
        seconds: a picture.
        same_side: share of answers on the same side of 0.5 as with all tiles.
        difference: mean |difference in P(yes)| to all tiles.
    """

    tiles: int
    tokens: float
    seconds: float
    same_side: float
    difference: float

    @property
    def agrees(self) -> bool:
        """Whether it changes next to nothing."""
        return self.same_side >= SAME_SIDE and self.difference <= DIFFERENCE


def choose_tiles(
    teacher: TransformersTeacher, samples: Sequence[Sample], questions: Sequence[Question], progress: Progress
) -> list[Trial]:
    """Find the fewest tiles whose answers agree with those of all.

    Numbers are tried from the least up, until one agrees; what led there is said aloud.

    Args:
        teacher: as the checkpoint comes, with all its tiles; left with those of the last trial.
        samples: pictures to try on, without labels.
        questions: asked about each.
        progress: hears the table.

    Returns:
        The full setting first, the choice last.

    Raises:
        UsageError: the processor cuts no tiles.
        MakdError: none of the pictures can be answered.
    """
    checkpoint = teacher.checkpoint
    knob = knob_of(checkpoint.image_settings, checkpoint.name)
    most = knob.read(checkpoint.image_settings)
    untouched = copy.deepcopy(checkpoint.processor.image_processor)
    full, p_full = _try(teacher, most, samples, questions, None)
    trials = [full]
    for tiles in knob.steps(most):
        if tiles >= most:
            trials.append(full)
            break
        checkpoint.processor.image_processor = copy.deepcopy(untouched)
        limit_tiles(checkpoint.model, checkpoint.processor, tiles, checkpoint.name)
        trials.append(_try(teacher, tiles, samples, questions, p_full)[0])
        if trials[-1].agrees:
            break
    for line in table(trials, len(samples)):
        progress.say(line)
    return trials


def table(trials: Sequence[Trial], pictures: int) -> list[str]:
    """Return the lines that show how the last trial was chosen."""
    lines = [
        f"--teacher.tiles auto, tried on {pictures} training images against {trials[0].tiles} tiles:",
        "  tiles  tokens  s an image  same side %  mean |difference|",
    ]
    for trial in sorted(set(trials), key=lambda trial: trial.tiles):
        chosen = "  chosen" if trial.tiles == trials[-1].tiles else ""
        lines.append(
            f"  {trial.tiles:5d}  {trial.tokens:6.0f}  {trial.seconds:10.3g}  {100 * trial.same_side:11.2f}"
            f"  {trial.difference:17.4f}{chosen}"
        )
    return lines


def _try(
    teacher: TransformersTeacher,
    tiles: int,
    samples: Sequence[Sample],
    questions: Sequence[Question],
    p_full: dict[str, Any] | None,
) -> tuple[Trial, dict[str, Any]]:
    from scipy.special import expit

    from makd.teachers.rate import ask_timed

    timed = ask_timed(teacher, samples, questions)
    p_yes = {key: expit(answer.log_odds) for key, answer in timed.answers.items()}
    p_full = p_yes if p_full is None else p_full
    both = [key for key in p_full if key in p_yes]
    if not both:
        reasons = ", ".join(sorted(set(timed.failures.values()))) or "no pictures"
        raise MakdError(f"--teacher.tiles auto: none of {len(samples)} images can be answered ({reasons}).")
    ours, theirs = (np.stack([answers[key] for key in both]) for answers in (p_yes, p_full))
    tokens = [_tokens(teacher, sample, questions[0]) for sample in samples if sample.key in p_yes]
    same = float(((ours > 0.5) == (theirs > 0.5)).mean())
    return Trial(tiles, float(np.mean(tokens)), timed.each, same, float(np.abs(ours - theirs).mean())), p_yes


def _tokens(teacher: TransformersTeacher, sample: Sample, question: Question) -> int:
    from makd.data.images import load_image
    from makd.teachers.prompts import render, text_settings

    processor = teacher.checkpoint.processor
    text = render(processor, question.text)
    image = load_image(sample.path) if sample.path else None
    ids = processor(images=[[image]], text=[text], return_tensors="pt", **text_settings(processor, text))
    return int(ids["input_ids"].shape[1])
