"""Few questions: chosen from answers, the bank's first ones, or drawn at random?

Of the bank's 37 questions 10 or 18 are taken: by `makd questions select` (its defaults, from the answers
about ten training pictures a species and to the negations), by the same with the questions in other words
as a second look, from the top of the bank, or at random. From the root:

    python -m benchmarks.studies.question_choice
"""

from __future__ import annotations

from functools import partial

from benchmarks.studies.question_count import at_random
from benchmarks.studies.study import Condition, Study, base, main
from benchmarks.studies.world import BANK, World
from scipy.special import expit

from makd.config.commands import SelectQuestionsCommand
from makd.fieldguide.wordings import WORDINGS
from makd.questions.select import CandidateAnswers, select
from makd.questions.selection.greedy import Weights
from makd.training.targets import Targets

COUNTS = (10, 18)
_FIELDS = SelectQuestionsCommand.model_fields
WEIGHTS = Weights(_FIELDS["confusable"].default, _FIELDS["within"].default)
"""The command's own."""


def order(world: World, look: str = "negations") -> list[int]:
    """Return the bank's questions in the order in which they are chosen from the probe's answers.

    Args:
        world: a draw.
        look: the second look, `negations` or `other words`.
    """
    texts = [question.text for question in BANK.questions]
    words = {
        "negations": [WORDINGS[question.id].denied[0] for question in BANK.questions],
        "other words": [WORDINGS[question.id].asked[1] for question in BANK.questions],
    }[look]
    (log_odds, mass), (second, _) = world.ask(texts), world.ask(words)
    rows = world.probe
    further = {"negated" if look == "negations" else "view": expit(second[rows])}
    answers = CandidateAnswers(expit(log_odds[rows]), mass[rows], world.labels[rows], **further)
    return [pick.question for pick in select(answers, len(BANK), WEIGHTS).selection.picks]


def chosen(world: World, count: int, look: str) -> Targets:
    """Return the answers to the questions that are chosen first."""
    return _of(world, order(world, look)[:count])


def first(world: World, count: int) -> Targets:
    """Return the answers to the bank's first questions."""
    return _of(world, list(range(count)))


def _of(world: World, places: list[int]) -> Targets:
    places = sorted(places)
    return world.targets(world.bank()[:, places], [BANK.questions[place].text for place in places])


def _conditions(count: int) -> dict[str, Condition]:
    return {
        f"{count} by select": partial(chosen, count=count, look="negations"),
        f"{count} by select, second look": partial(chosen, count=count, look="other words"),
        f"{count} in the bank's order": partial(first, count=count),
        f"{count} at random": partial(at_random, count=count),
    }


CONDITIONS: dict[str, Condition] = {
    "base": base,
    **_conditions(10),
    **_conditions(18),
    "37": partial(at_random, count=37),
}

if __name__ == "__main__":
    peers = {
        name: f"{count} at random"
        for count in COUNTS
        for name in _conditions(count)
        if not name.endswith("random")
    }
    main(Study("question_choice", CONDITIONS, ("base",), peers), __doc__)
