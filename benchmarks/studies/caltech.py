"""Number and choice of questions on real photographs: Caltech-101 with its class table.

No multimodal LLM: the answers are the packaged table, P(yes) of 50 questions for each class, so nothing
is said about a single picture. 25 training and 5 validation pictures a class, the rest test; the mean of
the classes' accuracies decides. Seeds differ in the student's weights, the order of pictures and which
questions are drawn; the split is one. From the root:

    python -m benchmarks.studies.caltech --data PATH/TO/caltech101
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
from benchmarks.studies.question_choice import WEIGHTS
from benchmarks.studies.students import SETTINGS
from benchmarks.studies.study import Condition, Study, arguments, base, run, tell

from makd.config.training import TrainingSettings
from makd.data import splits
from makd.data.samples import Catalog
from makd.data.sources import read_catalog
from makd.distillation.controls import permuted
from makd.progress import Silent
from makd.questions.bank import QuestionBank
from makd.questions.select import CandidateAnswers, select
from makd.storage import write_json
from makd.teachers.base import Answer
from makd.teachers.class_table import ClassTableTeacher
from makd.training.targets import Targets

BANK = QuestionBank.load("caltech101")
STUDENT = TrainingSettings.model_validate(
    {"model": SETTINGS.model, "image_size": 64, "epochs": 20, "optimizer": {"lr": 0.003}}
)
"""The studies' small student, with the learning rate that the larger one has on these photographs."""


@dataclass(frozen=True)
class Photographs:
    """The photographs as one seed meets them.

    Attributes:
        seed: of the run.
        catalog: with splits.
        all: the table's answers to the whole bank about the training pictures.
    """

    seed: int
    catalog: Catalog
    all: Targets

    def take(self, places: list[int]) -> Targets:
        """Return the answers to some questions."""
        questions = [BANK.questions[place] for place in sorted(places)]
        return Targets(
            tuple(question.id for question in questions),
            tuple(question.hash for question in questions),
            self.all.keys,
            self.all.p_yes[:][:, sorted(places)],
        )


@cache
def photographs(data: Path) -> tuple[Catalog, Targets]:
    """Return the pictures with their split, and the table's answers about those that train."""
    catalog = splits.assign(
        read_catalog(data, Silent()), train_per_class=25, val_per_class=5, seed=0, progress=Silent()
    )
    samples = [sample.without_image() for sample in catalog.of("train")]
    answers = [*ClassTableTeacher.load("caltech101").answer(samples, BANK.questions)]
    log_odds = np.array([answer.log_odds for answer in answers if isinstance(answer, Answer)])
    keys = tuple(sample.key for sample in samples)
    p_yes = (1 / (1 + np.exp(-log_odds))).astype(np.float32)
    return catalog, Targets(tuple(q.id for q in BANK.questions), BANK.hashes, keys, p_yes)


def _labels(seen: Photographs) -> np.ndarray:
    return np.array([sample.label for sample in seen.catalog.of("train")], dtype=np.int64)


def at_random(seen: Photographs, count: int) -> Targets:
    """Return the answers to `count` questions drawn at random, the smaller sets within the larger."""
    return seen.take(np.random.default_rng((seen.seed, 8)).permutation(len(BANK))[:count].tolist())


def first(seen: Photographs, count: int) -> Targets:
    """Return the answers to the bank's first questions."""
    return seen.take([*range(count)])


def chosen(seen: Photographs, count: int) -> Targets:
    """Return the answers to the questions that `makd questions select` chooses from the table."""
    p_yes = np.asarray(seen.all.p_yes[:], dtype=np.float64)
    answers = CandidateAnswers(p_yes, np.ones_like(p_yes), _labels(seen))
    return seen.take([pick.question for pick in select(answers, count, WEIGHTS).selection.picks])


def exchanged(seen: Photographs) -> Targets:
    """Return the whole bank's answers with the rows of classes exchanged."""
    p_yes = permuted(seen.all.p_yes[:], _labels(seen), seen.seed)
    return Targets(seen.all.question_ids, seen.all.question_hashes, seen.all.keys, p_yes)


CONDITIONS: dict[str, Condition] = {
    "base": base,
    "10 at random": partial(at_random, count=10),
    "10 in the bank's order": partial(first, count=10),
    "10 by select": partial(chosen, count=10),
    "25 at random": partial(at_random, count=25),
    "50": partial(first, count=50),
    "50, classes exchanged": exchanged,
}


def main() -> None:
    """Carry the study out."""
    parser = arguments("caltech", __doc__, seeds=5)
    parser.add_argument("--data", type=Path, required=True, help="folder of the 101 class folders")
    asked = parser.parse_args()

    def scene(seed: int, work: Path) -> Photographs:
        return Photographs(seed, *photographs(asked.data))

    study = Study("caltech", CONDITIONS, ("base",), scene=scene, settings=STUDENT, metric="mean_per_class")
    result = run(study, asked)
    write_json(asked.out, result)
    tell(result)


if __name__ == "__main__":
    main()
