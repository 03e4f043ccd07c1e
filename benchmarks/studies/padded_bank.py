"""A bank padded to twice its size: does a student need more than what `select` keeps of it?

The padded bank of `benchmarks.question_selection`: 37 questions of the embedded world, ten paraphrases,
27 questions with worthless answers. `select` sees the answers about ten training pictures a species and
keeps 37 of the 74. Students learn its choice, a random half, all 74, or the original 37. From the root:

    python -m benchmarks.studies.padded_bank
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.question_selection import Floats, Padded, judge, padded, selected
from benchmarks.studies.outcome import equivalence
from benchmarks.studies.question_choice import WEIGHTS
from benchmarks.studies.study import Condition, Study, arguments, base, run, tell
from benchmarks.studies.world import BANK, World
from scipy.special import logit

from makd.data.samples import Sample
from makd.fieldguide.attributes import ASPECTS
from makd.storage import write_json
from makd.training.targets import Targets

MARGIN = 0.015
SECOND_LOOK = "negations"


@cache
def _case(draw: int, work: Path) -> Padded:
    """Return the padded bank's answers about all training pictures of a draw, in the catalog's order."""
    world = World(draw, work)

    def ask(samples: Sequence[Sample], texts: Sequence[str]) -> tuple[Floats, Floats]:
        known = dict.fromkeys(texts)
        log_odds, mass = world.ask([*known])
        column = {text: place for place, text in enumerate(known)}
        places = [column[text] for text in texts]
        return log_odds[:, places], mass[:, places]

    return padded(world.train, np.random.default_rng((draw, 3)), ask)


def kept(world: World) -> list[int]:
    """Return the questions that `select` keeps when it sees the probe."""
    return sorted(selected(_case(world.draw, world.work).take(world.probe), SECOND_LOOK, WEIGHTS))


def original(world: World) -> Targets:
    """Return the answers to the 37 questions that were there before."""
    return world.targets(world.bank(), [question.text for question in BANK.questions])


def chosen(world: World) -> Targets:
    """Return the answers to what `select` keeps."""
    return _of(world, kept(world))


def random_half(world: World) -> Targets:
    """Return the answers to 37 of the 74, drawn at random."""
    places = np.random.default_rng((world.draw, 2)).permutation(len(_case(world.draw, world.work).kinds))
    return _of(world, sorted(int(place) for place in places[: len(ASPECTS)]))


def everything(world: World) -> Targets:
    """Return the answers to all 74."""
    return _of(world, list(range(len(_case(world.draw, world.work).kinds))))


def _of(world: World, places: list[int]) -> Targets:
    case = _case(world.draw, world.work)
    p_yes: Floats = np.clip(case.p_yes[:, places], 1e-7, 1 - 1e-7)
    return world.targets(
        logit(p_yes), [f"{place}-{case.kinds[place]}-{case.concepts[place]}" for place in places]
    )


CONDITIONS: dict[str, Condition] = {
    "base": base,
    "select's 37": chosen,
    "random 37": random_half,
    "all 74": everything,
    "original 37": original,
}


def main() -> None:
    """Carry the study out; add the tests of equivalence and what was kept."""
    asked = arguments("padded_bank", __doc__, seeds=10).parse_args()
    result = run(Study("padded_bank", CONDITIONS, references=("base", "select's 37")), asked)
    values = {name: found["values"] for name, found in result["conditions"].items()}
    result["equivalence"] = {
        other: equivalence(values["select's 37"], values[other], MARGIN)
        for other in ("all 74", "original 37")
    }
    result["kept"] = [_account(World(draw, asked.work)) for draw in range(asked.seeds)]
    write_json(asked.out, result)
    tell(result)
    print(result["equivalence"])


def _account(world: World) -> dict[str, Any]:
    case = _case(world.draw, world.work)
    found = judge(case, kept(world))
    half = np.random.default_rng((world.draw, 2)).permutation(len(case.kinds))[: len(ASPECTS)]
    return {"draw": world.draw, **found, "random": dict(Counter(case.kinds[place] for place in half))}


if __name__ == "__main__":
    main()
