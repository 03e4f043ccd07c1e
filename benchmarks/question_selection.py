"""Does selection find the informative questions in a bank padded to twice its size with worthless ones?

On each draw of the embedded world its teacher answers the 37 questions of its bank, ten paraphrases of some
of them, their negations, and all of them in other words (a second look), about ten pictures a species. To
these 47 come 27 that the teacher is too good to answer so badly; their answers are made up: nine get a yes
whatever is seen, nine are answered by chance, and nine are about what differs from picture to picture and has
nothing to do with the species (five are found again in a second look, as light would be, four are not).
Of the 74, 37 are kept. A paraphrase that is kept in the place of its original counts as the original, once.
Beside it stands the plain ranking by what each question tells about the class alone. From the root:

    python -m benchmarks.question_selection
    python -m benchmarks.question_selection --many-classes 10000   # time and memory, answers made up
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from makd.config.commands import SelectQuestionsCommand
from makd.data.samples import Sample
from makd.data.spread import of_each_class
from makd.fieldguide.attributes import ASPECTS
from makd.fieldguide.source import materialize
from makd.fieldguide.wordings import WORDINGS
from makd.measures.information import class_information
from makd.questions.bank import Question
from makd.questions.select import CandidateAnswers, select
from makd.questions.selection.greedy import Weights
from makd.teachers.base import Answer
from makd.teachers.registry import open_teacher

Floats = npt.NDArray[np.float64]
Ask = Callable[[Sequence[Sample], Sequence[str]], tuple[Floats, Floats]]
"""Gives log-odds and mass `[N, texts]` of the answers about samples."""

PARAPHRASED, BIASED, NOISY, STABLE, UNSTABLE = 10, 9, 9, 5, 4


@dataclass(frozen=True, slots=True)
class Padded:
    """Candidates with the answers to them and to their negations, `[N, Q]`.

    Attributes:
        samples: N training pictures.
        kinds: `[Q]` `informative`, `paraphrase` or a kind of made-up question.
        concepts: `[Q]` what is asked about; empty where it is nothing.
        p_yes: P(yes).
        negated: P(yes to the negation).
        view: P(yes) in a second look.
        mass: of the answers.
        labels: `[N]` species.
    """

    samples: tuple[Sample, ...]
    kinds: tuple[str, ...]
    concepts: tuple[str, ...]
    p_yes: Floats
    negated: Floats
    view: Floats
    mass: Floats
    labels: npt.NDArray[np.int64]

    def take(self, rows: npt.NDArray[np.int64]) -> Padded:
        """Return the same with these pictures alone."""
        return Padded(
            tuple(self.samples[row] for row in rows),
            self.kinds,
            self.concepts,
            self.p_yes[rows],
            self.negated[rows],
            self.view[rows],
            self.mass[rows],
            self.labels[rows],
        )


def ask_teacher(samples: Sequence[Sample], texts: Sequence[str]) -> tuple[Floats, Floats]:
    """Let the world's teacher answer; return log-odds and mass `[N, texts]`."""
    teacher = open_teacher("fieldguide")
    questions = [Question(id=f"q{place}", text=text) for place, text in enumerate(texts)]
    answers = {
        answer.key: answer
        for answer in teacher.answer([sample.without_label() for sample in samples], questions)
        if isinstance(answer, Answer)
    }
    found = [answers[sample.key] for sample in samples]
    return (
        np.array([answer.log_odds for answer in found], dtype=np.float64),
        np.array([answer.yes_no_mass for answer in found], dtype=np.float64),
    )


def padded(samples: tuple[Sample, ...], rng: np.random.Generator, ask: Ask = ask_teacher) -> Padded:
    """Return candidates with the answers about some pictures, shuffled, so that their order tells nothing."""
    labels = np.array([sample.label for sample in samples], dtype=np.int64)
    concepts, asked, denied, otherwise = _worded(rng)
    log_odds, mass = ask(samples, [*asked, *denied, *otherwise])
    real = np.split(expit(log_odds), 3, axis=1)
    made, made_kinds = _made_up(real[0][:, : len(ASPECTS)], rng)
    kinds = ["informative"] * len(ASPECTS) + ["paraphrase"] * PARAPHRASED
    q, n = len(asked), len(made_kinds)
    order = rng.permutation(q + n)
    p_yes, negated, view = (np.hstack(both)[:, order] for both in zip(real, made, strict=True))
    return Padded(
        samples,
        tuple(np.array([*kinds, *made_kinds])[order]),
        tuple(np.array([*concepts, *[""] * n])[order]),
        p_yes,
        negated,
        view,
        np.hstack([mass[:, :q], np.ones_like(made[0])])[:, order],
        labels,
    )


def _worded(rng: np.random.Generator) -> tuple[list[str], ...]:
    """Return concepts, questions, negations, other words for them: the bank's, then paraphrases."""
    bank = [aspect.id for aspect in ASPECTS]
    again = [str(concept) for concept in rng.choice(bank, PARAPHRASED, replace=False)]
    asked = [WORDINGS[concept].asked[0] for concept in bank]
    denied = [WORDINGS[concept].denied[0] for concept in bank]
    for concept in again:
        asked.append(str(rng.choice([*WORDINGS[concept].asked[3:], *WORDINGS[concept].unseen])))
        denied.append(WORDINGS[concept].denied[1])
    otherwise = [WORDINGS[concept].asked[1] for concept in bank] + [WORDINGS[c].asked[2] for c in again]
    return [*bank, *again], asked, denied, otherwise


def _made_up(true: Floats, rng: np.random.Generator) -> tuple[list[Floats], list[str]]:
    """Return answers `[N, 27]` to questions that tell nothing of use, to their negations and again; kinds."""
    n = len(true)
    seen = logit(np.clip(true[:, rng.choice(true.shape[1], BIASED, replace=False)], 0.01, 0.99))
    light = 3 * rng.normal(rng.normal(0, 0.5, STABLE), 1, (n, STABLE))
    half = NOISY // 2

    def answers(sign: int) -> Floats:
        log_odds = [
            3 + sign * 0.15 * seen + rng.normal(0, 0.7, (n, BIASED)),
            rng.normal(0, 0.8, (n, half)),
            2.5 * rng.choice([-1, 1], (n, NOISY - half)),
            sign * light + rng.normal(0, 0.5, (n, STABLE)),
            rng.normal(0, 3, (n, UNSTABLE)),
        ]
        p_yes: Floats = expit(np.hstack(log_odds))
        return p_yes

    counts = {"yes-biased": BIASED, "noisy": NOISY, "nuisance": STABLE, "fleeting nuisance": UNSTABLE}
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    return [answers(1), answers(-1), answers(1)], kinds


def judge(case: Padded, chosen: Sequence[int]) -> dict[str, object]:
    """Return the share of the concepts that are kept, which are lost, and what else was chosen."""
    kept = {case.concepts[q] for q in chosen} - {""}
    return {
        "kept": len(kept) / len(ASPECTS),
        "lost": sorted({aspect.id for aspect in ASPECTS} - kept),
        "chosen": dict(Counter(case.kinds[q] for q in chosen)),
    }


def selected(case: Padded, look: str, weights: Weights) -> list[int]:
    """Return as many questions as there are concepts, chosen with a second look or without."""
    negated, view = {
        "none": (None, None),
        "negations": (case.negated, None),
        "other words": (None, case.view),
    }[look]
    answers = CandidateAnswers(case.p_yes, case.mass, case.labels, negated, view)
    return [pick.question for pick in select(answers, len(ASPECTS), weights).selection.picks]


def time_many(classes: int, per_class: int, candidates: int = 100, keep: int = 50) -> dict[str, float]:
    """Return what a choice by made-up answers about so many classes takes: seconds, and GiB at the peak."""
    rng = np.random.default_rng(classes)
    labels = np.repeat(np.arange(classes), per_class)
    facts = rng.random((classes, candidates)) < rng.uniform(0.05, 0.6, candidates)
    log_odds = np.where(facts[labels], 2.5, -2.5) + rng.normal(0, 1.5, (len(labels), candidates))
    view: Floats = expit(log_odds + rng.normal(0, 0.5, log_odds.shape))
    answers = CandidateAnswers(expit(log_odds), np.ones_like(view), labels, view=view)
    begun, worked = time.perf_counter(), time.process_time()
    select(answers, keep, Weights(0.3, 0.1))
    return {
        "classes": classes,
        "pictures": len(labels),
        "seconds": round(time.perf_counter() - begun, 1),
        "seconds of work": round(time.process_time() - worked, 1),
        "GiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


def main() -> None:
    """Print a line a draw and second look, and the least share of concepts that was kept."""
    fields = SelectQuestionsCommand.model_fields
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--draws", type=int, default=4)
    parser.add_argument("--per-class", type=int, default=fields["probe_per_class"].default)
    parser.add_argument("--confusable", type=float, default=fields["confusable"].default)
    parser.add_argument("--within", type=float, default=fields["within"].default)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    parser.add_argument("--many-classes", type=int, help="only time a choice about so many classes")
    asked = parser.parse_args()
    if asked.many_classes:
        print(json.dumps(time_many(asked.many_classes, asked.per_class)))
        return
    weights = Weights(asked.confusable, asked.within)
    found = []
    for draw in range(asked.draws):
        samples = of_each_class(materialize(draw).of("train"), asked.per_class, seed=0)
        case = padded(samples, np.random.default_rng((draw, asked.per_class)))
        alone = np.argsort(-class_information(case.p_yes, case.labels), kind="stable")[: len(ASPECTS)]
        found.append({"draw": draw, "by": "class information alone", **judge(case, [int(q) for q in alone])})
        for look in ("none", "negations", "other words"):
            chosen = selected(case, look, weights)
            found.append({"draw": draw, "by": f"select, second look: {look}", **judge(case, chosen)})
        print("\n".join(map(json.dumps, found[-4:])), flush=True)
    least = min(float(str(line["kept"])) for line in found if str(line["by"]).startswith("select"))
    print(f"least share of informative concepts that select kept: {least:.1%}")
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
