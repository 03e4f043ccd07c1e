"""Which questions contribute? Accuracy regressed on 60 random subsets of the bank's questions.

On each of five draws twelve students are trained, each with 18 of the 37 questions drawn at random (in
pairs without a question in common). Accuracy is regressed by least squares on which questions are in,
with an intercept of each draw's own; as all subsets are equally large, a question's coefficient says what
it brings over the average question. Beside it stand what the question tells about the class and its place
in the order of `makd questions select`, and how well simple figures of a subset foretell its accuracy.
From the root:

    python -m benchmarks.studies.contribution
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.studies.question_choice import order
from benchmarks.studies.regression import foretold, regress
from benchmarks.studies.students import Student, Trained, train
from benchmarks.studies.study import Study, arguments, header
from benchmarks.studies.world import BANK, Floats, World
from scipy import stats
from scipy.special import expit

from makd.evaluation.statistics import holm
from makd.measures.information import class_information, variance
from makd.questions.selection.curve import told_together
from makd.storage import write_json

SUBSETS_A_DRAW, SIZE = 12, 18


def subsets(draw: int) -> npt.NDArray[np.bool_]:
    """Return `[12, 37]`: which questions are in; every two rows have none in common."""
    rng = np.random.default_rng((draw, 7))
    taken = np.zeros((SUBSETS_A_DRAW, len(BANK)), dtype=bool)
    for pair in range(0, SUBSETS_A_DRAW, 2):
        places = rng.permutation(len(BANK))
        taken[pair, places[:SIZE]] = taken[pair + 1, places[SIZE : 2 * SIZE]] = True
    return taken


def figures_of(world: World, taken: npt.NDArray[np.bool_]) -> dict[str, Floats]:
    """Return figures of each subset `[R]`, from the answers about the training pictures."""
    p_yes = expit(world.bank())
    alone, within = class_information(p_yes, world.labels), variance(p_yes, world.labels).within
    together = [told_together(p_yes, world.labels, np.flatnonzero(row).tolist())[-1] for row in taken]
    return {
        "class bits, summed": taken @ alone,
        "class bits, together": np.array(together),
        "variance within classes, summed": taken @ within,
    }


def analyse(worlds: list[World], trained: list[Trained]) -> dict[str, Any]:
    """Return the regression, a line a question, and how well figures of a subset foretell its accuracy."""
    taken = np.vstack([subsets(world.draw) for world in worlds])
    draws = np.repeat([world.draw for world in worlds], SUBSETS_A_DRAW)
    values = np.array([each.value for each in trained])
    found = regress(taken, values, draws)
    bits = np.mean([class_information(expit(world.bank()), world.labels) for world in worlds], axis=0)
    place = np.mean([np.argsort(order(world)) for world in worlds], axis=0)
    columns = zip(BANK.questions, found.coefficients, found.errors, found.p_values, bits, place, strict=True)
    questions = [
        {
            "id": question.id,
            "group": question.group,
            "coefficient": float(coefficient),
            "error": float(error),
            "p_value": float(p),
            "class_information": float(told),
            "mean_place": float(placed + 1),
        }
        for question, coefficient, error, p, told, placed in columns
    ]
    for line, p_holm in zip(questions, holm([line["p_value"] for line in questions]), strict=True):
        line["p_holm"] = p_holm
    groups = list(dict.fromkeys(question.group for question in BANK.questions))
    member = np.array([[question.group == group for group in groups] for question in BANK.questions])
    by_group = regress(taken.astype(np.int64) @ member, values, draws)
    of_subsets = [figures_of(world, subsets(world.draw)) for world in worlds]
    return {
        "accuracy": {"mean": float(values.mean()), "values": values.tolist(), "draws": draws.tolist()},
        "questions": questions,
        "groups": {
            group: {"coefficient": float(coefficient), "error": float(error), "p_value": float(p)}
            for group, coefficient, error, p in zip(
                groups, by_group.coefficients, by_group.errors, by_group.p_values, strict=True
            )
        },
        "residual": found.residual,
        "r_squared": found.r_squared,
        "rank_correlation": {
            "class_information": _spearman(found.coefficients, bits),
            "select's order": _spearman(found.coefficients, -place),
        },
        "foretold": {
            name: foretold(np.concatenate([each[name] for each in of_subsets]), values, draws)
            for name in of_subsets[0]
        },
    }


def _spearman(a: Floats, b: Floats) -> dict[str, float]:
    found = stats.spearmanr(a, b)
    return {"rho": float(found.statistic), "p_value": float(found.pvalue)}


def main() -> None:
    """Train, regress, write and print."""
    asked = arguments("contribution", __doc__, seeds=5).parse_args()
    worlds = [World(draw, asked.work) for draw in range(asked.seeds)]
    texts = [question.text for question in BANK.questions]
    students = [
        Student(
            f"contribution: draw {world.draw}, subset {number}",
            world.catalog,
            world.targets(
                world.bank()[:, row], [text for text, is_in in zip(texts, row, strict=True) if is_in]
            ),
            world.draw,
        )
        for world in worlds
        for number, row in enumerate(subsets(world.draw))
    ]
    trained = train(students, asked.work, jobs=asked.jobs)
    result = {**header(Study("contribution", {}, ()), asked, trained), **analyse(worlds, trained)}
    write_json(asked.out, result)
    for line in sorted(result["questions"], key=lambda line: -line["coefficient"]):
        print(f"{line['id']:<16} {100 * line['coefficient']:+.2f} ± {100 * line['error']:.2f}")
    print(result["r_squared"], result["rank_correlation"], result["foretold"])


if __name__ == "__main__":
    main()
