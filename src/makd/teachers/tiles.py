"""Into how many tiles pictures are cut: a limit, and the fewest that change no answer."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from makd.errors import MakdError, UsageError

if TYPE_CHECKING:
    from makd.data.samples import Sample
    from makd.progress import Progress
    from makd.questions.bank import Question
    from makd.teachers.transformers_teacher import TransformersTeacher

SAME_SIDE = 0.99
"""Share of answers that must stay on their side of 0.5 for fewer tiles to agree with all."""

DIFFERENCE = 0.02
"""Mean |difference in P(yes)| up to which fewer tiles agree with all."""


@dataclass(frozen=True, slots=True)
class Knob:
    """Where a family of image processors keeps the number of tiles.

    Attributes:
        read: returns the greatest number of tiles (the overview besides) of an image processor's settings.
        write: sets it, given image processor, the model's configuration and the number.
        steps: numbers that make a difference, given the greatest.
    """

    read: Callable[[Mapping[str, Any]], int]
    write: Callable[[Any, Any, int], None]
    steps: Callable[[int], Sequence[int]] = lambda greatest: range(1, greatest + 1)


def _write_patches(image_processor: Any, config: Any, tiles: int) -> None:
    image_processor.max_patches = tiles


def _grid(settings: Mapping[str, Any]) -> int:
    return int(settings["size"]["longest_edge"]) // int(settings["max_image_size"]["longest_edge"])


def _write_grid(image_processor: Any, config: Any, tiles: int) -> None:
    """Let the longest side span so many tiles that their square fits; no more than it does."""
    side = image_processor.max_image_size["longest_edge"]
    span = max(1, int(tiles**0.5))
    if span < image_processor.size["longest_edge"] // side:
        image_processor.size = {"longest_edge": side * span}


def _tile(settings: Mapping[str, Any]) -> int:
    """Return the side of a tile: what the sides of all resolutions are multiples of."""
    return int(np.gcd.reduce(np.array(settings["image_grid_pinpoints"]).ravel()))


def _pinpoints(settings: Mapping[str, Any]) -> int:
    areas = np.prod(np.array(settings["image_grid_pinpoints"]) // _tile(settings), axis=1)
    return int(areas.max())


def _write_pinpoints(image_processor: Any, config: Any, tiles: int) -> None:
    """Keep the resolutions of at most so many tiles; the model looks them up too."""
    every = [list(map(int, point)) for point in image_processor.image_grid_pinpoints]
    side = _tile({"image_grid_pinpoints": every})
    kept = [point for point in every if point[0] * point[1] <= tiles * side**2] or [[side, side]]
    image_processor.image_grid_pinpoints = kept
    config.image_grid_pinpoints = kept


_KNOBS: tuple[tuple[tuple[str, ...], Knob], ...] = (
    (("max_patches", "crop_to_patches"), Knob(lambda settings: int(settings["max_patches"]), _write_patches)),
    (
        ("do_image_splitting", "max_image_size"),
        Knob(
            lambda settings: _grid(settings) ** 2,
            _write_grid,
            lambda greatest: [side**2 for side in range(1, int(greatest**0.5) + 1)],
        ),
    ),
    (("image_grid_pinpoints",), Knob(_pinpoints, _write_pinpoints)),
)
"""Knobs by the settings that an image processor must have: GotOcr2 (InternVL); Idefics3, SmolVLM; LLaVA-NeXT,
LLaVA-OneVision."""


def limit_tiles(model: Any, processor: Any, tiles: int | str, source: object) -> None:
    """Cut pictures into at most `tiles` tiles from now on, the overview tile besides.

    Raises:
        UsageError: the processor cuts no tiles.
    """
    if not isinstance(tiles, int):
        raise UsageError(
            f"--teacher.tiles {tiles}: a number is needed where there are no pictures to try on."
        )
    _knob_of(_settings(processor), source).write(processor.image_processor, model.config, tiles)


def tiles_of(settings: Mapping[str, Any], source: object) -> int:
    """Return the greatest number of tiles by an image processor's settings (`TeacherCard.image_settings`).

    Raises:
        UsageError: the processor cuts no tiles.
    """
    return _knob_of(settings, source).read(settings)


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
    knob = _knob_of(checkpoint.image_settings, checkpoint.name)
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


def _settings(processor: Any) -> Mapping[str, Any]:
    settings: Mapping[str, Any] = json.loads(processor.image_processor.to_json_string())
    return settings


def _knob_of(settings: Mapping[str, Any], source: object) -> Knob:
    for names, knob in _KNOBS:
        if all(settings.get(name) for name in names):
            return knob
    raise UsageError(
        f"{source} does not cut pictures into tiles that could be fewer; leave --teacher.tiles out."
    )
