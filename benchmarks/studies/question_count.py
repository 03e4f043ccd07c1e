"""How many questions does a student need? 5 to 37 of the bank, and up to 100 by asking in other words.

The 5, 10 and 20 questions are drawn at random on each draw of species, the smaller sets within the larger. To
100 the bank grows by other wordings of its own questions: nothing new is asked. The weight of all questions
together is the same (alpha 30), or in the second series that of each is: alpha falls with their number.
From the root:

    python -m benchmarks.studies.question_count
"""

from __future__ import annotations

from functools import partial

import numpy as np
from benchmarks.studies.students import SETTINGS
from benchmarks.studies.study import Condition, Study, base, main
from benchmarks.studies.world import BANK, World

from makd.fieldguide.wordings import WORDINGS
from makd.training.targets import Targets

COUNTS = (5, 10, 20, 37, 100)
FEWER = (5, 10, 20)


def at_random(world: World, count: int) -> Targets:
    """Return the answers to the first `count` of the draw's questions in random order, then to their like."""
    rng = np.random.default_rng((world.draw, 1))
    q = len(BANK)
    if count <= q:
        chosen = np.sort(rng.permutation(q)[:count])
        return world.targets(world.bank()[:, chosen], [BANK.questions[i].text for i in chosen])
    again = [WORDINGS[question.id].asked for question in BANK.questions]
    further = [again[i][1] for i in rng.permutation(q)] + [again[i][2] for i in rng.permutation(q)]
    texts = [question.text for question in BANK.questions] + further[: count - q]
    return world.targets(world.ask(texts)[0], texts)


CONDITIONS: dict[str, Condition] = {
    "base": base,
    **{str(count): partial(at_random, count=count) for count in COUNTS},
    **{f"{count}, alpha less": partial(at_random, count=count) for count in FEWER},
}
LESS = {f"{count}, alpha less": {"alpha": SETTINGS.alpha * count / len(BANK)} for count in FEWER}

if __name__ == "__main__":
    main(Study("question_count", CONDITIONS, ("base", "37"), own=LESS), __doc__)
