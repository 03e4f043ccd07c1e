"""Examine the world's teacher on species that it never saw; print every figure of its model card.

`python benchmarks/fieldguide_teacher.py [--teacher DIR] [--draws 4] [--images 10]`
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from makd.data.samples import Sample
from makd.errors import MakdError
from makd.fieldguide.attributes import ASPECTS, answers, random_creature
from makd.fieldguide.source import materialize, truth
from makd.fieldguide.wordings import WORDINGS
from makd.fieldguide.world import SIDE
from makd.questions.bank import Question, QuestionBank
from makd.teachers.base import Answer, Teacher
from makd.teachers.registry import open_teacher

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
_BINS = 15


def ask(teacher: Teacher, samples: Sequence[Sample], questions: Sequence[Question]) -> tuple[Floats, Floats]:
    """Return log-odds and yes_no_mass `[N, Q]`, in the order of `samples`."""
    found: dict[str, Answer] = {}
    for answer in teacher.answer([sample.without_label() for sample in samples], questions):
        if not isinstance(answer, Answer):
            raise MakdError(f"{answer.key}: {answer.reason}")
        found[answer.key] = answer
    rows = [found[sample.key] for sample in samples]
    return (
        np.stack([row.log_odds for row in rows]).astype(float),
        np.stack([row.yes_no_mass for row in rows]).astype(float),
    )


def calibration_error(log_odds: Floats, true: Bools) -> float:
    """Expected calibration error of the given answers: confidence against share of right ones, 15 bins."""
    p_yes = 1.0 / (1.0 + np.exp(-log_odds))
    confidence, right = np.maximum(p_yes, 1.0 - p_yes).ravel(), ((log_odds > 0) == true).ravel()
    place = np.minimum(((confidence - 0.5) * 2 * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(confidence[place == bin_].mean() - right[place == bin_].mean()) * (place == bin_).mean()
        for bin_ in np.unique(place)
    ]
    return float(sum(gaps))


def balanced_accuracies(log_odds: Floats, true: Bools) -> dict[str, float]:
    """Return the mean of the shares of right answers among yes and among no, by question."""
    said = log_odds > 0
    return {
        aspect.id: float((said[true[:, i], i].mean() + (~said[~true[:, i], i]).mean()) / 2)
        for i, aspect in enumerate(ASPECTS)
    }


def reworded(which: int, kind: str) -> list[Question]:
    """Return the questions in their `which`-th `unseen` or `denied` wording."""
    return [Question(id=name, text=getattr(words, kind)[which]) for name, words in WORDINGS.items()]


def blank_gap(teacher: Teacher, questions: Sequence[Question]) -> float:
    """Return the mean difference between P(yes) about empty pictures and the aspects' frequencies."""
    from PIL import Image

    rng = np.random.default_rng(0)
    prior = np.mean([answers(random_creature(rng)) for _ in range(20_000)], axis=0)
    with tempfile.TemporaryDirectory() as folder:
        samples = []
        for level in (40, 128, 220):
            path = Path(folder) / f"{level}.png"
            Image.new("RGB", (SIDE, SIDE), (level, level, level)).save(path)
            samples.append(Sample(path.name, path))
        log_odds, _ = ask(teacher, samples, questions)
    return float(np.abs(1.0 / (1.0 + np.exp(-log_odds)) - prior).mean())


def examine(teacher: Teacher, draws: int, images: int) -> dict[str, object]:
    """Return all figures; accuracies and gaps are fractions of 1."""
    bank = QuestionBank.load("fieldguide").questions
    log_odds, masses, true = [], [], []
    for draw in range(draws):
        catalog = materialize(draw)
        facts = truth(catalog.root)
        # the same number of test pictures of every species
        samples = [s for s in catalog.of("test") if int(Path(s.key).stem) < images]
        odds, mass = ask(teacher, samples, bank)
        log_odds.append(odds)
        masses.append(mass)
        true.append(np.stack([facts[sample.key] for sample in samples]))
    right = [float(((odds > 0) == known).mean()) for odds, known in zip(log_odds, true, strict=True)]
    odds, known = np.concatenate(log_odds), np.concatenate(true)
    balanced = balanced_accuracies(odds, known)
    backwards, _ = ask(teacher, samples[:48], bank[::-1])
    return {
        "accuracy by draw": right,
        "accuracy": float(np.mean(right)),
        "expected calibration error": calibration_error(odds, known),
        "mean |2 P(yes) - 1|": float(np.abs(np.tanh(odds / 2)).mean()),
        "yes_no_mass, least": float(np.concatenate(masses).min()),
        "unseen wordings, accuracy": [
            float(((ask(teacher, samples, reworded(i, "unseen"))[0] > 0) == true[-1]).mean()) for i in (0, 1)
        ],
        "denied wordings, accuracy": [
            float(((ask(teacher, samples, reworded(i, "denied"))[0] < 0) == true[-1]).mean()) for i in (0, 1)
        ],
        "permuted questions, greatest difference in log-odds": float(
            np.abs(backwards[:, ::-1] - log_odds[-1][:48]).max()
        ),
        "blank pictures, mean |P(yes) - frequency|": blank_gap(teacher, bank),
        "balanced accuracy, least": min(balanced.values()),
        "balanced accuracy": balanced,
    }


def main() -> None:
    """Read the command line and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--teacher", default="fieldguide", help="a checkpoint folder; by default the shipped one"
    )
    parser.add_argument("--draws", type=int, default=4, help="how many draws of species")
    parser.add_argument("--images", type=int, default=10, help="test pictures a species, at most 50")
    settings = parser.parse_args()
    teacher = open_teacher(settings.teacher, dtype="float32", device="cpu")
    print(json.dumps(examine(teacher, settings.draws, settings.images), indent=2))


if __name__ == "__main__":
    main()
