"""Does selection find the informative questions in a bank padded to twice its size with worthless ones?

On each draw of the embedded world its teacher answers the 37 questions of its bank, their negations, and ten
paraphrases of some of them with theirs, about ten training pictures a species. To these 47 come 27 whose
answers are made up, the teacher being too good to give them: nine that get a yes whatever is seen, nine answered by
chance, and nine about what differs from picture to picture and has nothing to do with the species (five found again
by their negations, as light or pose would be, four not). Of the 74, 37 are kept. A paraphrase that is kept
in the place of its original counts as the original, once. From the repository's root:

    python -m benchmarks.question_selection
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
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
from makd.questions.bank import Question
from makd.questions.selection.evidence import Evidence, select
from makd.questions.selection.greedy import Weights
from makd.teachers.base import Answer
from makd.teachers.registry import open_teacher

Floats = npt.NDArray[np.float64]
PARAPHRASED, BIASED, NOISY, STABLE, UNSTABLE = 10, 9, 9, 5, 4


@dataclass(frozen=True, slots=True)
class Padded:
    """Candidates with the answers to them and to their negations, `[N, Q]`.

    Attributes:
        kinds: `[Q]` `informative`, `paraphrase` or a kind of made-up question.
        concepts: `[Q]` what is asked about; empty where it is nothing.
        p_yes: P(yes).
        negated: P(yes to the negation).
        mass: of the answers.
        labels: `[N]` species.
    """

    kinds: tuple[str, ...]
    concepts: tuple[str, ...]
    p_yes: Floats
    negated: Floats
    mass: Floats
    labels: npt.NDArray[np.int64]


def padded(draw: int, per_class: int) -> Padded:
    """Return a draw's candidates, shuffled, so that their order tells nothing."""
    rng = np.random.default_rng((draw, per_class))
    samples = of_each_class(materialize(draw).of("train"), per_class, seed=0)
    labels = np.array([sample.label for sample in samples], dtype=np.int64)
    concepts, asked, denied = _worded(rng)
    log_odds, mass = _ask(samples, [*asked, *denied])
    q = len(asked)
    p_yes, negated = expit(log_odds[:, :q]), expit(log_odds[:, q:])
    kinds = ["informative"] * len(ASPECTS) + ["paraphrase"] * PARAPHRASED
    made, made_negated, made_kinds = _made_up(p_yes[:, : len(ASPECTS)], rng)
    n = len(made_kinds)
    order = rng.permutation(q + n)
    return Padded(
        tuple(np.array([*kinds, *made_kinds])[order]),
        tuple(np.array([*concepts, *[""] * n])[order]),
        np.hstack([p_yes, made])[:, order],
        np.hstack([negated, made_negated])[:, order],
        np.hstack([mass[:, :q], np.ones_like(made)])[:, order],
        labels,
    )


def _worded(rng: np.random.Generator) -> tuple[list[str], list[str], list[str]]:
    """Return concepts, questions and negations: the bank's, then paraphrases of some."""
    concepts = [aspect.id for aspect in ASPECTS]
    asked = [WORDINGS[concept].asked[0] for concept in concepts]
    denied = [WORDINGS[concept].denied[0] for concept in concepts]
    again = [str(concept) for concept in rng.choice(concepts, PARAPHRASED, replace=False)]
    for concept in again:
        asked.append(str(rng.choice([*WORDINGS[concept].asked[1:], *WORDINGS[concept].unseen])))
        denied.append(str(rng.choice(WORDINGS[concept].denied[1:])))
    return [*concepts, *again], asked, denied


def _ask(samples: Sequence[Sample], texts: Sequence[str]) -> tuple[Floats, Floats]:
    """Return log-odds and mass `[N, texts]`."""
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


def _made_up(true: Floats, rng: np.random.Generator) -> tuple[Floats, Floats, list[str]]:
    """Return answers, answers to the negations, and kinds of questions that tell nothing of use."""
    n = len(true)

    def some(count: int) -> Floats:
        return logit(np.clip(true[:, rng.choice(true.shape[1], count, replace=False)], 0.01, 0.99))

    def noise(count: int, size: float) -> Floats:
        return rng.normal(0, size, (n, count))

    def sure(count: int) -> Floats:
        return 2.5 * rng.choice([-1, 1], (n, count))

    biased = [3 + 0.15 * some(BIASED) + noise(BIASED, 0.7), 3 + noise(BIASED, 0.7)]
    half = NOISY // 2
    noisy = [
        np.hstack([noise(half, 0.8), sure(NOISY - half)]),
        np.hstack([noise(half, 0.8), sure(NOISY - half)]),
    ]
    seen = 3 * rng.normal(rng.normal(0, 0.5, STABLE), 1, (n, STABLE))
    stable = [seen + noise(STABLE, 0.5), -seen + noise(STABLE, 0.5)]
    unstable = [noise(UNSTABLE, 3), noise(UNSTABLE, 3)]
    kinds = (
        ["yes-biased"] * BIASED + ["noisy"] * NOISY + ["nuisance"] * STABLE + ["fleeting nuisance"] * UNSTABLE
    )
    log_odds, negated = (
        np.hstack(list(parts)) for parts in zip(biased, noisy, stable, unstable, strict=True)
    )
    return expit(log_odds), expit(negated), kinds


def judge(case: Padded, keep: int, weights: Weights, negations: bool) -> dict[str, object]:
    """Select and return the share of the concepts that are kept, and what else is."""
    start = time.perf_counter()
    evidence = Evidence(case.p_yes, case.mass, case.labels, case.negated if negations else None)
    chosen = [pick.question for pick in select(evidence, keep, weights).selection.picks]
    kept = {case.concepts[q] for q in chosen} - {""}
    return {
        "kept": len(kept) / len(ASPECTS),
        "lost": sorted({aspect.id for aspect in ASPECTS} - kept),
        "chosen": dict(Counter(case.kinds[q] for q in chosen)),
        "seconds": round(time.perf_counter() - start, 2),
    }


def main() -> None:
    """Print a line a draw, with and without negations."""
    fields = SelectQuestionsCommand.model_fields
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--draws", type=int, default=4)
    parser.add_argument("--per-class", type=int, default=fields["probe_per_class"].default)
    parser.add_argument("--confusable", type=float, default=fields["confusable"].default)
    parser.add_argument("--within", type=float, default=fields["within"].default)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    asked = parser.parse_args()
    weights = Weights(asked.confusable, asked.within)
    found = []
    for draw in range(asked.draws):
        case = padded(draw, asked.per_class)
        for negations in (True, False):
            figures = judge(case, len(ASPECTS), weights, negations)
            found.append({"draw": draw, "negations": negations, **figures})
            print(json.dumps(found[-1]), flush=True)
    print(f"least share of informative concepts kept: {min(float(line['kept']) for line in found):.1%}")
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
