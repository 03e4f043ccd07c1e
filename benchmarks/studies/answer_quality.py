"""Does it help to use what is known of a teacher's faults: calibration, shrinkage, weights of questions?

Three kinds of answers: the teacher's own; the same moved towards yes by 3 in log-odds, also about a blank
picture; and noisy ones, a third of the questions answered the wrong way round about 35 % of the pictures,
chosen anew in each look. Each kind is learnt as it is, calibrated against the question's own mean (prior) or
against the blank picture (contextual), shrunk towards the class's mean, or with questions weighted by
reliability, as `makd train --answers.calibrate --answers.shrink 1 --answers.weights` do. The second look asks
the same in other words. From the root:

    python -m benchmarks.studies.answer_quality
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from benchmarks.studies import corruption
from benchmarks.studies.study import Condition, Study, base, main
from benchmarks.studies.world import BANK, Floats, World
from scipy.special import expit

from makd.distillation.quality import Reliability, class_means, contextual_offset, prior_offset
from makd.fieldguide.wordings import WORDINGS
from makd.training.probabilities import Shrunken
from makd.training.targets import Targets

TEXTS = tuple(question.text for question in BANK.questions)
IN_OTHER_WORDS = tuple(WORDINGS[question.id].asked[1] for question in BANK.questions)
BIAS, NOISY_QUESTIONS, NOISY_PICTURES = 3.0, 1 / 3, 0.35


@dataclass(frozen=True, slots=True)
class Looks:
    """Log-odds of a kind of answers.

    Attributes:
        first: `[N, Q]`, what students learn.
        second: `[N, Q]`, another look at the same pictures.
        blank: `[Q]`, about a blank picture.
    """

    first: Floats
    second: Floats
    blank: Floats


def own(world: World) -> Looks:
    """Return the teacher's own answers."""
    return Looks(world.bank(), world.ask(IN_OTHER_WORDS)[0], world.ask_blank(TEXTS))


def biased(world: World) -> Looks:
    """Return answers that lean to yes."""
    looks = own(world)
    return Looks(*(corruption.yes_biased(each, BIAS) for each in (looks.first, looks.second, looks.blank)))


def noisy(world: World) -> Looks:
    """Return answers of which some questions' are noisy."""
    looks, rng = own(world), np.random.default_rng((world.draw, 9))
    first, second = corruption.noisy_questions(
        (looks.first, looks.second), NOISY_QUESTIONS, NOISY_PICTURES, rng
    )
    return Looks(first, second, looks.blank)


Read = Callable[[World, Looks], Targets]


def as_given(world: World, looks: Looks) -> Targets:
    """Learn the answers as they are."""
    return world.targets(looks.first, TEXTS)


def calibrated_by_prior(world: World, looks: Looks) -> Targets:
    """Take from each question the log-odds of its mean."""
    return world.targets(looks.first - prior_offset(expit(looks.first)), TEXTS)


def calibrated_by_blank(world: World, looks: Looks) -> Targets:
    """Take from each question its answer about the blank picture."""
    return world.targets(looks.first - contextual_offset(looks.blank), TEXTS)


def shrunk(world: World, looks: Looks) -> Targets:
    """Draw answers to their class's mean as far as the second look does not find them again."""
    given = as_given(world, looks)
    p_yes = np.asarray(given.p_yes[:])
    means, kept = class_means(p_yes, world.labels), _reliability(world, looks).kept(1.0)
    return replace(given, p_yes=Shrunken(p_yes, world.labels, means, kept)[:])


def weighted(world: World, looks: Looks) -> Targets:
    """Let questions count as far as the second look finds their answers again."""
    return replace(as_given(world, looks), weights=_reliability(world, looks).weights())


def shrunk_and_weighted(world: World, looks: Looks) -> Targets:
    """Do both."""
    return replace(shrunk(world, looks), weights=weighted(world, looks).weights)


def _reliability(world: World, looks: Looks) -> Reliability:
    return Reliability.of(expit(looks.first), world.labels, expit(looks.second))


def condition(looks: Callable[[World], Looks], read: Read) -> Condition:
    """Return the condition in which a kind of answers is read in one way."""
    return lambda world: read(world, looks(world))


CONDITIONS: dict[str, Condition] = {
    "base": base,
    "own": condition(own, as_given),
    "own, prior": condition(own, calibrated_by_prior),
    "own, contextual": condition(own, calibrated_by_blank),
    "own, shrunk and weighted": condition(own, shrunk_and_weighted),
    "yes-biased": condition(biased, as_given),
    "yes-biased, prior": condition(biased, calibrated_by_prior),
    "yes-biased, contextual": condition(biased, calibrated_by_blank),
    "noisy": condition(noisy, as_given),
    "noisy, shrunk": condition(noisy, shrunk),
    "noisy, weighted": condition(noisy, weighted),
    "noisy, shrunk and weighted": condition(noisy, shrunk_and_weighted),
}

if __name__ == "__main__":
    peers = {name: name.partition(",")[0] for name in CONDITIONS if "," in name}
    main(Study("answer_quality", CONDITIONS, ("base",), peers), __doc__)
